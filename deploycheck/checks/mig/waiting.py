"""Upgrades behind which requests wait."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.checks.applies import a_migration, a_rehearsal
from deploycheck.checks.mig.rehearsed import (
    all_rehearsed,
    at_revision,
    histories,
    listed,
    rehearsed_on,
    revisions,
)
from deploycheck.checks.mig.telling import some
from deploycheck.facts.rehearsed import NEEDS_SQUAWK
from deploycheck.findings import Draft, Evidence, Fix, Severity, Step
from deploycheck.rules import Incomplete, Reads, Skip, rule

if TYPE_CHECKING:
    from deploycheck.facts.rehearsed import Hazard, Lock, RehearsedHistory, RehearsedRevision
    from deploycheck.project import Project


def on_postgresql(project: Project) -> str:
    """Return why no locks can be judged, if none can."""
    backends = {history.backend for history in histories(project)}
    return "" if not backends or "postgresql" in backends else "only PostgreSQL locks table by table"


@rule(
    "MIG207",
    "rewrites-or-locks",
    severity=Severity.HIGH,
    debt="DEPLOY-6",
    reads=Reads.NOTHING,
    requires=(a_migration, a_rehearsal, on_postgresql),
)
def rewrites_or_locks(project: Project) -> Iterator[Draft]:
    """All requests on a table wait while this revision goes through its rows under a lock.

    **Why.** PostgreSQL keeps a lock until the commit. One that lasts an instant nobody notices; one under
    which a large table is rewritten, checked, indexed or updated keeps every request on it waiting, until
    they time out and the health check with them.

    **Fix.** `CREATE INDEX CONCURRENTLY` in an `autocommit_block()`; a constraint as `NOT VALID` first, and
    `VALIDATE CONSTRAINT` in the next revision; a new type in a new column that is filled in batches; an
    UPDATE of all rows in a revision of its own, before or after the one that alters the table.

    **Silent when** the change is one of the catalogue alone (a nullable column, a constant default, a
    rename, a longer varchar), the lock lets others read and write (VALIDATE, CONCURRENTLY), the table is made
    by this deployment, or the target has the revision already. Likely where nobody said where the target
    stands (`--from`, `--database-url`). The size of production's tables is not known.

    Source: pg_locks, relfilenode and the server's count of whole scans, seen before the commit of the step.
    """
    for history, one in revisions(project):
        new = history.made_by_pending(one)
        locks = tuple(lock for lock in one.waiting if _bare(lock.table).lower() not in new)
        if one.pending and locks:
            yield _waiting(project, history, one, locks)
    all_rehearsed(project)


def _bare(table: str) -> str:
    return table.rpartition(".")[2]


def _waiting(
    project: Project, history: RehearsedHistory, one: RehearsedRevision, locks: tuple[Lock, ...]
) -> Draft:
    found = tuple(f"{lock.table}: {lock.mode}, {_done(lock)}" for lock in locks)
    return Draft(
        message=f"While {one.id} goes through the rows, {some(map(_told, locks))}.",
        at=at_revision(project, one),
        subject=one.id,
        trail=(*listed(found), rehearsed_on(history)),
        certain=bool(history.start) and not one.without,
        fix=Fix("let the step that goes through the rows run without the lock, or take a lesser one"),
        evidence=Evidence.REHEARSED,
    )


def _told(lock: Lock) -> str:
    if lock.rewrote:
        return f"nobody can read or write {lock.table}, which is written anew"
    return f"nobody can {'read or write' if lock.blocks_reads else 'write to'} {lock.table}"


def _done(lock: Lock) -> str:
    if lock.rewrote:
        return "the table got a new file"
    return "read whole once" if lock.scans == 1 else f"read whole {lock.scans} times"


@rule(
    "MIG301",
    "lock-hazard",
    severity=Severity.HIGH,
    debt="DEPLOY-6",
    reads=Reads.NOTHING,
    requires=(a_migration, a_rehearsal, on_postgresql),
)
def lock_hazard(project: Project) -> Iterator[Draft]:
    """Other requests wait for a statement that this revision runs outside of a transaction, says squawk.

    **Why.** What runs in an `autocommit_block()` has given its locks back before they can be seen, but
    production's requests wait for them all the same: `CREATE INDEX` without CONCURRENTLY keeps everybody from
    writing until the index is built.

    **Fix.** As squawk says: `CONCURRENTLY` for indexes, `NOT VALID` and then `VALIDATE CONSTRAINT` for
    constraints.

    **Silent when** the statement's lock was seen (then MIG207 tells what was done under it), the table is
    made by this deployment, the target has the revision already, or it is a matter of style or of what is
    destroyed.

    Source: squawk 2.70, of the extra `squawk`, for the statements that ran and the server's version.
    """
    problems = [history.hazards_problem for history in histories(project) if history.hazards_problem]
    if NEEDS_SQUAWK in problems:
        raise Skip(NEEDS_SQUAWK)
    for history, one in revisions(project):
        unseen = _unseen(one, history.made_by_pending(one))
        if one.pending and unseen:
            yield _hazardous(project, history, one, unseen)
    if problems:
        raise Incomplete(problems[0])
    all_rehearsed(project)


def _unseen(one: RehearsedRevision, new: frozenset[str]) -> tuple[Hazard, ...]:
    """Return the hazards of statements whose tables are not new, and whose locks were not seen."""
    known = {*new, *(_bare(lock.table).lower() for lock in one.locks)}
    return tuple(h for h in one.hazards if not known & set(re.findall(r"\w+", h.statement.lower())))


def _hazardous(
    project: Project, history: RehearsedHistory, one: RehearsedRevision, hazards: tuple[Hazard, ...]
) -> Draft:
    statements = dict.fromkeys(" ".join(h.statement.split()) for h in hazards)
    said = f"{hazards[0].message.rstrip('.')} (squawk: {hazards[0].rule})"
    return Draft(
        message=f"Requests may wait for {one.id}: {said}.",
        at=at_revision(project, one),
        subject=one.id,
        trail=(
            *listed(tuple(statements)),
            *(Step(f"squawk: {h.message} ({h.rule})") for h in hazards[1:]),
            rehearsed_on(history),
        ),
        certain=bool(history.start) and not one.without,
        fix=Fix("run it so that others can go on: CONCURRENTLY, or NOT VALID and then VALIDATE CONSTRAINT"),
        evidence=Evidence.REHEARSED,
    )
