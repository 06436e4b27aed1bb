"""Downgrades that were seen to fail, or to leave something behind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.checks.applies import a_migration, a_rehearsal
from deploycheck.checks.mig.rehearsed import (
    all_rehearsed,
    at_downgrade,
    is_certain,
    listed,
    ran_on,
    revisions,
    told,
    what,
)
from deploycheck.findings import Draft, Evidence, Fix, Severity
from deploycheck.rules import Reads, rule

if TYPE_CHECKING:
    from deploycheck.facts.rehearsed import Failure, RehearsedHistory, RehearsedRevision
    from deploycheck.project import Project


@rule(
    "MIG202",
    "downgrade-fails",
    severity=Severity.HIGH,
    debt="DEPLOY-6",
    reads=Reads.NOTHING,
    requires=(a_migration, a_rehearsal),
)
def downgrade_fails(project: Project) -> Iterator[Draft]:
    """No rollback gets past this revision: its downgrade was run right after its upgrade, and failed.

    **Why.** Whoever must go back to a release before it learns so in the middle of an incident. On a backend
    that commits each statement, half of the step has happened then.

    **Fix.** Let downgrade() undo what upgrade() does, in reverse order: drop what refers before what is
    referred to, and name each constraint as it was made. Rehearse until it passes.

    **Silent when** the step down passes with one row in each table. It says so where it passes on empty
    tables only: production's are not.

    Source: the rehearsal.
    """
    for history, one in revisions(project):
        if one.down is not None:
            yield _fails(project, history, one, one.down, "")
        elif one.down_with_rows is not None:
            yield _fails(project, history, one, one.down_with_rows, " as soon as its tables have rows")
        elif one.again is not None:
            yield _fails_again(project, history, one, one.again)
    all_rehearsed(project)


def _fails(
    project: Project, history: RehearsedHistory, one: RehearsedRevision, failure: Failure, when: str
) -> Draft:
    return Draft(
        message=f"A rollback past {one.id} fails{when}: {what(failure)}.",
        at=failure.at if failure.at and failure.at.path == one.path else at_downgrade(project, one),
        subject=one.id,
        trail=told(failure, history, one),
        certain=(is_certain(failure) or not failure.statement) and not one.without,
        fix=Fix("let downgrade() undo what upgrade() does, in reverse order"),
        evidence=Evidence.REHEARSED,
    )


def _fails_again(
    project: Project, history: RehearsedHistory, one: RehearsedRevision, failure: Failure
) -> Draft:
    return Draft(
        message=f"After a rollback past {one.id} the next upgrade fails: {what(failure)}.",
        at=at_downgrade(project, one),
        subject=f"{one.id} again",
        trail=told(failure, history, one),
        certain=is_certain(failure) and not one.without,
        fix=Fix("let downgrade() take back the rows and settings that upgrade() cannot make twice"),
        evidence=Evidence.REHEARSED,
    )


@rule(
    "MIG203",
    "downgrade-leaves-traces",
    severity=Severity.HIGH,
    debt="DEPLOY-6",
    reads=Reads.NOTHING,
    requires=(a_migration, a_rehearsal),
)
def downgrade_leaves_traces(project: Project) -> Iterator[Draft]:
    """Not the old schema is there after a rollback past this revision, but another one.

    **Why.** What is left makes the next upgrade fail ("already exists"), or keeps the older release from
    working: a column that may not be NULL, a constraint that it does not know, a column that it reads and
    that is gone.

    **Fix.** Let downgrade() take back each thing that the finding names.

    **Silent when** the whole catalogue is the same after the step up and down: tables, columns with type,
    default and NULL, constraints, indexes, sequences, types, views, functions, triggers, policies and
    comments. And when the step down fails, which is MIG202's.

    Source: the database's own catalogue before the step up and after the step down, compared.
    """
    for history, one in revisions(project):
        if one.traces and one.down is None:
            yield _traces(project, history, one)
        elif one.differs:
            yield _differs(project, history, one)
    all_rehearsed(project)


def _traces(project: Project, history: RehearsedHistory, one: RehearsedRevision) -> Draft:
    return Draft(
        message=f"A rollback past {one.id} does not bring the old schema back: {_counted(one.traces)}.",
        at=at_downgrade(project, one),
        subject=one.id,
        trail=(*listed(one.traces), *ran_on(history, one)),
        certain=not one.without,
        fix=Fix("let downgrade() take back each thing that upgrade() changes"),
        evidence=Evidence.REHEARSED,
    )


def _differs(project: Project, history: RehearsedHistory, one: RehearsedRevision) -> Draft:
    return Draft(
        message=(
            f"After a rollback past {one.id} the next upgrade makes another schema: {_counted(one.differs)}."
        ),
        at=at_downgrade(project, one),
        subject=f"{one.id} again",
        trail=(*listed(one.differs), *ran_on(history, one)),
        certain=not one.without,
        fix=Fix("let downgrade() leave what upgrade() finds the first time"),
        evidence=Evidence.REHEARSED,
    )


def _counted(lines: tuple[str, ...]) -> str:
    """Write the first difference, and how many more there are."""
    more = len(lines) - 1
    return lines[0] + (f", and {more} more difference{'s' if more > 1 else ''}" if more else "")
