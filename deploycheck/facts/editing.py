"""Edits out of places: exactly what a `Location` covers is replaced, and the rest of its lines kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploycheck.findings import Edit, Location
from deploycheck.sources.editing import yaml
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from deploycheck.facts.manifests.model import Command, Word
    from deploycheck.sources.tree import Tree

Change = tuple[Location, str]
"""A place, and the text that shall stand there instead. Its `end_column` must be known."""


def replaced(tree: Tree, changes: Iterable[Change]) -> tuple[Edit, ...]:
    """Return edits that make all changes; none where a file cannot be read, or two changes overlap."""
    edits: list[Edit] = []
    by_file: dict[str, list[Change]] = {}
    for change in changes:
        by_file.setdefault(change[0].path, []).append(change)
    for path, here in sorted(by_file.items()):
        made = _file(tree, path, sorted(here, key=lambda c: (c[0].line, c[0].column)))
        if made is None:
            return ()
        edits += made
    return tuple(edits)


def _file(tree: Tree, path: str, changes: Sequence[Change]) -> list[Edit] | None:
    """Put changes whose lines touch into one edit."""
    try:
        lines = tree.lines(path)
    except ReadError:
        return None
    edits: list[Edit] = []
    index = 0
    while index < len(changes):
        first, end = changes[index][0].line, changes[index][0].end_line
        start = index
        while index < len(changes) and changes[index][0].line <= end:
            end = max(end, changes[index][0].end_line)
            index += 1
        text = _merged(lines, first, end, changes[start:index])
        if text is None:
            return None
        edits.append(Edit(path, first, end, text))
    return edits


def _merged(lines: Sequence[str], first: int, end: int, changes: Sequence[Change]) -> str | None:
    if end > len(lines):
        return None
    result = ""
    line, column = first, 1
    for at, text in changes:
        if at.end_column <= 0 or (at.line, at.column) < (line, column):
            return None
        result += _between(lines, (line, column), (at.line, at.column)) + text
        line, column = at.end_line, at.end_column
    result += _between(lines, (line, column), (end, len(lines[end - 1]) + 1))
    return "\n".join(part.rstrip() for part in result.split("\n"))


def _between(lines: Sequence[str], start: tuple[int, int], end: tuple[int, int]) -> str:
    if start[0] == end[0]:
        return lines[start[0] - 1][start[1] - 1 : end[1] - 1]
    middle = [
        lines[start[0] - 1][start[1] - 1 :],
        *lines[start[0] : end[0] - 1],
        lines[end[0] - 1][: end[1] - 1],
    ]
    return "\n".join(middle)


def rewritten(tree: Tree, at: Location, text: str) -> tuple[Edit, ...]:
    """Return the edit that writes a whole place anew; none where that would take a comment along."""
    try:
        lines = tree.lines(at.path)
    except ReadError:
        return ()
    if at.end_column <= 0 or at.end_line > len(lines) or "#" in _between(lines, *_ends(at)):
        return ()
    return replaced(tree, [(at, text)])


def requoted(tree: Tree, word: Word, text: str) -> str:
    """Return another text for a word, in the quotes that the file has around it."""
    at = word.at
    written = tree.lines(at.path)[at.line - 1][at.column - 1 : at.end_column - 1]
    quote = written[0] if written[:1] in {"'", '"'} else ""
    return f"{quote}{text}{quote}"


def without_words(tree: Tree, words: Sequence[Word], first: int, last: int) -> tuple[Edit, ...]:
    """Return edits that take words `first` to `last` (never the program itself) out of a command's list.

    Items of a block list go with their lines; in a `[…]` list the comma before goes too. Nothing is
    returned where that would take more than the words.
    """
    gone = words[first : last + 1]
    if not gone or first < 1 or len({w.at.path for w in words[first - 1 : last + 1]}) != 1:
        return ()
    path = gone[0].at.path
    try:
        lines = tree.lines(path)
    except ReadError:
        return ()
    if all(lines[w.at.line - 1][: w.at.column - 1].strip() == "-" for w in gone):
        return tuple(Edit(path, w.at.line, w.at.end_line, "") for w in gone)
    before, end = words[first - 1].at, gone[-1].at
    span = Location(path, before.end_line, before.end_column, end.end_line, end.end_column)
    if before.end_column <= 0 or end.end_column <= 0 or "#" in _between(lines, *_ends(span)):
        return ()
    return replaced(tree, [(span, "")])


def _ends(span: Location) -> tuple[tuple[int, int], tuple[int, int]]:
    return (span.line, span.column), (span.end_line, span.end_column)


def with_words(tree: Tree, command: Command, words: Sequence[str]) -> tuple[Edit, ...]:
    """Return the edit that adds plain words to the end of a command, whatever its list looks like."""
    last = command.argv[-1].at
    try:
        line = tree.lines(last.path)[last.line - 1]
    except ReadError:
        return ()
    written = line[last.column - 1 : last.end_column - 1]
    if last.end_column <= 0 or last.end_line != last.line or not written:
        return ()
    if line[: last.column - 1].strip() == "-":
        items = "".join(f"{line[: last.column - 1]}{_item(last.path, word)}\n" for word in words)
        return (Edit(last.path, last.line + 1, last.line, items),)
    listed = line[last.end_column - 1 :].lstrip()[:1] in {",", "]"}
    quote = written[0] if listed and written[0] in {"'", '"'} else ""
    added = "".join(f", {_item(last.path, w, quote)}" if listed else f" {w}" for w in words)
    return replaced(tree, [(last, written + added)])


def _item(path: str, word: str, quote: str = "") -> str:
    """Return a word as an item of a list, in quotes where YAML would take it for a number."""
    number = not quote and path.endswith((".yaml", ".yml")) and yaml.is_other(word)
    return f'"{word}"' if number else f"{quote}{word}{quote}"
