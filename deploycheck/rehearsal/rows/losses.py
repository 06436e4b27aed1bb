"""What is gone of the rows that stood before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.facts.rehearsed import Lost
from deploycheck.rehearsal.rows.same import same

if TYPE_CHECKING:
    from deploycheck.rehearsal.rows.model import Kept, Rows, Values


def lost(before: Rows, after: Rows) -> tuple[Lost, ...]:
    """Return the rows that are gone, and the columns whose values are gone or others, sorted by table.

    A value in another form of the same meaning is not lost, and neither is a NULL. A table of which not all
    rows were read, before or after, is passed over.
    """
    found: list[Lost] = []
    for name, kept in sorted(before.tables.items()):
        now = after.tables.get(name)
        if now is None:
            found += [Lost(name)] if kept.rows else []
        elif kept.rows is not now.rows and kept.whole and now.whole:
            found += _of_table(name, kept, now)
    return tuple(found)


def _of_table(name: str, before: Kept, after: Kept) -> list[Lost]:
    pairs = list(_pairs(before, after))
    gone = [Lost(name)] if any(now is None for _, now in pairs) else []
    columns: dict[str, None] = {}
    for row, now in pairs:
        columns |= dict.fromkeys(_changed(row, now) if now is not None else ())
    return gone + [Lost(name, column) for column in columns]


def _changed(before: Values, after: Values) -> list[str]:
    return [c for c, value in before.items() if value is not None and not same(value, after.get(c))]


def _pairs(before: Kept, after: Kept) -> Iterator[tuple[Values, Values | None]]:
    """Yield each row with what it has become, None where it is gone."""
    left = list(after.rows)
    if before.key and before.key == after.key and not _alone(before, after):
        yield from ((row, _take(left, row, before.key)) for row in before.rows)
        return
    unchanged = [(row, _take(left, row, tuple(row))) for row in before.rows]
    for row, now in unchanged:
        yield row, now if now is not None else _nearest(left, row)


def _alone(before: Kept, after: Kept) -> bool:
    return len(before.rows) == len(after.rows) == 1


def _take(left: list[Values], row: Values, columns: tuple[str, ...]) -> Values | None:
    """Take the row that has the same values in some columns out of those that are left."""
    for i, other in enumerate(left):
        if all(same(row[c], other.get(c)) for c in columns):
            return left.pop(i)
    return None


def _nearest(left: list[Values], row: Values) -> Values | None:
    """Take the row that has most in common out of those that are left, if it has anything."""
    scores = [sum(same(value, other.get(c)) for c, value in row.items()) for other in left]
    if not scores or (not max(scores) and len(scores) > 1):
        return None
    return left.pop(scores.index(max(scores)))
