"""Migrations that change production's data with no copy of it made before."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.checks.applies import a_deployment, a_migration
from deploycheck.facts.backups.model import Kind
from deploycheck.facts.deploying.model import Act, Origin
from deploycheck.facts.docs import Topic
from deploycheck.findings import Draft, Fix, Severity, Step
from deploycheck.rules import Reads, Skip, rule

if TYPE_CHECKING:
    from deploycheck.facts.deploying.model import Task, Way
    from deploycheck.findings import Location
    from deploycheck.project import Project

_NAMED = re.compile(r"back-?_?up|snapshot|dump", re.IGNORECASE)
_BEFORE = re.compile(
    r"before (?:\w+ ){0,4}?(?:migrat|deploy|upgrad|releas|roll)|first,? (?:\w+ ){0,3}back"
    r"|pre-?(?:deploy|migration)"
    r"|back(?:s|ed|ing)? ?up[^.]*?(?:then|,) (?:\w+ ){0,3}?(?:migrat|upgrad)",
    re.IGNORECASE,
)


@rule(
    "BAK004",
    "no-backup-before-migration",
    severity=Severity.MEDIUM,
    debt="DEPLOY-9",
    reads=Reads.MANIFESTS,
    requires=(a_migration, a_deployment),
)
def no_backup_before_migration(project: Project) -> Iterator[Draft]:
    """Nothing has made a copy of the database just before a step of the deployment migrates it.

    **Why.** A migration that goes wrong half way, or drops what was still needed, is undone by a copy from
    the minute before and by nothing else. Last night's copy costs a day of everybody's work.

    **Fix.** A backup as the step before: `pg_dump`, a snapshot of the managed instance, a branch of it, or
    SQLite's own `.backup`; and stop when it fails.

    **Silent when** a backup stands before the migration in the same way of deploying, or in a job that it
    waits for; when one before it may be a backup (a condition, a script of that name that is not here); and
    for a recipe that people run by hand, when a document tells them to back up first. Low where the
    provider keeps the database restorable to any moment, or a document tells to back up first and nothing
    does it.

    Source: the commands of each way of deploying, followed through recipes and scripts, in their order.
    """
    if not any(_migrates(way) for way in project.ways):
        raise Skip("no step of a deployment runs the migrations here")
    documented = any(_BEFORE.search(p.text) for d in project.documents for p in d.on(Topic.BACKUP))
    restorable = any(b.kind is Kind.PROVIDER and b.on and b.automated for b in project.backups)
    unsaved: dict[Location, list[tuple[Way, Task]]] = {}
    for way in project.ways:
        task = _unsaved(way)
        if task is not None and not (documented and way.origin is Origin.RECIPE):
            unsaved.setdefault(task.at, []).append((way, task))
    for found in unsaved.values():
        yield _draft(found, mild=documented or restorable)


def _migrates(way: Way) -> bool:
    """Tell whether a way of deploying runs migrations, and not just to try them."""
    own = way.deploys and way.origin is not Origin.SCHEDULE
    return own and any(Act.MIGRATE in task.acts and not task.practised for task in way.tasks)


def _unsaved(way: Way) -> Task | None:
    """Return the first command of a way that migrates production with no backup before it."""
    if not _migrates(way):
        return None
    for task in way.tasks:
        if Act.BACKUP in task.acts or (task.opaque and _NAMED.search(task.text)):
            return None
        if Act.MIGRATE in task.acts and not task.practised:
            return task
    return None


def _draft(found: list[tuple[Way, Task]], *, mild: bool) -> Draft:
    way, task = found[0]
    names = " and ".join(dict.fromkeys(w.name for w, _ in found))
    verb = "run" if " and " in names else "runs"
    trail = [Step(f"{w.name}: {w.origin}", t.via[0] if t.via else w.at) for w, t in found]
    return Draft(
        message=f"{names} {verb} the migrations with no backup before them: what they destroy is gone.",
        at=task.at,
        subject=f"{way.name}: {task.text}",
        trail=(*trail, Step(task.text, task.at)),
        certain=any(t.certain and not _unknown_before(w, t) for w, t in found),
        severity=Severity.LOW if mild else None,
        fix=Fix(
            "make a backup in the step before, and stop the deployment when it fails",
            question="Where may a copy of production's database be kept, and for how long?",
        ),
    )


def _unknown_before(way: Way, task: Task) -> bool:
    """Tell whether something before a command could not be followed."""
    return any(t.opaque and t.words for t in way.tasks[: way.tasks.index(task)])
