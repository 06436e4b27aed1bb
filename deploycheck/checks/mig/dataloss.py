"""Upgrades that take data away for good."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.checks.applies import a_migration
from deploycheck.checks.mig.telling import some, steps
from deploycheck.facts.migrations.losses import Loss, losses
from deploycheck.findings import Draft, Fix, Severity
from deploycheck.rules import Reads, rule

if TYPE_CHECKING:
    from deploycheck.facts.migrations.coverage import RevisionCoverage
    from deploycheck.project import Project


@rule(
    "MIG006",
    "data-loss",
    severity=Severity.MEDIUM,
    debt="DEPLOY-6",
    reads=Reads.MIGRATIONS,
    requires=(a_migration,),
)
def data_loss(project: Project) -> Iterator[Draft]:
    """Rows or values are taken away by this upgrade, and no downgrade can bring them back.

    **Why.** A downgrade makes a table or column again, but empty. Once this revision has run in production,
    the only way back to the data is a backup from before it.

    **Fix.** Take two releases: stop using the column in the first, and drop it in a later one, when nobody
    would go back any more. Or keep the data aside (rename the table, copy the rows), and back up before.

    **Silent when** the revision itself made what it drops, a table is rebuilt with its rows, only a new
    column or NULLs are filled, or downgrade() writes the rows back. Low where the rows were copied elsewhere
    before.

    Source: the statements of upgrade() on production's backend. Whether there are rows, no file tells.
    """
    for coverage in project.coverages:
        for revision in coverage.counted:
            lost = losses(revision)
            if lost:
                yield _losing(revision, lost)


def _losing(revision: RevisionCoverage, lost: tuple[Loss, ...]) -> Draft:
    first = lost[0].operation
    copied = all(loss.copied for loss in lost)
    rest = "only what was copied elsewhere is left" if copied else "only a backup has them"
    return Draft(
        message=f"Upgrading to {revision.revision.id} takes away {some(x.what for x in lost)}: {rest}.",
        at=first.at if first.at.path == revision.revision.path else first.call_at,
        subject=revision.revision.id,
        trail=steps((x.what, x.operation) for x in lost) if len(lost) > 1 else (),
        certain=all(loss.operation.certain for loss in lost),
        severity=Severity.LOW if copied else None,
        fix=Fix("back up before this revision, or keep the data aside until nobody goes back any more"),
    )
