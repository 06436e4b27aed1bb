"""Texts to try where a condition asks for one of a certain form."""

from __future__ import annotations

from deploycheck.rehearsal.rows.hints import labels, lengths

PLAIN = "r7919"
"""A text that no migration is likely to write itself, so that a UNIQUE column does not meet it twice."""

_FORMS = (
    PLAIN,
    "a@b.co",
    "https://a.co/b",
    "a",
    "A",
    "ab",
    "AB",
    "abc",
    "ABC",
    "Abc1",
    "a-b",
    "a_b",
    "a.b",
    "a/b",
    "/a",
    "1",
    "0",
    "12",
    "123",
    "12345",
    "1.0",
    "1.2.3",
    "v1",
    "A1",
    "A-1",
    "AB-1234",
    "#a0b1c2",
    "+12025550123",
    "2025550123",
    "202-555-0123",
    "2000-01-01",
    "2000-01-01T00:00:00Z",
    "12:00",
    "en",
    "en-US",
    "en_US",
    "US",
    "USD",
    "UTC",
    "127.0.0.1",
    "00000000-0000-4000-8000-000000007919",
    "{}",
    "[]",
    "true",
    "a b",
    "",
)


def texts(conditions: tuple[str, ...]) -> tuple[str, ...]:
    """Return the texts to try, the plain one first; only that one where nothing is asked."""
    if not conditions:
        return (PLAIN,)
    sized = [(letter * n) for n in lengths(conditions) for letter in ("a", "A", "1")]
    return tuple(dict.fromkeys([PLAIN, *labels(conditions), *sized[:18], *_FORMS]))
