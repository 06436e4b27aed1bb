"""How revisions hang together, by Alembic's own rules: parents, dependencies, branches, heads.

The rules are those of `alembic.script.revision.RevisionMap` (1.20), kept to the letter: a test compares
the two on generated histories. Where Alembic stops at the first fault of a history, all are told here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from deploycheck.facts.migrations.faults import Fault, find_faults

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from deploycheck.facts.migrations.model import Revision

MIN_ABBREVIATED = 4
"""Only ids of at least this length are found by their beginning."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a command names (`head`, `heads`, `billing@head`, an id): the revisions, or why Alembic refuses.

    `refused` is `several` (a single head is wanted, and `revisions` are those that there are), `unknown`
    (no such revision or branch), `ambiguous` (several ids begin so), or empty.
    """

    revisions: tuple[Revision, ...] = ()
    refused: str = ""


class RevisionGraph:
    """The revisions of one script directory, hung together on first use."""

    def __init__(self, revisions: Iterable[Revision]) -> None:
        """Hang `revisions` together; they are in the order in which Alembic reads them."""
        self.revisions = tuple(revisions)

    @cached_property
    def by_id(self) -> Mapping[str, Revision]:
        """The revision of each id; of several with one id the last, as in Alembic."""
        return {one.id: one for one in self.revisions}

    @cached_property
    def labels(self) -> Mapping[str, Revision]:
        """The revision that carries each branch label."""
        return {label: one for one in self.revisions for label in one.labels}

    @cached_property
    def faults(self) -> tuple[Fault, ...]:
        """What keeps Alembic from loading the history at all, in the order in which it looks."""
        return find_faults(self)

    # -- from one revision to others -------------------------------------------------------------------

    def get(self, name: str) -> Revision | None:
        """Return the revision of an id, of a label, or of the one id that begins so; None without one."""
        found = self._named(name)
        return found[0] if len(found) == 1 else None

    def _named(self, name: str) -> list[Revision]:
        exact = self.by_id.get(name) or self.labels.get(name)
        if exact is not None:
            return [exact]
        known = {**self.by_id, **self.labels}
        begin = [n for n in known if len(n) >= MIN_ABBREVIATED and n.startswith(name)]
        return [known[n] for n in begin] if name else []

    def parents_of(self, revision: Revision) -> tuple[Revision, ...]:
        """Return the revisions that its `down_revision` names; without those that are not there."""
        return tuple(self.by_id[p] for p in revision.parents if p in self.by_id)

    def dependencies_of(self, revision: Revision) -> tuple[Revision, ...]:
        """Return the revisions that its `depends_on` names by id or label; without those not there."""
        # Of an id that is used twice the last file counts, also where the label stands in the first.
        named = (self.by_id.get(d) or self.labels.get(d) for d in revision.depends_on)
        found = (self.by_id[f.id] for f in named if f is not None)
        return tuple(dict.fromkeys(found))

    def children_of(self, revision: Revision) -> tuple[Revision, ...]:
        """Return the revisions that follow on one directly."""
        return tuple(self._children.get(revision, ()))

    def dependants_of(self, revision: Revision) -> tuple[Revision, ...]:
        """Return the revisions that depend on one directly."""
        return tuple(self._dependants.get(revision, ()))

    @cached_property
    def _children(self) -> dict[Revision, list[Revision]]:
        return self._turned(self.parents_of)

    @cached_property
    def _dependants(self) -> dict[Revision, list[Revision]]:
        return self._turned(self.dependencies_of)

    def _turned(self, upward: Callable[[Revision], tuple[Revision, ...]]) -> dict[Revision, list[Revision]]:
        found: dict[Revision, list[Revision]] = {}
        for one in self.revisions:
            if self.by_id[one.id] is one:
                for other in upward(one):
                    found.setdefault(other, []).append(one)
        return found

    def ancestors(self, *revisions: Revision, dependencies: bool = False) -> frozenset[Revision]:
        """Return these revisions and all before them; `dependencies` follows `depends_on` too."""
        return self._reached(revisions, lambda r: self._before(r, dependencies=dependencies))

    def descendants(self, *revisions: Revision, dependencies: bool = False) -> frozenset[Revision]:
        """Return these revisions and all after them; `dependencies` takes those that depend on one too."""

        def after(one: Revision) -> tuple[Revision, ...]:
            return (*self.children_of(one), *(self.dependants_of(one) if dependencies else ()))

        return self._reached(revisions, after)

    def _before(self, one: Revision, *, dependencies: bool) -> tuple[Revision, ...]:
        return (*self.parents_of(one), *(self.dependencies_of(one) if dependencies else ()))

    @staticmethod
    def _reached(
        start: Iterable[Revision], step: Callable[[Revision], Iterable[Revision]]
    ) -> frozenset[Revision]:
        seen: set[Revision] = set()
        stack = list(start)
        while stack:
            one = stack.pop()
            if one not in seen:
                seen.add(one)
                stack.extend(step(one))
        return frozenset(seen)

    # -- ends --------------------------------------------------------------------------------------------

    @cached_property
    def heads(self) -> tuple[Revision, ...]:
        """The revisions that no other follows, as `alembic heads` lists them; `head` means the only one."""
        return tuple(one for one in self.revisions if one not in self._children)

    @cached_property
    def real_heads(self) -> tuple[Revision, ...]:
        """The heads that no other revision depends on: what `heads` stands for."""
        ends = (o for o in self.revisions if o not in self._children and o not in self._dependants)
        return tuple(ends)

    @cached_property
    def bases(self) -> tuple[Revision, ...]:
        """The revisions that follow no other."""
        return tuple(one for one in self.revisions if not one.parents)

    @cached_property
    def real_bases(self) -> tuple[Revision, ...]:
        """The bases that depend on no other revision."""
        return tuple(one for one in self.bases if not one.depends_on)

    def heads_of(self, label: str) -> tuple[Revision, ...]:
        """Return the heads of a branch: those that share the line of the revision that is named."""
        named = self.get(label)
        if named is None:
            return ()
        line = self.ancestors(named) | self.descendants(named)
        return tuple(one for one in self.heads if one in line)

    @cached_property
    def branches(self) -> Mapping[Revision, frozenset[str]]:
        """The labels of each revision, its own and those of its branch, as Alembic shows them."""
        found: dict[Revision, set[str]] = {one: set(one.labels) for one in self.revisions}
        for owner in (one for one in self.revisions if one.labels):
            for one in (*self.descendants(owner), *self._stem(owner)):
                found[one] |= set(owner.labels)
        return {one: frozenset(labels) for one, labels in found.items()}

    def _stem(self, owner: Revision) -> list[Revision]:
        """Return the revisions before a labelled one that lead to it alone: its branch begins there.

        Alembic looks for them from the far end of the branch, and so finds none past a fork or merge in it.
        """
        if any(o.is_merge or self._is_fork(o) for o in self.descendants(owner)):
            return []
        stem: list[Revision] = []
        one: Revision | None = owner
        while one is not None and one not in stem and not one.is_merge and not self._is_fork(one):
            stem.append(one)
            one = next(iter(self.parents_of(one)), None)
        return stem

    def _is_fork(self, one: Revision) -> bool:
        return len({*self.children_of(one), *self.dependants_of(one)}) > 1

    def resolve(self, name: str) -> Target:
        """Return what `alembic upgrade NAME` goes to. A relative name (`+1`) is `unknown` here."""
        label, _, symbol = name.rpartition("@")
        if label and self.get(label) is None:
            return Target(refused="unknown")
        if symbol == "heads":
            return Target(self.heads_of(label) if label else self.real_heads)
        if symbol == "head":
            heads = self.heads_of(label) if label else self.heads
            return Target(heads, "several" if len(heads) > 1 else "")
        found = self._named(symbol)
        return Target(tuple(found), "" if len(found) == 1 else "ambiguous" if found else "unknown")

    # -- order -------------------------------------------------------------------------------------------

    def ordered(self) -> tuple[Revision, ...]:
        """Return the revisions so that each stands after its parents and dependencies.

        Among those that may come next, the first in file order does. What a cycle keeps waiting comes last.
        """
        waiting = {o: set(self._before(o, dependencies=True)) - {o} for o in self.revisions}
        after = {o: (*self.children_of(o), *self.dependants_of(o)) for o in self.revisions}
        place = {one: number for number, one in enumerate(self.revisions)}
        ready = [o for o in reversed(self.revisions) if not waiting[o]]
        done: dict[Revision, None] = {}
        while ready:
            one = ready.pop()
            done[one] = None
            for other in after[one]:
                waiting[other].discard(one)
            free = {o for o in after[one] if not waiting[o] and o not in done}
            ready.extend(sorted(free, key=place.__getitem__, reverse=True))
        return (*done, *(o for o in self.revisions if o not in done))
