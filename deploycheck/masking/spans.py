"""Where a text gives secrets away, whatever kind of text it is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from deploycheck.masking.names import is_placeholder
from deploycheck.masking.plain import plain_spans
from deploycheck.masking.python import python_spans

Span = tuple[int, int]

_SHAPES = (
    # the password of a URL, also one taken for a path (one slash); a number before a slash is a port
    re.compile(r":/{1,2}[^\s:/@\"'`,]*:(?!\d{1,5}[/?#,])(?P<text>(?:(?!://)[^\s\"'`])+)@"),
    re.compile(r"://(?P<text>[\w-]{20,})@"),
    re.compile(
        r"(?<![\w-])(?P<text>(?:AKIA|ASIA)[A-Z0-9]{16}|gh[pousr]_\w{20,}|github_pat_\w{20,}|xox[abprs]-[\w-]{10,}"
        r"|[sr]k_(?:live|test)_\w{10,}|dapi[0-9a-f]{32}|eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,})(?!\w)"
    ),
    # SQL: CREATE ROLE … PASSWORD '…', OPTIONS (password '…'), IDENTIFIED BY '…'; a variable's name is none
    re.compile(
        r"\b(?i:password|identified\s+by)\s+[eEnN]?\\?'{1,2}(?![A-Z][A-Z_]+')(?P<text>[^'\\\n]+)(?=\\?')"
    ),
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----(?P<text>.+?)(?:-----END|\Z)", re.DOTALL),
)


def secret_spans(text: str, path: str = "") -> list[Span]:
    """Return where secrets stand in `text`, sorted and apart. `path` tells its syntax; empty is prose."""
    found = [match.span("text") for shape in _SHAPES for match in shape.finditer(text)]
    is_python = path.endswith((".py", ".pyi"))
    if is_python or not path:  # Prose quotes code.
        found += python_spans(text)
    if not is_python:
        found += plain_spans(text, path)
    trimmed = (_trimmed(text, span) for span in found)
    return list(_merged(sorted(s for s in trimmed if not is_placeholder(text[slice(*s)]))))


def _trimmed(text: str, span: Span) -> Span:
    """Leave white space at either end out of a span."""
    start, end = span
    inner = text[start:end]
    return start + len(inner) - len(inner.lstrip()), end - len(inner) + len(inner.rstrip())


def _merged(spans: Iterable[Span]) -> Iterator[Span]:
    """Join spans that overlap."""
    current: Span | None = None
    for start, end in spans:
        if current is None or start >= current[1]:
            if current is not None:
                yield current
            current = (start, end)
        else:
            current = (current[0], max(current[1], end))
    if current is not None:
        yield current
