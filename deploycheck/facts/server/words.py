"""The words of a command as the program receives them: shell expansions become variables."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.facts.manifests.model import Expansion
from deploycheck.findings import Step
from deploycheck.python.values import Branch, Literal, Text, Unknown, Value, Variable, Via

if TYPE_CHECKING:
    from collections.abc import Sequence

    from deploycheck.facts.manifests.model import Command, Entry, Word
    from deploycheck.findings import Location

READER = "the command line"
_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_BRACED = re.compile(r"([A-Za-z_]\w*)(?:(:?[-=?+])(.*))?", re.ASCII | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a program, in parts of which some may be known only under an environment.

    `loose` tells that it is nothing but an expansion: it may be no word at all, or several options.
    `written` is the word before anything was put in, where that is known.
    """

    parts: tuple[Value, ...]
    at: Location
    loose: bool = False
    written: str = ""

    @property
    def head(self) -> str:
        """The text up to the first part that is not known."""
        first = self.parts[0] if self.parts else Literal("")
        return str(first.data) if isinstance(first, Literal) else ""

    @property
    def text(self) -> str | None:
        """The whole text; None when part of it depends on an environment."""
        return self.head if len(self.parts) < 2 and all(isinstance(p, Literal) for p in self.parts) else None  # noqa: PLR2004 - one part or none

    @property
    def shape(self) -> str:
        """The text as it is written, with `{…}` for what code would put in."""
        return self.written or "".join(
            str(p.data) if isinstance(p, Literal) else shown(p) for p in self.parts
        )

    @property
    def value(self) -> Value:
        """The text as a value."""
        if not self.parts:
            return Literal("", at=self.at)
        return self.parts[0] if len(self.parts) == 1 else Text(self.parts, at=self.at)

    def after(self, count: int) -> Argument:
        """Return it without its first `count` known characters."""
        rest = self.head[count:]
        kept = (Literal(rest, at=self.at),) if rest or len(self.parts) == 1 else ()
        return Argument((*kept, *self.parts[1:]), self.at, written=self.written[count:])


def shown(value: Value) -> str:
    """Return how a part that is not text is shown: `$NAME` for a variable."""
    if isinstance(value, Via):
        return shown(value.inner)
    if isinstance(value, Literal):
        return str(value.data)
    return f"${value.name}" if isinstance(value, Variable) else "{…}"


def arguments(command: Command) -> tuple[Argument, ...]:
    """Return the words of a command as its program gets them."""
    return tuple(argument(word, command) for word in command.argv)


def argument(word: Word, command: Command) -> Argument:
    """Return one word as the program gets it: a shell, or the platform, has put values in."""
    if word.literal or ("$" not in word.text and "`" not in word.text):
        return Argument((Literal(word.text, at=word.at),), word.at)
    if not command.shell:
        return Argument(_substituted(word, command), word.at, written=word.text)
    parts = _Expansion(command.env, word.at).parts(word.text)
    loose = not any(isinstance(p, Literal) for p in parts)
    return Argument(parts, word.at, loose, word.text)


_FORMS = {
    Expansion.DOLLAR: r"\$(?:({0})(?!\w)|\(({0})\))",
    Expansion.PARENTHESES: r"\$\(({0})(\b)\)",
    Expansion.BRACES: r"\$(?:({0})(?!\w)|\{{({0})\}})",
}


def _substituted(word: Word, command: Command) -> tuple[Value, ...]:
    """Put in the variables that a platform replaces by itself, as plain text and with no other syntax."""
    if not command.expands:
        return (Literal(word.text, at=word.at),)
    either = "|".join(re.escape(n) for n in sorted(command.expands, key=len, reverse=True))
    parts: list[Value] = []
    position = 0
    for match in re.finditer(_FORMS[command.expansion].format(either), word.text):
        if match.start() > position:
            parts.append(Literal(word.text[position : match.start()], at=word.at))
        parts.append(Variable((match[1] or match[2],), None, READER, at=word.at))
        position = match.end()
    if position < len(word.text) or not parts:
        parts.append(Literal(word.text[position:], at=word.at))
    return tuple(parts)


@dataclass(frozen=True, slots=True)
class _Expansion:
    """What a POSIX shell makes of `$` in a word; `entries` are assignments that came before."""

    entries: Sequence[Entry]
    at: Location

    def parts(self, text: str) -> tuple[Value, ...]:
        parts: list[Value] = []
        plain = ""
        position = 0
        while position < len(text):
            value, end = self._expansion(text, position) if text[position] in "$`" else (None, position + 1)
            if value is None:
                plain += text[position:end]
            else:
                if plain:
                    parts.append(Literal(plain, at=self.at))
                plain = ""
                parts.append(value)
            position = end
        if plain or not parts:
            parts.append(Literal(plain, at=self.at))
        return tuple(parts)

    def text(self, text: str) -> Value:
        parts = self.parts(text)
        return parts[0] if len(parts) == 1 else Text(parts, at=self.at)

    def _expansion(self, text: str, start: int) -> tuple[Value | None, int]:
        if text[start] == "`":
            end = text.find("`", start + 1)
            return self._unknown("a command's output"), len(text) if end < 0 else end + 1
        following = text[start + 1 : start + 2]
        if following in {"{", "("}:
            end = _closing(text, start + 1)
            inside = text[start + 2 : end - 1]
            return self._braced(inside) if following == "{" else self._unknown("a command's output"), end
        if name := _NAME.match(text, start + 1):
            return self._named(name.group(), "", None), name.end()
        if following and following in "@*#?!$-0123456789":
            return self._unknown("an argument of the script"), start + 2
        return None, start + 1

    def _unknown(self, what: str) -> Value:
        return Unknown(f"the shell puts in {what}", at=self.at)

    def _braced(self, inside: str) -> Value:
        match = _BRACED.fullmatch(inside)
        if match is None:
            return self._unknown(f"`${{{inside}}}`")
        return self._named(match[1], match[2] or "", match[3])

    def _named(self, name: str, operator: str, word: str | None) -> Value:
        known = next((i for i, e in reversed(list(enumerate(self.entries))) if e.name == name), None)
        empty_too = operator.startswith(":")
        if operator.endswith("+"):
            seen = self._variable(name, known, Literal("", at=self.at), ignore_empty=False)
            return Branch(seen, self.text(word or ""), Literal("", at=self.at), f"${name}", at=self.at)
        default: Value | None = Literal("", at=self.at)
        if operator.endswith("?"):
            default = None
        elif operator:
            default = self.text(word or "")
        return self._variable(name, known, default, ignore_empty=empty_too)

    def _variable(self, name: str, known: int | None, default: Value | None, *, ignore_empty: bool) -> Value:
        if known is None:
            return Variable((name,), default, READER, ignore_empty=ignore_empty, at=self.at)
        entry = self.entries[known]
        step = Step(f"{name}={entry.written or entry.value or ''}", entry.at)
        if entry.value is not None:
            if not entry.value and ignore_empty and default is not None:
                return default
            return Via(step=step, inner=Literal(entry.value, at=entry.at))
        if entry.written:
            inner = _Expansion(self.entries[:known], entry.at).text(entry.written)
            return Via(step=step, inner=inner)
        return Unknown(f"{name} is set where no file tells its value", provided=True, at=entry.at)


def _closing(text: str, start: int) -> int:
    pair = {"{": "}", "(": ")"}[text[start]]
    depth = 0
    for offset in range(start, len(text)):
        depth += (text[offset] == text[start]) - (text[offset] == pair)
        if depth == 0:
            return offset + 1
    return len(text) + 1
