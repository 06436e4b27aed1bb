"""TOML: the data from the standard library, and the line of every key."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from functools import cached_property

from deploycheck.findings import Location
from deploycheck.sources.errors import ReadError

_POSITION = re.compile(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)$")
# tomllib copies a dotted key once for each of its parts, so a line of 100,000 parts takes minutes.
_ENDLESS_KEY = re.compile(r"^[ \t\[]*(?:[\w\"'-]+[ \t]*\.[ \t]*){100}", re.MULTILINE)
_TOKEN = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}'
    r"|'''.*?'{3,5}"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'"
    r"|\#[^\n]*"
    r"|[\[\]{},=.]"
    r"|\n"
    r"|[ \t\r]+"
    r"""|[^\s"'\#\[\]{},=.]+"""
    r"|.",
    re.DOTALL,
)

Key = str | int


@dataclass(frozen=True)
class TomlDocument:
    """A TOML file: `data` is what tomllib makes of it."""

    path: str
    text: str = field(repr=False)
    data: dict[str, object] = field(repr=False)

    def get(self, *keys: Key) -> object:
        """Return what stands below the keys (a number picks from an array), or None."""
        found: object = self.data
        for key in keys:
            if isinstance(found, dict):
                found = found.get(key)
            elif isinstance(found, list) and isinstance(key, int) and -len(found) <= key < len(found):
                found = found[key]
            else:
                return None
        return found

    def locate(self, *keys: Key) -> Location:
        """Return the place of a key, a table's header or an array's item.

        What does not stand in the file itself gets the place of the nearest thing above that does,
        and in the end the file's first line. Never raises.
        """
        for count in range(len(keys), 0, -1):
            if found := self._places.get(keys[:count]):
                return found
        return Location(self.path)

    @cached_property
    def _places(self) -> dict[tuple[Key, ...], Location]:
        return _Locator(self.path, self.text).places


def parse(text: str, path: str) -> TomlDocument:
    """Read a TOML file. Raises `ReadError` with the line."""
    if endless := _ENDLESS_KEY.search(text):
        at = Location(path, text.count("\n", 0, endless.start()) + 1)
        raise ReadError(path, "it has a key of a hundred parts: shorten it", at)
    try:
        return TomlDocument(path, text, tomllib.loads(text))
    except RecursionError as error:
        raise ReadError(path, "it nests too deep: flatten it") from error
    except ValueError as error:
        raise _explained(error, text, path) from error


def comments_and_strings(text: str) -> tuple[tuple[tuple[int, int], ...], tuple[tuple[int, int], ...]]:
    """Return where the comments of a TOML text are, and its strings, as ranges of characters."""
    tokens = [(token[0][0], token.span()) for token in _TOKEN.finditer(text)]
    comments = tuple(span for first, span in tokens if first == "#")
    return comments, tuple(span for first, span in tokens if first in "\"'")


def _explained(error: ValueError, text: str, path: str) -> ReadError:
    position = _POSITION.search(str(error))
    if position is None:
        return ReadError(path, "it is not valid TOML: correct it")
    problem = str(error)[: position.start()]
    line, column = (int(position[1]), int(position[2])) if position[1] else (max(1, text.count("\n")), 1)
    return ReadError(path, f"it is not valid TOML ({problem}): correct it", Location(path, line, column))


@dataclass(slots=True)
class _Frame:
    """Where the reader is: in a table (top level), an inline table or an array."""

    kind: str
    path: tuple[Key, ...]
    index: int = 0
    parts: list[Key] = field(default_factory=list)
    begun: Location | None = None
    in_value: bool = False


class _Locator:
    """Reads a text that tomllib accepted, so it only looks for where keys and items begin."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.places: dict[tuple[Key, ...], Location] = {}
        self._arrays: dict[tuple[Key, ...], int] = {}
        self._stack = [_Frame("table", ())]
        self._line, self._line_start = 1, 0
        header = ""
        for token in _TOKEN.finditer(text):
            word = token[0]
            at = Location(path, self._line, token.start() - self._line_start + 1, end_column=0)
            if "\n" in word:
                self._line += word.count("\n")
                self._line_start = token.start() + word.rindex("\n") + 1
            if (word.isspace() and word != "\n") or word[0] == "#":
                continue
            if not header and len(self._stack) == 1 and word == "[" and not self._stack[0].in_value:
                header = "[[" if text.startswith("[[", token.start()) else "["
                self._stack[0].begun, self._stack[0].parts = at, []
            elif header:
                header = self._in_header(header, word)
            else:
                self._take(word, at)

    def _in_header(self, header: str, word: str) -> str:
        top = self._stack[0]
        if word == "\n":
            top.begun = None
            return ""
        if word not in {"[", "]", "."}:
            top.parts.append(_unquoted(word))
        elif word == "]" and top.parts:
            top.path = self._table(tuple(top.parts), is_array=header == "[[", at=top.begun)
            top.parts = []
        return header

    def _table(self, parts: tuple[Key, ...], at: Location | None, *, is_array: bool) -> tuple[Key, ...]:
        """Note a header, and return the path of its table: keys, with the number of each array's item."""
        path: tuple[Key, ...] = ()
        for number, part in enumerate(parts, 1):
            path = (*path, part)
            if is_array and number == len(parts):
                self._arrays[path] = self._arrays.get(path, -1) + 1
            self._note(path, at)
            if path in self._arrays:
                path = (*path, self._arrays[path])
                self._note(path, at)
        if at is not None and not is_array:
            self.places[path] = at  # A header is a better place than the sub-table that implied it.
        return path

    def _note(self, path: tuple[Key, ...], at: Location | None) -> None:
        if at is not None:
            self.places.setdefault(path, at)

    def _take(self, word: str, at: Location) -> None:
        """Read one word of a key or a value."""
        frame = self._stack[-1]
        if word == "\n":
            if len(self._stack) == 1:
                frame.in_value = False
        elif word in {"]", "}"}:
            if len(self._stack) > 1:
                self._stack.pop()
        elif word == ",":
            frame.index += 1
            frame.in_value = False
        elif frame.kind == "array":
            self._value(word, at, (*frame.path, frame.index), frame)
        elif frame.in_value:
            self._value(word, at, frame.path + tuple(frame.parts), frame)
        else:
            self._key(word, at, frame)

    def _key(self, word: str, at: Location, frame: _Frame) -> None:
        if word == "=":
            for count in range(1, len(frame.parts) + 1):
                self._note(frame.path + tuple(frame.parts[:count]), frame.begun)
            frame.in_value = True
            frame.begun = None
        elif word != ".":
            if frame.begun is None:
                frame.begun, frame.parts = at, []
            frame.parts.append(_unquoted(word))

    def _value(self, word: str, at: Location, path: tuple[Key, ...], frame: _Frame) -> None:
        if frame.kind == "array":
            self._note(path, at)
        if word in {"[", "{"}:
            self._stack.append(_Frame("array" if word == "[" else "inline", path))


def _unquoted(word: str) -> str:
    if word[0] == "'":
        return word[1:-1]
    if word[0] != '"':
        return word
    # The library undoes the escapes, so that there is one truth about them.
    try:
        return str(tomllib.loads(f"k={word}")["k"])
    except ValueError:
        return word
