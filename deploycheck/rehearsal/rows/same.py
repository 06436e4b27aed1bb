"""Whether two values mean the same, though another type may have written one of them."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from uuid import UUID

_TRUE, _FALSE = frozenset({"true", "t", "1"}), frozenset({"false", "f", "0"})


def same(one: object, other: object) -> bool:
    """Tell whether two values mean the same: 1.50 and 1.5, JSON in any order, a date in any form."""
    if one is None or other is None:
        return one is other
    if one == other and isinstance(one, bool) == isinstance(other, bool):
        return True
    if isinstance(one, (dict, list)) or isinstance(other, (dict, list)):
        return _same_structure(_structure(one), _structure(other))
    return _same_scalar(_text(one), _text(other))


def _text(value: object) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value).rstrip()


def _same_scalar(one: str, other: str) -> bool:
    if one == other:
        return True
    if {one.lower(), other.lower()} <= _TRUE or {one.lower(), other.lower()} <= _FALSE:
        return True
    for read in (_number, _moment, _uuid, _structure_of):
        first, second = read(one), read(other)
        if first is not None and second is not None:
            return first == second
    return False


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text.strip().lstrip("$").replace(",", ""))
    except InvalidOperation:
        return None


def _moment(text: str) -> datetime | None:
    """Read a date or a moment; one without a zone stands for UTC, in which the throwaway runs."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        try:
            day = date.fromisoformat(text)
        except ValueError:
            return None
        found = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _structure_of(text: str) -> object:
    found = _structure(text)
    return found if isinstance(found, (dict, list)) else None


def _structure(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        found: object = json.loads(value, parse_float=Decimal, parse_int=Decimal)
    except ValueError:
        return value
    return found


def _same_structure(one: object, other: object) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return False
