"""Destructive revisions that run with no backup behind them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.checks.applies import a_migration
from deploycheck.checks.mig.telling import some, steps
from deploycheck.facts.backups import Backup, Covers, Kind
from deploycheck.facts.deploying.model import Act, Task, Way
from deploycheck.facts.migrations.losses import Loss, losses
from deploycheck.findings import Draft, Fix, Severity, Step
from deploycheck.rules import Reads, Skip, rule

if TYPE_CHECKING:
    from deploycheck.facts.migrations.coverage import Coverage
    from deploycheck.facts.migrations.model import Revision
    from deploycheck.project import Project

_NAMED = re.compile(r"back-?_?up|snapshot|dump", re.IGNORECASE)
_REWRITES = frozenset({"update", "merge"})
"""Writes that change values and keep the rows: MIG006 tells of them."""


@rule(
    "MIG016",
    "destructive-unprotected",
    severity=Severity.HIGH,
    debt="DEPLOY-6",
    reads=Reads.PYTHON | Reads.MANIFESTS,
    requires=(a_migration,),
)
def destructive_unprotected(project: Project) -> Iterator[Draft]:
    """Deploying runs revisions that destroy data, and makes no backup before it migrates.

    **Why.** A dropped table comes back empty from any downgrade. When the revision turns out to be wrong, or
    stops half-way, only a copy from before it has the rows.

    **Fix.** Put a backup (`pg_dump`, a snapshot, a branch) right before `alembic upgrade`, in the same job,
    so that a failed backup stops the deployment; and keep it as long as one may go back.

    **Silent when** no revision destroys rows that were there before it, no way of deploying migrates, one
    that migrates makes a backup first, or backups run by themselves and a document says
    how one is restored. Medium where they run by themselves and nothing says how to go back.

    It speaks once for each script directory, of the newest such revision: which of them production has run
    already, no file tells.

    Source: the statements of upgrade() on production's backend, and the order of commands in each way of
    deploying. A nightly copy lacks what was written since, but it is a way back.
    """
    migrating = [w for w in project.ways if _migrates(w)]
    if not migrating:
        raise Skip("no step of a deployment runs the migrations here")
    if any(_saves_first(way) for way in migrating):
        return
    running = [b for b in project.backups if b.runs and b.kind is not Kind.STEP]
    if running and any(_says_how(b) for b in project.backups):
        return
    several = len(project.coverages) > 1
    for coverage in project.coverages:
        ways = [w for w in migrating if not several or any(_is_for(coverage, t) for t in w.tasks)]
        destructive = tuple(_destructive(coverage)) if ways else ()
        if destructive:
            yield _unprotected(coverage, destructive, ways, running)


def _saves_first(way: Way) -> bool:
    """Tell whether something before the first migration makes a backup, or may."""
    before = way.tasks[: way.first(Act.MIGRATE)]
    return any(Act.BACKUP in t.acts or (t.opaque and _NAMED.search(t.text)) for t in before)


def _migrates(way: Way) -> bool:
    """Tell whether a way runs migrations on production's database, and not just to try them."""
    return way.deploys and any(Act.MIGRATE in t.acts and not t.practised for t in way.tasks)


def _is_for(coverage: Coverage, task: Task) -> bool:
    """Tell whether a command migrates by this script directory, one of several."""
    if Act.MIGRATE not in task.acts:
        return False
    directory = coverage.directory
    if task.section and directory.section:
        return task.section == directory.section
    if task.ini:
        return posixpath.basename(task.ini) == posixpath.basename(directory.ini)
    return task.directory == directory.program_directory


def _says_how(backup: Backup) -> bool:
    return backup.restores and backup.covering(Covers.SERVER, Covers.SQLITE)


def _destructive(coverage: Coverage) -> Iterator[tuple[Revision, tuple[Loss, ...]]]:
    """Yield the revisions that destroy rows, parents first."""
    for one in coverage.counted:
        lost = tuple(x for x in losses(one) if not x.copied and x.operation.change.kind not in _REWRITES)
        if lost:
            yield one.revision, lost


def _unprotected(
    coverage: Coverage,
    destructive: tuple[tuple[Revision, tuple[Loss, ...]], ...],
    migrating: list[Way],
    running: list[Backup],
) -> Draft:
    revision, lost = destructive[-1]
    first, way = lost[0].operation, migrating[0]
    task = way.tasks[way.first(Act.MIGRATE) or 0]
    count = len(destructive)
    older = f", the newest of {count} such revisions," if count > 1 else ""
    return Draft(
        message=(
            f"Revision {revision.id}{older} destroys data ({some(x.what for x in lost)}), "
            f"and {way.name} makes no backup before it migrates."
        ),
        at=first.at if first.at.path == revision.path else first.call_at,
        subject=coverage.directory.name,
        trail=(
            *steps((x.what, x.operation) for x in lost),
            *(Step(f"{w.name}: {t.text}", t.at) for w in migrating for t in w.tasks if Act.MIGRATE in t.acts),
            *(Step(f"{b.text} makes copies, and nothing says how to restore one", b.at) for b in running),
        ),
        certain=first.certain and task.certain,
        severity=Severity.MEDIUM if running else None,
        fix=Fix(
            f"make a backup right before `{task.text}`, in the same job, so that its failure ends the job"
        ),
    )
