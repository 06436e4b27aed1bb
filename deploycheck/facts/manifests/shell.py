"""Command lines: simple commands with their places, what a shell would do to them, and their wrappers."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from deploycheck.facts.manifests.lexer import Places, Token, blank_split
from deploycheck.facts.manifests.model import Command, Entry, Expansion, Source, Word
from deploycheck.facts.manifests.wrappers import wrapped
from deploycheck.findings import Location

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)=", re.ASCII)
_SYNTAX = re.compile(r"\$[A-Za-z_]|\$\{|\$\(|`")
_OPERATORS = re.compile(r"(?:&&|\|\|?|;|\d?>>?(?:&\d)?|<|&)$|.+;$")
_REFERENCE = re.compile(r"\$(?:(\w+)|\{(\w+)(?:(:?[-=?+])([^{}]*))?\})")


def by_offset(places: Places) -> Callable[[Token], Location]:
    """Locate tokens of a file's whole text."""
    return lambda token: places.at(token.start, token.end)


def by_search(path: str, lines: Sequence[str], within: Location) -> Callable[[Token], Location]:
    """Locate tokens of a string that a file quotes, folds or escapes, by looking for each in turn.

    A token that the file writes in another way gets the place of the whole string.
    """
    line, column = within.line, within.column - 1

    def locate(token: Token) -> Location:
        nonlocal line, column
        for raw in dict.fromkeys(
            (token.raw, token.raw.replace("\\", "\\\\").replace('"', '\\"'), token.text)
        ):
            for number in range(line, min(within.end_line, len(lines)) + 1):
                found = lines[number - 1].find(raw, column if number == line else 0) if raw else -1
                if found >= 0:
                    line, column = number, found + len(raw)
                    return Location(path, number, found + 1, number, column + 1)
        return within

    return locate


@dataclass(frozen=True, slots=True)
class Simple:
    """One simple command: its words (assignments in front included) and the operator after it.

    `bodies` are where the here-documents of its line stand in the text.
    """

    tokens: tuple[Token, ...]
    operator: str
    bodies: tuple[tuple[int, int], ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """The words without their places."""
        return tuple(token.text for token in self.tokens)


def simple_commands(tokens: Iterable[Token]) -> list[Simple]:
    """Cut tokens at their operators; parentheses and keywords stay for whoever knows scripts."""
    commands: list[Simple] = []
    current: list[Token] = []
    for token in tokens:
        if token.operator:
            if current or token.raw in {"(", ")", ";;"}:
                commands.append(Simple(tuple(current), token.raw, token.bodies))
            current = []
        else:
            current.append(token)
    if current:
        commands.append(Simple(tuple(current), ""))
    return commands


def words(tokens: Iterable[Token], locate: Callable[[Token], Location]) -> tuple[Word, ...]:
    """Give each token its place."""
    return tuple(Word(token.text, locate(token), token.literal) for token in tokens)


def split(text: str, locate: Callable[[Token], Location], at: Location, *, shell: bool = False) -> Command:
    """Split a line that no shell interprets into words, as `shlex` would; operators are only words."""
    tokens = blank_split(text)
    return Command(words(tokens, locate), shell, at, text)


def reference_entry(
    name: str, value: str, at: Location, *, literal: bool = False, exported: bool = True
) -> Entry:
    """Return the entry that an assignment makes; a value with live `$X` is computed."""
    if literal or ("$" not in value and "`" not in value):
        return Entry(name, value, at, exported=exported)
    return Entry(
        name,
        None,
        at,
        Source.COMPUTED,
        written=value,
        default=defaults(value),
        variables=references(value),
        exported=exported,
    )


def references(text: str) -> tuple[str, ...]:
    """Return the names of the variables that `$X` and `${X…}` in a text name, each once."""
    return tuple(dict.fromkeys(m[1] or m[2] for m in _REFERENCE.finditer(text)))


def defaults(text: str, known: Callable[[str], str | None] = lambda _name: None) -> str | None:
    """Return a text with each `${X:-v}` replaced by what `known` gives, else its default.

    None where a variable has neither, or the text needs more than that (`$(…)`, a nested default).
    """
    missing = False

    def put(match: re.Match[str]) -> str:
        nonlocal missing
        value = known(match[1] or match[2])
        kind = match[3] or ""
        if value is not None and (value or not kind.startswith(":")):
            return (match[4] or "") if kind.endswith("+") else value
        if kind.endswith(("-", "=")):
            return match[4] or ""
        missing = missing or not kind.endswith("+")
        return ""

    result = _REFERENCE.sub(put, text)
    return None if missing or re.search(r"\$[({\w@*#]|`", result) else result


def assignments(tokens: Sequence[Token], locate: Callable[[Token], Location]) -> tuple[Entry, ...]:
    """Return the `X=1` words that a simple command starts with."""
    found: list[Entry] = []
    for token in tokens:
        match = ASSIGNMENT.match(token.raw)
        if not match:
            break
        value = token.text[match.end() :]
        found.append(reference_entry(match[1], value, locate(token), literal=token.literal))
    return tuple(found)


def shelled(simple: Simple, locate: Callable[[Token], Location], text: str, fallback: Location) -> Command:
    """Make the command of one simple command that a shell runs, its `X=1` prefixes taken off."""
    entries = assignments(simple.tokens, locate)
    rest = words(simple.tokens[len(entries) :], locate)
    places = [*(e.at for e in entries), *(w.at for w in rest)]
    at = span(places) if places else fallback
    written = text[simple.tokens[0].start : simple.tokens[-1].end] if simple.tokens else ""
    written = re.sub(r"[ \t]*\\\n\s*", " ", written)
    command = Command(  # noqa: S604 - a field of ours
        rest,
        shell=True,
        at=at,
        text=written,
        env=entries,
        operator=simple.operator.strip(),
        given=tuple(Word(text[a:b], _from(text, a, fallback)) for a, b in simple.bodies),
    )
    if rest and rest[0].text == "exec":
        command = replace(command, argv=rest[1:], execs=True)
    return command


def _from(text: str, offset: int, within: Location) -> Location:
    """Return the rest of a script's place from an offset in its text on."""
    line = within.line + text.count("\n", 0, offset)
    return Location(within.path, min(line, within.end_line), 1, within.end_line)


def span(places: Sequence[Location]) -> Location:
    """Return the place from the first of some places to the last."""
    first, last = places[0], places[-1]
    return Location(first.path, first.line, first.column, last.end_line, last.end_column)


def unwrap(command: Command) -> Command:
    """Strip what only stands before the real program: `exec`, `env X=1`, `poetry run`, `python -m gunicorn`.

    Variables set on the way are added to `env`. `python -m package` stays where the package is not a
    known program, since the package is then the thing that runs.
    """
    argv, entries = command.argv, list(command.env)
    for _ in range(len(argv) + 1):
        count = wrapped([word.text for word in argv])
        if not 0 < count < len(argv):
            break
        for word in argv[:count]:
            if (match := ASSIGNMENT.match(word.text)) and not word.text.startswith("-"):
                value = word.text[match.end() :]
                literal = word.literal or not command.shell
                entries.append(reference_entry(match[1], value, word.at, literal=literal))
        argv = argv[count:]
    return replace(command, argv=argv, env=tuple(entries))


def program(command: Command) -> str:
    """Return the name of the program that a command really starts: `gunicorn`, `python`, or nothing."""
    argv = unwrap(command).argv
    name = argv[0].text.rsplit("/", 1)[-1] if argv else ""
    return re.sub(r"^(python|pypy|pip)[\d.]+$", r"\1", name)


def shell_syntax(command: Command) -> tuple[Word, ...]:
    """Return the words that only a shell would understand, of a command that no shell interprets.

    `$X` of a name that the platform itself substitutes (`expands`) is not among them.
    """
    if command.shell:
        return ()
    return tuple(
        word
        for index, word in enumerate(command.argv)
        if _needs_shell(_without(word.text, command), first=index == 0)
    )


def _without(text: str, command: Command) -> str:
    """Take out what the platform itself puts values in for."""
    for name in sorted(command.expands):
        plain = re.escape(name)
        match command.expansion:
            case Expansion.DOLLAR:
                form = rf"\$(?:{plain}(?!\w)|\{{{plain}\b[^{{}}]*\}})"
            case Expansion.PARENTHESES:
                form = rf"\$\({plain}\)"
            case Expansion.BRACES:
                form = rf"\$(?:{plain}(?!\w)|\{{{plain}\}})"
        text = re.sub(form, "", text)
    return text


def _needs_shell(text: str, *, first: bool) -> bool:
    if first and ASSIGNMENT.match(text):
        return True
    return bool(_SYNTAX.search(text) or _OPERATORS.match(text))
