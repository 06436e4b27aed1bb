"""Where the comments of a file are, and which of its lines cannot have one of their own.

A comment is one only where the file's own language takes it for one: never inside of a string.
"""

from __future__ import annotations

import posixpath
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

Span = tuple[int, int]

_WHOLE = re.compile(r"Procfile.*|(?:.*\.)?Dockerfile.*|.*\.dockerfile|Containerfile.*", re.IGNORECASE)
_INI = (".ini", ".cfg", ".conf", ".properties", ".service")
_HASH = (".sh", ".bash", ".env", ".mk", ".txt", ".in")
_NONE = (".json", ".md", ".rst", ".html", ".js", ".ts", ".lock", ".csv", ".sql")


@dataclass(frozen=True, slots=True)
class Layout:
    """A file's places. Ranges of `comments` and `values` count characters; the others count lines, from 1.

    `values` are where a word after `#` is part of a value. `joined` are lines that stand or fall together: a
    string or a continued line, where no comment can stand in between. `begins` is the first line of content.
    """

    comments: tuple[Span, ...] = ()
    values: tuple[Span, ...] = ()
    joined: tuple[Span, ...] = ()
    statements: tuple[Span, ...] = ()
    begins: int = 1

    def together(self, line: int) -> Span:
        """Return the lines that a comment on or above a line is about."""
        return next((span for span in self.joined if span[0] <= line <= span[1]), (line, line))

    def statement(self, line: int) -> Span:
        """Return the statement that a line belongs to."""
        return next((span for span in self.statements if span[0] <= line <= span[1]), (line, line))


@dataclass(slots=True)
class Text:
    """A file's text, with the candidates for comments: where each begins, in characters."""

    text: str
    candidates: tuple[int, ...]
    _starts: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Find where each line starts."""
        self._starts = [0, *(m.end() for m in re.finditer("\n", self.text))]

    def line_of(self, index: int) -> int:
        """Return the line of a character, from 1."""
        return bisect_right(self._starts, index)

    def column_of(self, index: int) -> int:
        """Return the column of a character, from 1."""
        return index - self._starts[self.line_of(index) - 1] + 1

    def line(self, number: int) -> str:
        """Return a line without its end; empty beyond the file's last."""
        lines = self.text.split("\n")
        return lines[number - 1] if number <= len(lines) else ""

    def index(self, line: int, column: int) -> int:
        """Return the character at a line (from 1) and an offset in it (from 0)."""
        return self._starts[line - 1] + column

    def end_of_line(self, index: int) -> int:
        """Return where the line of a character ends."""
        found = self.text.find("\n", index)
        return len(self.text) if found < 0 else found


def layout_of(path: str, text: Text) -> Layout | None:
    """Return a file's layout by its name, or None for a language that has no comments that we read."""
    reader = _reader(path)
    return reader(text) if reader else None


def _reader(path: str) -> Callable[[Text], Layout] | None:
    name = posixpath.basename(path)
    ending = posixpath.splitext(name)[1].lower()
    if ending in {".py", ".pyi"}:
        from deploycheck.facts.suppressions.in_python import python

        return python
    if ending in {".yaml", ".yml", ".toml"} or name == "Pipfile":
        from deploycheck.facts.suppressions import in_data

        return in_data.yaml if ending in {".yaml", ".yml"} else in_data.toml
    if _WHOLE.fullmatch(name) or ending in _INI:
        return whole_lines
    plain = "." not in name or name.lower().startswith((".env", "env."))
    return after_hash if plain or ending in _HASH else None


def may_have_comments(path: str) -> bool:
    """Tell whether a file's language has comments that we read."""
    return not path.endswith(_NONE) and _reader(path) is not None


def whole_lines(text: Text) -> Layout:
    """Lay out a file where a comment has its line for itself, and `#` after a value is part of it."""
    alone = {i for i in text.candidates if not text.line(text.line_of(i))[: text.column_of(i) - 1].strip()}
    return Layout(
        comments=_to_the_end(text, alone),
        values=_to_the_end(text, set(text.candidates) - alone),
        joined=continued(text),
        begins=first_line(text),
    )


def after_hash(text: Text) -> Layout:
    """Lay out a file where a comment starts at a `#` after white space, outside of quotes."""
    free = {i for i in text.candidates if _is_free(text.line(text.line_of(i))[: text.column_of(i) - 1])}
    return Layout(comments=_to_the_end(text, free), joined=continued(text), begins=first_line(text))


def first_line(text: Text) -> int:
    """Return the first line with more than a comment on it."""
    for number, line in enumerate(text.text.split("\n"), 1):
        if line.strip() and not line.lstrip().startswith(("#", ";")):
            return number
    return text.text.count("\n") + 2


def continued(text: Text) -> tuple[Span, ...]:
    """Return the runs of lines of which all but the last end in a backslash."""
    runs: list[Span] = []
    first = 0
    for number, line in enumerate(text.text.split("\n"), 1):
        goes_on = line.endswith("\\") and not line.lstrip().startswith("#")
        if not goes_on and first:
            runs.append((first, number))
        first = (first or number) if goes_on else 0
    return tuple(runs)


def merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Return ranges of lines, those that share a line as one."""
    found: list[Span] = []
    for first, last in sorted(spans):
        if found and first <= found[-1][1]:
            found[-1] = (found[-1][0], max(last, found[-1][1]))
        else:
            found.append((first, last))
    return tuple(found)


def _to_the_end(text: Text, starts: set[int]) -> tuple[Span, ...]:
    return tuple((i, text.end_of_line(i)) for i in sorted(starts))


def _is_free(before: str) -> bool:
    """Tell whether what stands before a `#` on its line leaves it outside of words and quotes."""
    quote = ""
    escaped = False
    for char in before:
        if escaped:
            escaped = False
        elif char == "\\" and quote != "'":
            escaped = True
        elif quote:
            quote = "" if char == quote else quote
        elif char in "'\"`":
            quote = char
    return not quote and not before[-1:].strip()
