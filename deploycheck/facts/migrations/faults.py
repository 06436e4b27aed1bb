"""What keeps Alembic from loading a history: ids that are not there, names taken twice, circles."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.facts.migrations.graph import RevisionGraph
    from deploycheck.facts.migrations.model import Revision

ILLEGAL = "@-+:"
"""Characters that no revision id may have."""


class Kind(enum.StrEnum):
    """What is wrong. Alembic raises for each but `DUPLICATE`, of which it warns and keeps the last file."""

    NO_PARENT_NAMED = "down_revision is not set"
    SELF = "self-loop"
    DEPENDS_ON_SELF = "dependency self-loop"
    ILLEGAL_ID = "illegal id"
    DUPLICATE = "duplicate"
    LABEL_TAKEN = "label taken"
    MISSING_DEPENDENCY = "missing dependency"
    MISSING_PARENT = "missing parent"
    CYCLE = "cycle"
    DEPENDENCY_CYCLE = "dependency cycle"


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of a history. `name` is the id or label it is about, `others` the revisions beside it."""

    kind: Kind
    revision: Revision
    name: str = ""
    others: tuple[Revision, ...] = ()


def find_faults(graph: RevisionGraph) -> tuple[Fault, ...]:
    """Return all faults of a history, in the order in which Alembic would meet them."""
    own = [fault for one in graph.revisions for fault in _alone(one)]
    found = [*own, *_duplicates(graph), *_labels(graph), *_missing(graph)]
    circular = {Kind.SELF, Kind.DEPENDS_ON_SELF}
    if not circular & {f.kind for f in found}:
        found += _cycles(graph)
    return tuple(found)


def _alone(one: Revision) -> Iterator[Fault]:
    if one.absent:
        yield Fault(Kind.NO_PARENT_NAMED, one)
    if one.id in one.parents:
        yield Fault(Kind.SELF, one, one.id)
    elif one.id in one.depends_on:
        yield Fault(Kind.DEPENDS_ON_SELF, one, one.id)
    if set(one.id) & set(ILLEGAL):
        yield Fault(Kind.ILLEGAL_ID, one, one.id)


def _duplicates(graph: RevisionGraph) -> Iterator[Fault]:
    by_id: dict[str, list[Revision]] = {}
    for one in graph.revisions:
        by_id.setdefault(one.id, []).append(one)
    for name, same in by_id.items():
        if len(same) > 1:
            yield Fault(Kind.DUPLICATE, same[-1], name, tuple(same[:-1]))


def _labels(graph: RevisionGraph) -> Iterator[Fault]:
    taken: dict[str, Revision] = dict(graph.by_id)
    for one in graph.revisions:
        for label in one.labels:
            if label in taken:
                yield Fault(Kind.LABEL_TAKEN, one, label, (taken[label],))
            taken[label] = one


def _missing(graph: RevisionGraph) -> Iterator[Fault]:
    for one in graph.revisions:
        for name in one.depends_on:
            if name not in graph.by_id and name not in graph.labels:
                yield Fault(Kind.MISSING_DEPENDENCY, one, name)
    for one in graph.revisions:
        for name in one.parents:
            if name not in graph.by_id:
                yield Fault(Kind.MISSING_PARENT, one, name)


def _cycles(graph: RevisionGraph) -> Iterator[Fault]:
    """Yield the circles, each with its revisions: what lies on no way from a base to a head."""
    for dependencies in (False, True):
        circles = _circles(graph, dependencies=dependencies)
        for circle in circles:
            kind = Kind.DEPENDENCY_CYCLE if dependencies else Kind.CYCLE
            yield Fault(kind, circle[0], circle[0].id, tuple(circle[1:]))
        if circles:
            return


def _circles(graph: RevisionGraph, *, dependencies: bool) -> list[list[Revision]]:
    """Return the strongly connected revisions, in file order."""
    left = list(graph.by_id.values())
    found: list[list[Revision]] = []
    suspects = _suspects(graph, left, dependencies=dependencies)
    while suspects:
        one = suspects[0]
        before = graph.ancestors(*_up(graph, one, dependencies=dependencies), dependencies=dependencies)
        if one in before:
            after = graph.descendants(one, dependencies=dependencies)
            circle = [o for o in left if o in before and o in after]
            found.append(circle)
            suspects = [o for o in suspects if o not in circle]
        else:
            suspects = suspects[1:]
    return found


def _up(graph: RevisionGraph, one: Revision, *, dependencies: bool) -> tuple[Revision, ...]:
    return (*graph.parents_of(one), *(graph.dependencies_of(one) if dependencies else ()))


def _suspects(graph: RevisionGraph, every: list[Revision], *, dependencies: bool) -> list[Revision]:
    """Return the revisions that taking bases away, again and again, never frees: quick where all is well."""
    count = {one: len(set(_up(graph, one, dependencies=dependencies))) for one in every}
    free = [one for one in every if not count[one]]
    while free:
        one = free.pop()
        after = {*graph.children_of(one), *(graph.dependants_of(one) if dependencies else ())}
        for other in after:
            count[other] -= 1
            if not count[other]:
                free.append(other)
    return [one for one in every if count[one]]
