"""SQL text as tokens: quotes, dollar quotes, comments and unknown parts told apart, and statements split."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple


class Kind(enum.Enum):
    """What a token is. A `HOLE` is a name with an unknown part; a `VALUE` a number, bind or placeholder."""

    WORD = enum.auto()
    QUOTED = enum.auto()
    STRING = enum.auto()
    VALUE = enum.auto()
    HOLE = enum.auto()
    MARK = enum.auto()
    BROKEN = enum.auto()


class Token(NamedTuple):
    """One token: its kind, its text as SQL means it (without quotes), where it stands.

    `word` is an unquoted word in upper case, a mark as it is, empty for everything else: what a grammar
    compares with.
    """

    kind: Kind
    value: str
    start: int
    end: int
    word: str = ""


_HOLE = r"\{\{[^{}]*\}\}|\{[^{}]*\}"
_TOKEN = re.compile(
    rf"""
    (?P<space>\s+|--[^\n]*)
    |(?P<comment>/\*)
    |(?P<escaped>[eE]')
    |(?P<string>(?:[bBxXnN]|[uU]&)?')
    |(?P<dollar>\$(?:[^\W\d]\w*)?\$)
    |(?P<quoted>["`])
    |(?P<bracket>\[)
    |(?P<word>(?:[^\W\d]|{_HOLE})(?:[\w$@\#]|{_HOLE})*)
    |(?P<value>\d[\w.]*|%%|%\(\w*\)[sdrb]|%[sdrbI]|:[^\W\d]\w*|\$\d+|@@?\w+|\?)
    |(?P<cast>::)
    |(?P<hash>\#[^\n]*)
    |(?P<mark>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_STANDARD = re.compile(r"[^']*(?:''[^']*)*'")
_BACKSLASHED = re.compile(r"[^'\\]*(?:(?:''|\\.)[^'\\]*)*'", re.DOTALL)
_COMMENT_ENDS = re.compile(r"/\*|\*/")
_BRACKETED = frozenset({"mssql", "sqlite"})
_DOLLARED = frozenset({"postgresql", ""})


def tokens_of(text: str, dialect: str = "") -> list[Token]:
    """Return the tokens of `text`, without blanks and comments.

    What is not closed (a quote, a comment) is one `BROKEN` token up to the end, as a server takes it.
    """
    return list(_Lexer(text, dialect).tokens())


class _Lexer:
    """Goes through one text once; no text takes longer than its length."""

    def __init__(self, text: str, dialect: str) -> None:
        self.text = text
        self.dialect = dialect
        self.backslashes = dialect in {"mysql", "mariadb"}

    def tokens(self) -> Iterator[Token]:
        """Yield token after token."""
        at = 0
        while (match := _TOKEN.match(self.text, at)) is not None:
            group = match.lastgroup or ""
            start, at = at, match.end()
            if group == "space" or (group == "hash" and self.backslashes):
                continue
            if group == "comment":
                at = self._comment_end(at)
                continue
            if group in {"word", "value", "cast", "mark", "hash"}:
                at = start + 1 if group == "hash" else at
                yield _plain(group, self.text[start:at], start, at)
                continue
            end, value, kind = self._quoted(group, match[0], at)
            yield Token(kind, value, start, end, "[" if kind is Kind.MARK else "")
            at = end

    def _quoted(self, group: str, opening: str, at: int) -> tuple[int, str, Kind]:
        """Return the end, the value and the kind of what a quote opens."""
        if group in {"string", "escaped"}:
            return self._string(at, escaped=group == "escaped" or self.backslashes)
        if group == "bracket" and self.dialect not in _BRACKETED:
            return at, "[", Kind.MARK
        if group == "dollar" and self.dialect not in _DOLLARED:
            return at, opening, Kind.VALUE
        closing = "]" if group == "bracket" else opening
        end = self.text.find(closing, at)
        while group == "quoted" and end >= 0 and self.text.startswith(closing, end + 1):
            end = self.text.find(closing, end + 2)
        if end < 0:
            return len(self.text), self.text[at:], Kind.BROKEN
        value = self.text[at:end]
        if group != "dollar":
            value = value.replace(closing * 2, closing)
            return end + 1, value, Kind.HOLE if "{" in value else Kind.QUOTED
        return end + len(closing), value, Kind.STRING

    def _string(self, at: int, *, escaped: bool) -> tuple[int, str, Kind]:
        """Return the same of a string, in which a backslash may keep a quote from closing it."""
        closed = (_BACKSLASHED if escaped else _STANDARD).match(self.text, at)
        if closed is None:
            return len(self.text), self.text[at:], Kind.BROKEN
        return closed.end(), self.text[at : closed.end() - 1].replace("''", "'"), Kind.STRING

    def _comment_end(self, at: int) -> int:
        """Return where a comment ends; PostgreSQL's hold comments themselves."""
        depth = 1
        for match in _COMMENT_ENDS.finditer(self.text, at):
            if match[0] == "*/":
                depth -= 1
            elif self.dialect in _DOLLARED:
                depth += 1
            if not depth:
                return match.end()
        return len(self.text)


def _plain(group: str, value: str, start: int, end: int) -> Token:
    """Return a token that no quote surrounds."""
    if group == "word":
        if "{" in value:
            return Token(Kind.HOLE, value, start, end)
        return Token(Kind.WORD, value, start, end, value.upper())
    if group == "value":
        return Token(Kind.VALUE, value, start, end)
    return Token(Kind.MARK, value, start, end, value)


_BODIED = frozenset({"TRIGGER", "PROCEDURE", "FUNCTION", "EVENT", "PACKAGE"})
_INNER_ENDS = frozenset({"IF", "LOOP", "WHILE", "REPEAT", "FOR"})
_HEAD = 16


def statements_of(tokens: Sequence[Token], dialect: str = "") -> Iterator[Sequence[Token]]:
    """Yield the tokens of each statement, without the semicolon.

    A trigger's or routine's `BEGIN … END` holds statements of its own and is not split; for SQL Server a
    line `GO` separates too.
    """
    first, depth = 0, 0
    for place, token in enumerate(tokens):
        if token.word == ";" and depth == 0:
            yield tokens[first:place]
            first = place + 1
        elif token.word in {"BEGIN", "CASE", "END"}:
            if _is_bodied(tokens[first : first + _HEAD]):
                depth = max(0, depth + _step(tokens, place))
        elif token.word == "GO" and dialect == "mssql":
            yield tokens[first:place]
            first, depth = place + 1, 0
    yield tokens[first:]


def _is_bodied(head: Sequence[Token]) -> bool:
    """Whether a statement creates something with statements in it."""
    return bool(head) and head[0].word == "CREATE" and any(t.word in _BODIED for t in head)


def _step(tokens: Sequence[Token], place: int) -> int:
    """Return by how much a word opens or closes a block."""
    following = tokens[place + 1].word if place + 1 < len(tokens) else ""
    before = tokens[place - 1].word if place else ""
    if tokens[place].word == "END":
        return 0 if following in _INNER_ENDS else -1
    return 0 if before == "END" else 1
