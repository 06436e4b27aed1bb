"""Upgrades that were seen to fail."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.checks.applies import a_migration, a_rehearsal
from deploycheck.checks.mig.rehearsed import at_failure, failing, histories, is_certain, told, what
from deploycheck.findings import Draft, Evidence, Fix, Severity
from deploycheck.rules import Incomplete, Reads, rule

if TYPE_CHECKING:
    from deploycheck.facts.rehearsed import Failure, RehearsedHistory, RehearsedRevision
    from deploycheck.project import Project


@rule(
    "MIG201",
    "upgrade-fails",
    severity=Severity.CRITICAL,
    debt="DEPLOY-6",
    reads=Reads.NOTHING,
    requires=(a_migration, a_rehearsal),
)
def upgrade_fails(project: Project) -> Iterator[Draft]:
    """Upgrading stops on production's backend: `alembic upgrade head` failed on an empty database of it.

    **Why.** A new environment cannot be set up, a restored or second one neither, and a deployment that
    migrates first never starts. Often another backend is used for development, where the statements pass.

    **Fix.** Correct the statement that the finding names. A revision that production has run already may be
    changed so that it makes the same schema; one that it cannot have run was never tried there.

    **Silent when** the whole history passes, in the transactions that env.py makes. High and likely, where
    the database did not reject a statement of its own accord: the code raised, or took too long, or asks for
    a role, a schema or an extension that a server may have been given by hand.

    Source: the rehearsal; `upgrade` as Alembic 1.20 runs it.
    """
    for history in histories(project):
        one = failing(history, history.upgrade) if history.upgrade else None
        if history.upgrade is not None and one is not None:
            yield _fails(project, history, history.upgrade, one)
            yield from (
                _fails(project, history, other.up, other)
                for other in history.revisions
                if other.up is not None and other.id != one.id
            )
    for history in histories(project):
        if history.not_rehearsed and not history.revisions:
            raise Incomplete(f"{history.name} was not rehearsed: {history.not_rehearsed}")


def _fails(project: Project, history: RehearsedHistory, failure: Failure, one: RehearsedRevision) -> Draft:
    return Draft(
        message=f"`alembic upgrade head` stops at {one.id} on an empty database: {what(failure)}.",
        at=at_failure(project, failure, one),
        subject=one.id,
        trail=told(failure, history, one),
        certain=is_certain(failure),
        fix=Fix("correct the statement, so that production's backend takes it"),
        evidence=Evidence.REHEARSED,
    )


@rule(
    "MIG206",
    "fails-from-here",
    severity=Severity.CRITICAL,
    debt="DEPLOY-6",
    reads=Reads.NOTHING,
    requires=(a_migration, a_rehearsal),
)
def fails_from_here(project: Project) -> Iterator[Draft]:
    """Upgrading stops in this deployment: from the revision where the target stands, if not from nothing.

    **Why.** What is committed between two revisions is not what one transaction from nothing sees. A value
    that is added to an enum type cannot be used in the transaction that adds it, unless that made the type;
    so CI, which starts from nothing, passes, and production fails.

    **Fix.** Split the revision: add the value in one, with `op.get_context().autocommit_block()`, and use it
    in the next. Rehearse with `--from` and the revision that production has.

    **Silent when** the target has every revision, or the upgrade from nothing fails too (that is MIG201's).
    Where nobody said where it stands (`--from`, `--database-url`), only the newest revision is judged, from
    the one before it.

    Source: the rehearsal; "unsafe use of new value" of PostgreSQL, `check_safe_enum_use`.
    """
    for history in histories(project):
        one = failing(history, history.from_start) if history.from_start else None
        if history.from_start is not None and one is not None:
            yield _fails_from(project, history, history.from_start, one, history.start)
        elif history.upgrade is None:
            yield from (
                _fails_from(project, history, other.up, other, "the revision before it")
                for other in history.revisions
                if other.up is not None and other.pending
            )
    for history in histories(project):
        if history.not_rehearsed:
            raise Incomplete(f"{history.name} was not rehearsed: {history.not_rehearsed}")


def _fails_from(
    project: Project, history: RehearsedHistory, failure: Failure, one: RehearsedRevision, start: str
) -> Draft:
    return Draft(
        message=(
            f"`alembic upgrade head` stops at {one.id} on a database that stands at {start}, though it "
            f"passes on an empty one: {what(failure)}."
        ),
        at=at_failure(project, failure, one),
        subject=one.id,
        trail=told(failure, history, one),
        certain=is_certain(failure),
        fix=Fix("split the revision where its statements need a commit between them"),
        evidence=Evidence.REHEARSED,
    )
