"""Values that a condition names itself: the labels, numbers and lengths in a CHECK or in partition bounds."""

from __future__ import annotations

import re
from collections.abc import Iterable

_LITERAL = re.compile(r"'((?:[^']|'')*)'")
_NUMBER = re.compile(r"(?<![\w.'])-?\d+(?:\.\d+)?(?![\w'])")
_LONGEST = 4000


def labels(conditions: Iterable[str]) -> tuple[str, ...]:
    """Return the texts between quotes, and the alternatives of those that are patterns like `^(a|b)$`."""
    found = [m.replace("''", "'") for sql in conditions for m in _LITERAL.findall(sql)]
    parts = [p for text in found if "|" in text for p in re.split(r"[\^$()|]+", text) if p]
    return tuple(dict.fromkeys([*found, *parts]))


def numbers(conditions: Iterable[str]) -> tuple[str, ...]:
    """Return the numbers, quoted ones too, each with what lies just beside it."""
    found: dict[str, None] = {}
    for sql in conditions:
        quoted = [t for t in _LITERAL.findall(sql) if re.fullmatch(r"-?\d+(?:\.\d+)?", t)]
        for number in [*_NUMBER.findall(_LITERAL.sub(" ", sql)), *quoted]:
            found[number] = None
            if "." not in number and len(number) <= len("1000000000000000000"):
                whole = int(number)
                found |= dict.fromkeys((str(whole + 1), str(whole - 1), f"{whole}.5"))
    return tuple(found)


def lengths(conditions: Iterable[str]) -> tuple[int, ...]:
    """Return the lengths that a text may have to have: the whole numbers, when the condition asks for one."""
    asking = [sql for sql in conditions if re.search(r"length|octet|\{\d|~", sql, re.IGNORECASE)]
    plain = [n for n in numbers(asking) if n.isdigit()]
    repeated = [n for sql in asking for n in re.findall(r"\{(\d+)", sql)]
    return tuple(dict.fromkeys(int(n) for n in [*repeated, *plain] if 0 < int(n) <= _LONGEST))
