"""Values that meet a table's conditions, found by the database itself."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from deploycheck.rehearsal.session import StatementFailed, quoted

if TYPE_CHECKING:
    from deploycheck.rehearsal.rows.model import Check, Column
    from deploycheck.rehearsal.session import Session

_MOST = 20_000
"""Combinations that one query tries."""
_SINGLY = 60
"""Combinations that are tried one by one, where a condition fails on some value."""
_NEVER = "1 = 0"

Chosen = dict[str, str]
"""An SQL expression by column."""


def solve(session: Session, columns: Sequence[Column], checks: Sequence[Check]) -> Chosen:
    """Return expressions for the columns that `checks` speak of; without those where none was found.

    A column that may be NULL is left out rather than break a condition: NULL meets most.
    """
    chosen: Chosen = {}
    for group in _connected(checks):
        names = {name for check in group for name in check.columns}
        asked = [c for c in columns if c.name in names and c.candidates]
        found = _search(session, asked, group)
        chosen |= found if found is not None else _search(session, asked, group, nulls=True) or {}
    return chosen


def _connected(checks: Sequence[Check]) -> list[list[Check]]:
    """Group conditions that share a column."""
    groups: list[list[Check]] = []
    for check in checks:
        touching = [g for g in groups if any(set(check.columns) & set(other.columns) for other in g)]
        groups = [g for g in groups if g not in touching] + [[check, *itertools.chain(*touching)]]
    return groups


def _search(
    session: Session, columns: list[Column], checks: list[Check], *, nulls: bool = False
) -> Chosen | None:
    if not columns:
        return {}
    each = max(2, int(_MOST ** (1 / len(columns))))
    tried = [_tried(column, each, nulls=nulls) for column in columns]
    if _size(tried) > _MOST:
        return None
    names = [c.name for c in columns]
    try:
        places = _first(session, names, tried, checks)
    except StatementFailed:
        places = _one_by_one(session, names, tried, checks)
    if places is None:
        return None
    return {name: options[place] for name, options, place in zip(names, tried, places, strict=True)}


def _tried(column: Column, most: int, *, nulls: bool) -> list[str]:
    null = [f"NULLIF({column.candidates[0]}, {column.candidates[0]})"] if nulls and column.nullable else []
    return [*column.candidates[:most], *null]


def _size(tried: Iterable[Sequence[str]]) -> int:
    size = 1
    for options in tried:
        size *= len(options)
    return size


def _first(
    session: Session, names: Sequence[str], tried: Sequence[Sequence[str]], checks: Sequence[Check]
) -> tuple[int, ...] | None:
    """Return the places of the first values that fail no condition. Raises `StatementFailed`."""
    sources = ", ".join(
        _source(i, name, options) for i, (name, options) in enumerate(zip(names, tried, strict=True))
    )
    places = ", ".join(f"deploycheck_{i}" for i in range(len(names)))
    conditions = " AND ".join(f"COALESCE(({check.sql}), 1 = 1)" for check in checks) or _NEVER
    rows = session.query(f"SELECT {places} FROM {sources} WHERE {conditions} ORDER BY {places} LIMIT 1")  # noqa: S608 - the throwaway's own names
    return tuple(int(str(place)) for place in rows[0]) if rows else None


def _source(number: int, name: str, options: Sequence[str]) -> str:
    rows = " UNION ALL ".join(
        f"SELECT {place} AS deploycheck_{number}, {option} AS {quoted(name)}"
        for place, option in enumerate(options)
    )
    return f"({rows}) AS deploycheck_s{number}"


def _one_by_one(
    session: Session, names: Sequence[str], tried: Sequence[Sequence[str]], checks: Sequence[Check]
) -> tuple[int, ...] | None:
    valid = [_valid(session, options) for options in tried]
    for places in itertools.islice(itertools.product(*valid), _SINGLY * len(names)):
        one = [[options[place]] for options, place in zip(tried, places, strict=True)]
        try:
            if _first(session, names, one, checks) is not None:
                return places
        except StatementFailed:
            continue
    return None


def _valid(session: Session, options: Sequence[str]) -> list[int]:
    """Return the places of the values that the database takes at all."""
    return [place for place, option in enumerate(options) if works(session, option)] or [0]


def works(session: Session, expression: str) -> bool:
    """Tell whether the database can compute an expression."""
    try:
        session.query(f"SELECT {expression}")
    except StatementFailed:
        return False
    return True
