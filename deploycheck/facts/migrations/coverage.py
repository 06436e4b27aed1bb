"""Downgrade coverage: which share of what upgrades do their downgrades take back."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from deploycheck.facts.migrations.dialects import dialect_of, environments_of
from deploycheck.facts.migrations.inverses import Comparison, History, Verdict, compare
from deploycheck.facts.migrations.operations import Body, read_body
from deploycheck.facts.schema.model import Action
from deploycheck.python.resolution import holds

if TYPE_CHECKING:
    from collections.abc import Iterable

    from deploycheck.facts.deployment import Deployment
    from deploycheck.facts.environment import Environment
    from deploycheck.facts.migrations.dialects import Dialect
    from deploycheck.facts.migrations.model import Revision, ScriptDirectory
    from deploycheck.python.program import Program


_OTHER = {"sqlite": "postgresql"}
"""The backend to compare with where production's is a guess: what is true of both is certain."""


class State(enum.StrEnum):
    """How a revision's downgrade stands to its upgrade."""

    FULL = "full"
    PARTIAL = "partial"
    EMPTY = "empty"
    IRREVERSIBLE = "irreversible"
    UNKNOWN = "unknown"
    NOTHING = "nothing to invert"
    MERGE = "merge"


@dataclass(frozen=True)
class RevisionCoverage:
    """One revision: both of its functions on production's backend, and how they compare."""

    revision: Revision = field(repr=False)
    upgrade: Body = field(repr=False)
    downgrade: Body = field(repr=False)
    comparison: Comparison = field(repr=False)

    @cached_property
    def covered(self) -> int:
        """How many operations of upgrade() are taken back."""
        return len(self.comparison.of(Verdict.COVERED))

    @cached_property
    def unknown(self) -> int:
        """Of how many it is not known whether they are."""
        return len(self.comparison.of(Verdict.UNKNOWN))

    @cached_property
    def invertible(self) -> int:
        """How many need to be taken back, those of which it is not known included."""
        return self.covered + self.unknown + len(self.comparison.of(Verdict.UNCOVERED))

    @property
    def percent(self) -> int | None:
        """The share that is taken back, rounded down; None where nothing needs to be."""
        return percent(self.covered, self.invertible)

    @property
    def writes_only(self) -> bool:
        """Whether upgrade() changes rows and nothing else."""
        actions = {o.change.action for o in self.upgrade.operations} - {Action.NEUTRAL}
        return actions == {Action.WRITE}

    @cached_property
    def state(self) -> State:
        """What kind of downgrade it is. A merge that changes something itself counts as any revision."""
        if self.upgrade.does_nothing and self.revision.is_merge:
            return State.MERGE
        if self.downgrade.raises is not None:
            return State.IRREVERSIBLE
        if not self.invertible:
            return State.NOTHING
        uncovered = self.invertible - self.covered - self.unknown
        if uncovered and self.downgrade.does_nothing:
            return State.EMPTY
        if uncovered:
            return State.PARTIAL
        return State.UNKNOWN if self.unknown else State.FULL


@dataclass(frozen=True)
class Coverage:
    """One script directory: every revision, parents first. Merges that do nothing count for nothing."""

    directory: ScriptDirectory = field(repr=False)
    dialect: Dialect
    revisions: tuple[RevisionCoverage, ...] = field(repr=False)

    @cached_property
    def counted(self) -> tuple[RevisionCoverage, ...]:
        """The revisions that the totals are over."""
        return tuple(r for r in self.revisions if r.state is not State.MERGE)

    @cached_property
    def covered(self) -> int:
        """How many operations are taken back."""
        return sum(r.covered for r in self.counted)

    @cached_property
    def unknown(self) -> int:
        """Of how many it is not known whether they are."""
        return sum(r.unknown for r in self.counted)

    @cached_property
    def invertible(self) -> int:
        """How many need to be taken back, those of which it is not known included."""
        return sum(r.invertible for r in self.counted)

    @property
    def percent(self) -> int | None:
        """The share that is taken back, rounded down; None where nothing needs to be."""
        return percent(self.covered, self.invertible)


def percent(covered: int, invertible: int) -> int | None:
    """Return a share in percent, rounded down so that 100 is said only of all; None of nothing."""
    return covered * 100 // invertible if invertible else None


def measure(
    directories: Iterable[ScriptDirectory], program: Program, deployments: Iterable[Deployment]
) -> tuple[Coverage, ...]:
    """Return the coverage of every script directory that has revisions, on the backend of production."""
    given = tuple(deployments)
    return tuple(
        _measured(directory, program, dialect_of(directory, given), environments_of(directory, given))
        for directory in directories
        if directory.revisions
    )


def _measured(
    directory: ScriptDirectory, program: Program, dialect: Dialect, environments: tuple[Environment, ...]
) -> Coverage:
    backend = dialect.name or _assumed(directory)
    histories = {backend: History()}
    if not dialect.certain:
        histories.setdefault(_OTHER.get(backend, "sqlite"), History())
    found = []
    for revision in directory.graph.ordered():
        read = [read_body(program, f, dialect.name) for f in (revision.upgrade, revision.downgrade)]
        upgrade, downgrade = (_in_production(body, environments) for body in read)
        comparison, *others = (compare(upgrade, downgrade, name, h) for name, h in histories.items())
        guessed = any(other.missing != comparison.missing for other in others)
        left_out = not dialect.certain and (upgrade.left_out or downgrade.left_out)
        # Whoever rolls back may have another environment than the app's.
        switched = [upgrade, downgrade] != read
        if guessed or left_out or switched:
            comparison = replace(comparison, certain=False)
        found.append(RevisionCoverage(revision, upgrade, downgrade, comparison))
    return Coverage(directory, dialect, tuple(found))


def _in_production(body: Body, environments: tuple[Environment, ...]) -> Body:
    """Leave out what no deployment's environment lets run, such as a downgrade behind a switch that is off.

    A test that an environment does not decide stays a condition.
    """
    gone = [
        o
        for o in body.operations
        if o.conditions and environments and all(holds(o.conditions, e) is False for e in environments)
    ]
    if not gone:
        return body
    kept = tuple(o for o in body.operations if o not in gone)
    return replace(body, operations=kept, left_out=(*body.left_out, *gone))


def _assumed(directory: ScriptDirectory) -> str:
    """Return the backend that the revisions themselves speak of, where the deployment says none."""
    return "postgresql" if any("postgresql" in r.module.text for r in directory.revisions) else ""
