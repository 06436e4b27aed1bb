"""The comments of Python, by its own tokens, so that none is ever found in a string."""

from __future__ import annotations

import io
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass, field
from token import tok_name

from deploycheck.facts.suppressions.layouts import Layout, Span, Text, merged

_NO_CODE = frozenset(
    {
        tokenize.COMMENT,
        tokenize.NL,
        tokenize.NEWLINE,
        tokenize.INDENT,
        tokenize.DEDENT,
        tokenize.ENCODING,
        tokenize.ENDMARKER,
    }
)
_ENDS_A_LINE = _NO_CODE - {tokenize.INDENT, tokenize.DEDENT}


@dataclass(slots=True)
class _Reading:
    """What the tokens have shown so far."""

    text: Text
    comments: list[Span] = field(default_factory=list)
    joined: list[Span] = field(default_factory=list)
    statements: list[Span] = field(default_factory=list)
    begins: int = 0
    started: int = 0
    depth: int = 0
    outer: int = 0
    previous: tokenize.TokenInfo | None = None

    def take(self, token: tokenize.TokenInfo) -> None:
        """Note what a token shows."""
        row, end = token.start[0], token.end[0]
        if token.type == tokenize.COMMENT:
            start = self.text.index(row, token.start[1])
            self.comments.append((start, start + len(token.string)))
        elif token.type == tokenize.NEWLINE and self.started:
            self.statements.append((self.started, row))
            self.started = 0
        elif token.type not in _NO_CODE:
            self._code(token, row, end)
        self.previous = token

    def _code(self, token: tokenize.TokenInfo, row: int, end: int) -> None:
        is_docstring = not self.statements and not self.started and token.type == tokenize.STRING
        if not self.begins and not is_docstring:
            self.begins = row
        self.started = self.started or row
        self._strings(token, row, end)
        before = self.previous
        if before is not None and before.type not in _ENDS_A_LINE and before.end[0] < row:
            self.joined.append((before.end[0], row))  # a backslash

    def _strings(self, token: tokenize.TokenInfo, row: int, end: int) -> None:
        """Join the lines of a string; newer Pythons give an f-string as many tokens."""
        if end > row:
            self.joined.append((row, end))
        name = tok_name[token.type]
        if name.endswith("STRING_START"):
            self.outer = self.outer if self.depth else row
            self.depth += 1
        elif name.endswith("STRING_END"):
            self.depth -= 1
            if not self.depth and end > self.outer:
                self.joined.append((self.outer, end))


def python(text: Text) -> Layout:
    """Lay out a Python file; where its tokens end in an error, as far as they go."""
    reading = _Reading(text)
    for token in _tokens(text.text):
        reading.take(token)
    return Layout(
        comments=tuple(reading.comments),
        joined=merged(reading.joined),
        statements=tuple(reading.statements),
        begins=reading.begins or text.text.count("\n") + 2,
    )


def _tokens(source: str) -> Iterator[tokenize.TokenInfo]:
    try:
        yield from tokenize.generate_tokens(io.StringIO(source).readline)
    except (tokenize.TokenError, SyntaxError):
        return
