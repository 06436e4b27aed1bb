"""Each history of migrations as the report shows it: its length, its heads, and what can be taken back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from deploycheck.engine.rehearsed import Rehearsed, rehearsed_of
from deploycheck.facts.migrations.coverage import percent

if TYPE_CHECKING:
    from collections.abc import Iterable

    from deploycheck.facts.migrations.coverage import Coverage
    from deploycheck.facts.migrations.model import ScriptDirectory
    from deploycheck.facts.rehearsed import Rehearsal
    from deploycheck.masking import Masker
    from deploycheck.project import Project


@dataclass(frozen=True, slots=True)
class RevisionLine:
    """One revision's downgrade coverage; `percent` is None where nothing needs to be taken back.

    `parents` are what its `down_revision` says, also those that are not there.
    """

    id: str
    path: str
    state: str
    percent: int | None
    covered: int
    invertible: int
    unknown: int
    parents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Migrations:
    """One script directory's history, parents before children; `rehearsed` where that was asked for."""

    name: str
    heads: tuple[str, ...]
    percent: int | None
    covered: int
    invertible: int
    unknown: int
    by_revision: tuple[RevisionLine, ...] = ()
    rehearsed: Rehearsed | None = None

    def masked(self, masker: Masker) -> Migrations:
        """Return the same with what the database and the code said masked."""
        return replace(self, rehearsed=self.rehearsed.masked(masker)) if self.rehearsed else self


def migrations_of(project: Project) -> tuple[Migrations, ...]:
    """Describe every history of a project that has revisions."""
    return tuple(_described(coverage, project.rehearsal) for coverage in project.coverages)


def total_percent(histories: Iterable[Migrations]) -> int | None:
    """Return the share over all histories, rounded down; None where nothing needs to be taken back."""
    found = tuple(histories)
    return percent(sum(h.covered for h in found), sum(h.invertible for h in found))


def _described(coverage: Coverage, rehearsal: Rehearsal | None) -> Migrations:
    return Migrations(
        coverage.directory.name,
        _heads(coverage.directory),
        coverage.percent,
        coverage.covered,
        coverage.invertible,
        coverage.unknown,
        tuple(
            RevisionLine(
                r.revision.id,
                r.revision.path,
                str(r.state),
                r.percent,
                r.covered,
                r.invertible,
                r.unknown,
                r.revision.parents,
            )
            for r in coverage.revisions
        ),
        rehearsed_of(rehearsal, coverage.directory.name),
    )


def _heads(directory: ScriptDirectory) -> tuple[str, ...]:
    return tuple(head.id for head in directory.graph.heads)
