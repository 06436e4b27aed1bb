"""Where revisions are drawn: no line runs through a revision that it does not belong to."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from deploycheck.engine import RevisionLine
from deploycheck.reports.page.lanes import Line, layout
from tests.reports.whole import BRANCHED, revision


@st.composite
def histories(draw: st.DrawFn) -> tuple[RevisionLine, ...]:
    """Draw histories, parents first, with branches, merges, several bases, and parents that are missing."""
    count = draw(st.integers(0, 25))
    names = [f"r{n}" for n in range(count)]
    return tuple(
        revision(name, draw(st.lists(st.sampled_from([*names[:number], "gone"]), max_size=3)))
        for number, name in enumerate(names)
    )


@settings(deadline=None, derandomize=True)
@given(histories())
def test_every_parent_is_reached_and_nothing_stands_in_the_way(revisions: tuple[RevisionLine, ...]) -> None:
    drawn = layout(revisions)
    rows = {r.id: number for number, r in enumerate(drawn.rows)}
    wanted = {(rows[r.id], rows[p]) for r in revisions for p in r.parents if p in rows}
    assert {(line.child, line.parent) for line in drawn.lines} == wanted
    assert len(drawn.lines) == len(wanted)
    for line in drawn.lines:
        assert line.child < line.parent
        assert line.lane not in drawn.lanes[line.child + 1 : line.parent]
    spans = [(line.lane, row) for line in drawn.lines for row in range(line.child, line.parent)]
    assert len(spans) == len(set(spans))  # two lines share no lane at one height
    assert max((*drawn.lanes, *(line.lane for line in drawn.lines)), default=-1) < max(drawn.width, 1)


def test_a_straight_history_takes_one_lane() -> None:
    line = tuple(revision(f"{n}", [f"{n - 1}"] if n else []) for n in range(400))
    drawn = layout(line)
    assert (drawn.width, set(drawn.lanes), drawn.loose) == (1, {0}, ())


def test_a_branch_and_its_merge() -> None:
    drawn = layout(BRANCHED)
    assert [r.id for r in drawn.rows] == ["g7", "f6", "e5", "d4", "c3", "b2", "a1"]
    assert drawn.lanes == (0, 1, 0, 1, 1, 0, 0)
    assert drawn.loose == (1,)
    assert Line(2, 5, 0) in drawn.lines


def test_a_cycle_and_a_name_that_two_share_are_drawn_all_the_same() -> None:
    drawn = layout((revision("a", ["b"]), revision("b", ["a"]), revision("b", ["a"])))
    assert len(drawn.rows) == 3
    assert drawn.loose == (2,)
