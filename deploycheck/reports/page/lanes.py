"""Where each revision of a history is drawn: its row, its lane, and the lines to its parents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from deploycheck.engine import RevisionLine


@dataclass(frozen=True, slots=True)
class Line:
    """From a revision to one of its parents; between their rows it runs in `lane`."""

    child: int
    parent: int
    lane: int


@dataclass(frozen=True, slots=True)
class Layout:
    """Rows from the top are newest first. `lanes` has the lane of each row, `width` is their number.

    `loose` are the rows of which a parent is not below: it is missing, or they go round in a cycle.
    """

    rows: tuple[RevisionLine, ...]
    lanes: tuple[int, ...]
    lines: tuple[Line, ...]
    loose: tuple[int, ...]
    width: int


def layout(revisions: Sequence[RevisionLine]) -> Layout:
    """Lay out a history that is given parents first."""
    rows = tuple(reversed(revisions))
    row_of = {revision.id: number for number, revision in reversed(list(enumerate(rows)))}
    waiting: list[
        tuple[int, int] | None
    ] = []  # in each lane the parent's row that it leads to, and the child's
    lanes: list[int] = []
    lines: list[Line] = []
    loose: list[int] = []
    for row, revision in enumerate(rows):
        arriving = [i for i, one in enumerate(waiting) if one is not None and one[0] == row]
        lines += [Line(one[1], row, i) for i in arriving if (one := waiting[i]) is not None]
        for i in arriving:
            waiting[i] = None
        lane = arriving[0] if arriving else _free(waiting)
        lanes.append(lane)
        _lead(waiting, row, lane, [row_of.get(p, -1) for p in dict.fromkeys(revision.parents)])
        if any(row_of.get(p, -1) <= row for p in revision.parents):
            loose.append(row)
    return Layout(rows, tuple(lanes), tuple(sorted(lines, key=_place)), tuple(loose), len(waiting))


def _lead(waiting: list[tuple[int, int] | None], row: int, lane: int, parents: list[int]) -> None:
    """Keep a lane for each parent that is still to come: the first gets the revision's own."""
    below = [p for p in parents if p > row]
    for number, parent in enumerate(below):
        waiting[_free(waiting) if number else lane] = (parent, row)


def _free(waiting: list[tuple[int, int] | None]) -> int:
    """Return the first lane that leads nowhere, a new one if need be."""
    for number, one in enumerate(waiting):
        if one is None:
            return number
    waiting.append(None)
    return len(waiting) - 1


def _place(line: Line) -> tuple[int, int, int]:
    return line.child, line.parent, line.lane
