"""The statements in PostgreSQL's DO blocks: what a block of PL/pgSQL does when it runs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from deploycheck.facts.schema.lexing import Kind, Token
from deploycheck.facts.schema.reading import Reader

_FORMATTED = re.compile(r"%(?:\d+\$)?[IsL]")
# What only steers the block: none of these changes a schema.
_STEERING = frozenset(
    {*("NULL", "RAISE", "PERFORM", "RETURN", "EXIT", "CONTINUE", "GET", "ASSERT", "OPEN", "FETCH", "CLOSE")}
)


@dataclass(frozen=True, slots=True)
class Inner:
    """A statement of a block: its tokens, or SQL that it builds as text. `guarded` may be left out."""

    tokens: Sequence[Token] = ()
    text: str = ""
    guarded: bool = False


def block_of(reader: Reader) -> str | None:
    """Return the body of `DO $$ … $$`, None where it is not in PL/pgSQL."""
    body = None
    while not reader.done:
        if reader.take("LANGUAGE"):
            if reader.advance().value.lower() not in {"plpgsql", "sql"}:
                return None
            continue
        token = reader.advance()
        if token.kind is Kind.STRING:
            body = token.value
    return body


def inner_statements(statements: Sequence[Sequence[Token]], text: str) -> list[Inner]:
    """Return what a block's statements do, without what only steers it.

    A statement under a test or with a handler of errors behind it is `guarded`.
    """
    handled = any(t.word == "EXCEPTION" for s in statements for t in s)
    found: list[Inner] = []
    depth, declaring = 0, False
    for tokens in statements:
        reader = Reader(tokens, text, "postgresql")
        declaring = _declares(reader, declaring=declaring)
        depth = _steered(reader, depth)
        if reader.done or reader.next.word in _STEERING or _assigns(reader):
            continue
        guarded = handled or depth > 0
        if reader.take("EXECUTE"):
            found.append(Inner(text=_executed(reader), guarded=guarded))
        else:
            found.append(Inner(tokens=tokens[reader.at :], guarded=guarded))
    return found


def _declares(reader: Reader, *, declaring: bool) -> bool:
    """Take declarations of variables, which end where the block begins; say whether they go on."""
    if not (reader.take("DECLARE") or declaring):
        return False
    while not reader.done and reader.next.word != "BEGIN":
        reader.advance()
    return reader.done


def _steered(reader: Reader, depth: int) -> int:
    """Take the words of control before a statement and return how deep in tests it stands."""
    while not reader.done:
        if reader.take_any(frozenset({"BEGIN", "ELSE"})):
            continue
        if reader.take("END"):
            depth -= 1 if reader.take_any(frozenset({"IF", "LOOP", "CASE"})) else 0
            reader.at = len(reader.tokens)
        elif reader.sees("EXCEPTION") or reader.next.word in {"ELSIF", "ELSEIF", "WHEN"}:
            reader.until("THEN")
            reader.take("THEN")
        elif reader.next.word in {"IF", "CASE"}:
            depth += 1
            reader.until("THEN")
            reader.take("THEN")
        elif reader.next.word in {"FOR", "WHILE", "FOREACH", "LOOP"}:
            depth += 1
            reader.until("LOOP")
            reader.take("LOOP")
        else:
            break
    return depth


def _assigns(reader: Reader) -> bool:
    """Whether a statement only gives a variable a value."""
    return reader.next.kind is Kind.WORD and reader.peek(1).word in {":", ".", "="} and not reader.sees("DO")


def _executed(reader: Reader) -> str:
    """Return the SQL that EXECUTE runs; what the block puts in is `{…}`."""
    if reader.take("FORMAT"):
        inside = reader.group()
        if inside is None or inside.next.kind is not Kind.STRING:
            return ""
        return _FORMATTED.sub("{…}", inside.next.value)
    parts = []
    while not reader.done and not reader.sees("USING") and not reader.sees("INTO"):
        token = reader.advance()
        if token.kind is Kind.STRING:
            parts.append(token.value)
        elif token.word != "|":
            reader.group()
            if not parts or parts[-1] != "{…}":
                parts.append("{…}")
    return "".join(parts)
