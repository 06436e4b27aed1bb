"""The graph says of generated histories what the real `RevisionMap` says of them."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import pytest
from alembic.script import revision as real
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from deploycheck.facts.migrations.faults import Kind
from deploycheck.facts.migrations.graph import RevisionGraph
from tests.facts.migrations.histories import revision

Row = tuple[str, tuple[str, ...], tuple[str, ...], tuple[str, ...]]
FATAL = [kind for kind in Kind if kind is not Kind.DUPLICATE]
RAISES: dict[Kind, tuple[type[Exception], ...]] = {
    Kind.SELF: (real.LoopDetected,),
    Kind.DEPENDS_ON_SELF: (real.DependencyLoopDetected,),
    Kind.ILLEGAL_ID: (real.RevisionError,),
    Kind.LABEL_TAKEN: (real.RevisionError,),
    Kind.MISSING_DEPENDENCY: (KeyError,),
    # A label as a parent passes the first look and fails a later one.
    Kind.MISSING_PARENT: (KeyError, real.RevisionError),
    Kind.CYCLE: (real.CycleDetected,),
    Kind.DEPENDENCY_CYCLE: (real.DependencyCycleDetected,),
}


@st.composite
def tidy(draw: st.DrawFn) -> list[Row]:
    """Histories that grow: each revision follows earlier ones, merges them, or starts anew."""
    count = draw(st.integers(0, 12))
    rows: list[Row] = []
    for number in range(count):
        earlier = [row[0] for row in rows]
        parents = draw(st.lists(st.sampled_from(earlier), max_size=3, unique=True)) if earlier else []
        needs = draw(st.lists(st.sampled_from(earlier), max_size=2, unique=True)) if earlier else []
        names = [row[3][0] for row in rows if row[3]]
        needs += draw(st.lists(st.sampled_from(names), max_size=1)) if names else []
        label = (f"branch{number}",) if draw(st.integers(0, 4)) == 0 else ()
        rows.append((f"rev{number:02}", tuple(parents), tuple(dict.fromkeys(needs)), label))
    return list(draw(st.permutations(rows)))


NAMES = st.sampled_from(["aaaa", "bbbb", "cccc", "dddd", "eeee", "ffff", "left", "right", "a-b"])
WILD = st.lists(
    st.tuples(
        NAMES,
        st.lists(NAMES, max_size=2, unique=True).map(tuple),
        st.lists(NAMES, max_size=2, unique=True).map(tuple),
        st.lists(st.sampled_from(["left", "right", "aaaa"]), max_size=1).map(tuple),
    ),
    max_size=7,
)


def ours(rows: list[Row]) -> RevisionGraph:
    return RevisionGraph(revision(*row, path=f"v/{number}.py") for number, row in enumerate(rows))


def theirs(rows: list[Row]) -> real.RevisionMap:
    made = [
        real.Revision(name, parents, needs or None, labels or None) for name, parents, needs, labels in rows
    ]
    return real.RevisionMap(lambda: made)


def outcome(work: Callable[[], Any]) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return work()


@settings(max_examples=150, deadline=None, derandomize=True)
@given(tidy())
def test_a_sound_history_hangs_together_as_in_alembic(rows: list[Row]) -> None:
    graph, alembic = ours(rows), theirs(rows)
    assert graph.faults == ()
    assert tuple(r.id for r in graph.heads) == alembic.heads
    assert tuple(r.id for r in graph.real_heads) == alembic._real_heads
    assert tuple(r.id for r in graph.bases) == alembic.bases
    assert tuple(r.id for r in graph.real_bases) == alembic._real_bases
    for one in graph.revisions:
        twin = alembic.get_revision(one.id)
        assert twin is not None
        assert {c.id for c in graph.children_of(one)} == twin.nextrev
        assert graph.branches[one] == twin.branch_labels
        expected = {r.revision for r in alembic._get_ancestor_nodes([twin], include_dependencies=False)}
        assert {r.id for r in graph.ancestors(one)} == expected
    for target in ("head", "heads", *(f"{n}@{s}" for n in graph.labels for s in ("head", "heads"))):
        same_target(graph, alembic, target)


def same_target(graph: RevisionGraph, alembic: real.RevisionMap, target: str) -> None:
    found = graph.resolve(target)
    try:
        expected = {r.revision for r in alembic.get_revisions(target) if isinstance(r, real.Revision)}
    except real.MultipleHeads:
        assert found.refused == "several"
    else:
        assert not found.refused
        assert {r.id for r in found.revisions} == expected


@settings(max_examples=150, deadline=None, derandomize=True)
@given(tidy())
def test_the_order_puts_parents_and_dependencies_first(rows: list[Row]) -> None:
    graph = ours(rows)
    place = {one: number for number, one in enumerate(graph.ordered())}
    assert set(place) == set(graph.revisions)
    for one in graph.revisions:
        before = (*graph.parents_of(one), *graph.dependencies_of(one))
        assert all(place[other] < place[one] for other in before)


@settings(max_examples=400, deadline=None, derandomize=True)
@given(WILD)
def test_a_broken_history_fails_where_alembic_fails(rows: list[Row]) -> None:
    fatal = [fault.kind for fault in ours(rows).faults if fault.kind in FATAL]
    # Alembic looks for the stem of a labelled branch for ever where a circle has no way out.
    assume(not ({Kind.CYCLE, Kind.SELF} & set(fatal) and any(labels for *_, labels in rows)))
    if fatal:
        with pytest.raises(RAISES[fatal[0]]):
            outcome(lambda: theirs(rows)._revision_map)
    else:
        assert outcome(lambda: theirs(rows)._revision_map) is not None


@settings(max_examples=150, deadline=None, derandomize=True)
@given(WILD)
def test_heads_and_bases_are_alembics_even_with_an_id_used_twice(rows: list[Row]) -> None:
    graph = ours(rows)
    if any(fault.kind in FATAL for fault in graph.faults):
        return
    alembic = theirs(rows)
    outcome(lambda: alembic._revision_map)
    assert tuple(r.id for r in graph.heads) == alembic.heads
    assert tuple(r.id for r in graph.bases) == alembic.bases


@pytest.mark.parametrize("name", ["rev0", "rev00", "branch", "nothing", "re"])
def test_a_name_is_looked_up_as_alembic_looks_it_up(name: str) -> None:
    rows: list[Row] = [("rev00a", (), (), ("branch00",)), ("rev01", ("rev00a",), (), ())]
    graph, alembic = ours(rows), theirs(rows)
    found = graph.resolve(name)
    try:
        expected = alembic.get_revision(name)
    except real.ResolutionError:
        assert found.refused in {"unknown", "ambiguous"}
        assert graph.get(name) is None
    else:
        assert expected is not None
        assert [r.id for r in found.revisions] == [expected.revision]
