"""Start scripts: from the line of a manifest to the server that it starts in the end.

A shell line, `bash -c "…"` and a script in the project are read in the same way. What runs for certain
is followed; what depends on a condition is kept and marked so.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from deploycheck.facts.manifests import wrappers
from deploycheck.facts.manifests.arguments import decide
from deploycheck.facts.manifests.lexer import Places, Token
from deploycheck.facts.manifests.model import Command, Entry, Source, Word
from deploycheck.facts.manifests.shell import (
    ASSIGNMENT,
    by_offset,
    by_search,
    program,
    reference_entry,
    shelled,
    unwrap,
)
from deploycheck.facts.manifests.statements import Statement, parse
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from deploycheck.facts.manifests.finder import Finder
    from deploycheck.findings import Location
    from deploycheck.sources.tree import Tree
    from deploycheck.sources.yaml import YamlNode

DEPTH = 6
"""How many scripts may call each other before following stops."""

SHELLS = frozenset({"ash", "bash", "busybox", "dash", "ksh", "sh", "zsh"})
_SILENT = frozenset({"echo", "printf", "shift", "true", "trap", "ulimit", "umask", "local", "readonly", "["})
_SILENT_TOO = frozenset(
    {"[[", "test", "return", "exit", "break", "continue", "wait", "unset", "declare", "read"}
)
_SCRIPT_FOLDER = re.compile(
    r"\$\(\s*dirname\s+[\"']?(?:--\s+)?[\"']?\$(?:0|\{?BASH_SOURCE(?:\[0\])?\}?)[\"']?\s*\)"
)


def follow(command: Command, finder: Finder, depth: int = DEPTH) -> Command:
    """Return the command that is left running when `command` has done its work.

    The command itself, when it is no shell and no script of the project.
    """
    bare = unwrap(command)
    words = bare.words
    if not words or depth <= 0:
        return command
    if posixpath.basename(words[0]) not in SHELLS:
        return _into_script(command, bare, 0, finder, depth)
    index = 2 if posixpath.basename(words[0]) == "busybox" else 1
    inline = False
    while index < len(words) and words[index].startswith(("-", "+")):
        inline = inline or bool(re.match(r"-\w*c\w*$", words[index]))
        index += 2 if words[index] in {"-o", "+o", "--rcfile"} else 1
    if index >= len(words):
        return command
    if not inline:
        return _into_script(command, bare, index, finder, depth)
    word = bare.argv[index]
    lines = _lines(finder.tree, word.at.path)
    script = _Script(
        word.text, by_search(word.at.path, lines, word.at), word.at, bare.argv[index + 2 :], finder, depth - 1
    )
    return _joined(command, bare, script.run())


def shell_line(text: str, start: int, end: int, places: Places, finder: Finder) -> Command:
    """Return the command that a shell's line `text[start:end]` of a file is left running."""
    at = places.at(start, end)
    return _Script(text, by_offset(places), at, (), finder, DEPTH, start, end).left()


def shell_node(node: YamlNode, finder: Finder) -> Command:
    """Return the command that a shell's line in a YAML scalar is left running."""
    return shell_text(node.text, node.at, finder)


def shell_text(text: str, at: Location, finder: Finder) -> Command:
    """Return the command that a shell's line, which stands quoted or folded at a place, is left running."""
    lines = _lines(finder.tree, at.path)
    return _Script(text, by_search(at.path, lines, at), at, (), finder, DEPTH).left()


def every(
    text: str, within: Location, finder: Finder, arguments: Sequence[Word] = (), path: str = ""
) -> tuple[Command, ...]:
    """Return every command of a script in the order in which it runs them, none of them followed.

    `within` is where the text stands, `path` the script's own file if it is one. Words that could not be
    followed (`source` of a file that is not there) stand in the `unfollowed` of a last command without words.
    """
    lines = _lines(finder.tree, within.path)
    locate = by_offset(Places(path, text)) if path else by_search(within.path, lines, within)
    script = _Script(text, locate, within, tuple(arguments), finder, DEPTH, path=path, following=False)
    script.run()
    last = Command((), shell=True, at=within, unfollowed=tuple(script.unfollowed))  # noqa: S604 - a field of ours
    return (*script.ran, last) if script.unfollowed else tuple(script.ran)


def _oneline(text: str) -> str:
    return re.sub(r"[ \t]*\\\n\s*", " ", text).strip()


def _lines(tree: Tree, path: str) -> Sequence[str]:
    try:
        return tree.lines(path)
    except ReadError:
        return ()


def _into_script(command: Command, bare: Command, index: int, finder: Finder, depth: int) -> Command:
    path = finder.find(bare.words[index])
    if path is None:
        return command
    try:
        text = finder.tree.text(path)
    except ReadError:
        return replace(command, unfollowed=(*command.unfollowed, bare.argv[index]))
    first = text.split("\n", 1)[0]
    named = path.endswith((".sh", ".bash")) or index > 0
    if not re.match(r"#!.*\b(?:ba|da|z|k|a)?sh\b", first) and not (named and not first.startswith("#!")):
        return command
    places = Places(path, text)
    at = places.at(0, len(text))
    script = _Script(text, by_offset(places), at, bare.argv[index + 1 :], finder, depth - 1, path=path)
    return _joined(command, bare, script.run())


def _joined(outer: Command, bare: Command, inner: Command) -> Command:
    """Put what a script is left running in the place of the command that called the script."""
    if not inner.argv and not inner.before:
        return replace(outer, unfollowed=(*outer.unfollowed, *inner.unfollowed))
    return replace(
        inner,
        env=(*bare.env, *inner.env),
        before=(*outer.before, *inner.before),
        via=(replace(outer, before=()), *inner.via),
        cd=posixpath.join(outer.cd, inner.cd) if inner.cd else outer.cd,
        operator=outer.operator,
        checked=outer.checked,
        certain=outer.certain and inner.certain,
        unfollowed=(*outer.unfollowed, *inner.unfollowed),
    )


@dataclass
class _Script:
    """One reading of a script, from its first line to the command that stays."""

    text: str
    locate: Callable[[Token], Location]
    at: Location
    arguments: tuple[Word, ...]
    finder: Finder
    depth: int
    start: int = 0
    end: int | None = None
    path: str = ""
    following: bool = True
    cd: str = ""
    strict: bool = False
    exporting: bool = False
    ended: bool = False
    env: dict[str, Entry] = field(default_factory=dict)
    ran: list[Command] = field(default_factory=list)
    unfollowed: list[Word] = field(default_factory=list)
    functions: dict[str, list[Statement]] = field(default_factory=dict)

    def run(self) -> Command:
        first = self.text.split("\n", 1)[0]
        self.strict = bool(self.path and re.match(r"#!.*\s-\w*e", first))
        given = [word.text for word in self.arguments]
        self.take(decide(parse(self.text, self.start, self.end), given))
        return self.result()

    def left(self) -> Command:
        """Return what a line is left running; the whole line leads its `via` where it says more."""
        text = _oneline(self.text[self.start : self.end])
        whole = Command((), shell=True, at=self.at, text=text)  # noqa: S604 - a field of ours
        result = self.run()
        if not result.argv and not result.before:
            return replace(whole, env=result.env, unfollowed=result.unfollowed)
        first = result.via[0] if result.via else result
        return result if first.text == text else replace(result, via=(whole, *result.via))

    def take(self, statements: Sequence[Statement]) -> None:
        for statement in statements:
            names = [block.subject for block in statement.blocks if block.kind == "function"]
            if names:
                self.functions.setdefault(names[-1], []).append(statement)
                continue
            if self.ended:
                break
            self.statement(statement)

    def statement(self, statement: Statement) -> None:
        command = shelled(statement.simple, self.locate, self.text, self.at)
        words = command.words
        name = words[0] if words else ""
        if body := self.functions.pop(name, None):
            around = statement.blocks
            self.take(
                [replace(s, blocks=(*around, *(b for b in s.blocks if b.subject != name))) for s in body]
            )
            return
        if not words or name in {"export", "typeset", ":"}:
            self.assign(statement, command)
        elif name == "set":
            self.options(words)
        elif name in {".", "source"}:
            self.source(command, certain=statement.certain)
        elif name == "cd":
            self.change(words)
        elif name not in _SILENT and name not in _SILENT_TOO:
            self.start_program(statement, command)

    def options(self, words: Sequence[str]) -> None:
        for index, word in enumerate(words[1:], start=1):
            following = words[index + 1] if index + 1 < len(words) else ""
            if re.match(r"-\w*e", word) or (word == "-o" and following == "errexit"):
                self.strict = True
            self.strict = self.strict and not re.match(r"\+\w*e", word)
            if re.match(r"[-+]\w*a", word) or (word in {"-o", "+o"} and following == "allexport"):
                self.exporting = word.startswith("-")

    def change(self, words: Sequence[str]) -> None:
        target = words[1] if len(words) > 1 else ""
        if self.path:
            folder = posixpath.relpath(posixpath.dirname(self.path) or ".", self.finder.directory or ".")
            target = _SCRIPT_FOLDER.sub(lambda _match: folder, target)
        if target and target != "-" and "$" not in target:
            self.cd = posixpath.normpath(posixpath.join(self.cd, target))

    def source(self, command: Command, *, certain: bool) -> None:
        name = command.words[1] if len(command.argv) > 1 else ""
        if name.endswith("activate"):
            return
        path = self.finder.enter(self.cd).find(name)
        if path is None or not certain or self.depth <= 0:
            self.unfollowed.append(command.argv[0])
            return
        try:
            text = self.finder.tree.text(path)
        except ReadError:
            self.unfollowed.append(command.argv[0])
            return
        outer = (self.text, self.locate, self.path)
        self.text, self.locate, self.path = text, by_offset(Places(path, text)), path
        self.depth -= 1
        self.take(parse(text))
        self.text, self.locate, self.path = outer

    def assign(self, statement: Statement, command: Command) -> None:
        """Take `export X=1`, `X=1` and `: "${X:=1}"`."""
        name = command.words[0] if command.argv else ""
        exports = name == "export" or self.exporting
        entries = [replace(entry, exported=exports) for entry in command.env]
        for word in command.argv[1:]:
            if name == ":":
                match = re.match(r"\$\{(\w+):?=(.*)\}$", word.text, re.DOTALL)
                if match:
                    written = f"${{{match[1]}:-{match[2]}}}"
                    entries.append(reference_entry(match[1], written, word.at, exported=self.exporting))
            elif match := ASSIGNMENT.match(word.text):
                value = word.text[match.end() :]
                entries.append(
                    reference_entry(match[1], value, word.at, literal=word.literal, exported=exports)
                )
            elif word.text in self.env:
                self.env[word.text] = replace(self.env[word.text], exported=True)
        for entry in entries:
            self.remember(entry, certain=statement.certain)

    def remember(self, entry: Entry, *, certain: bool) -> None:
        earlier = self.env.get(entry.name)
        if earlier and earlier.exported:
            entry = replace(entry, exported=True)
        if not certain:
            # Another path of the script leaves it alone, so its value is a guess.
            written = entry.written or entry.value or ""
            default = earlier.value if earlier else None
            entry = replace(entry, value=None, source=Source.COMPUTED, written=written, default=default)
        self.env[entry.name] = entry

    def start_program(self, statement: Statement, command: Command) -> None:
        if command.execs and not command.argv:
            return
        command = self.given(command)
        if not command.argv:
            return
        checked = (self.strict or command.operator == "&&") and command.operator not in {"||", "&"}
        command = replace(command, checked=checked, cd=self.cd, certain=statement.certain)
        if self.following:
            command = follow(command, self.finder.enter(self.cd), self.depth)
        self.ran.append(command)
        self.ended = command.execs and statement.certain

    def given(self, command: Command) -> Command:
        """Put the script's own arguments for `"$@"`, `$*` and `$1`."""
        argv: list[Word] = []
        for word in command.argv:
            if word.text in {"$@", "$*", "${@}"}:
                argv.extend(self.arguments)
            elif (match := re.match(r"\$\{?([1-9])\}?$", word.text)) and int(match[1]) <= len(self.arguments):
                argv.append(self.arguments[int(match[1]) - 1])
            else:
                argv.append(word)
        return replace(command, argv=tuple(argv))

    def result(self) -> Command:
        """Choose the command that stays, and put the rest before it."""
        main = _main(self.ran)
        env = tuple(self.env.values())
        unfollowed = tuple(self.unfollowed)
        if main is None:
            return Command((), shell=True, at=self.at, env=env, unfollowed=unfollowed)  # noqa: S604 - a field of ours
        others = [c for c in self.ran if c is not main and _stays(c) and not (c.certain and main.certain)]
        before: list[Command] = []
        for command in self.ran:
            if command is main:
                break
            if command not in others:
                before += [*command.before, replace(command, before=())]
        return replace(
            main,
            env=(*env, *main.env),
            before=(*before, *main.before),
            alternatives=tuple(others),
            certain=main.certain and not others,
            unfollowed=(*unfollowed, *main.unfollowed),
        )


def _stays(command: Command) -> bool:
    """Tell whether a command keeps running: a server, a worker, or what takes the shell's place."""
    name = program(command)
    return command.execs or name in wrappers.SERVERS or name in wrappers.WORKERS


def _main(ran: Sequence[Command]) -> Command | None:
    staying = [command for command in ran if _stays(command)]
    ending = [command for command in staying if command.certain and command.execs]
    certain = [command for command in staying if command.certain]
    quiet = [command for command in staying if not re.search(r"--reload|debugpy|fastapi dev", command.text)]
    for choice in (ending, certain, quiet, staying, [c for c in ran if c.certain], list(ran)):
        if choice:
            return choice[0] if choice is quiet else choice[-1]
    return None
