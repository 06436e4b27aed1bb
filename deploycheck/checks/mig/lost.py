"""Rows and values that an upgrade was seen to take away for good."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.checks.applies import a_migration, a_rehearsal
from deploycheck.checks.mig.rehearsed import all_rehearsed, at_revision, listed, rehearsed_on, revisions
from deploycheck.checks.mig.telling import some
from deploycheck.findings import Draft, Evidence, Fix, Severity
from deploycheck.rules import Reads, rule

if TYPE_CHECKING:
    from deploycheck.facts.rehearsed import Lost, RehearsedHistory, RehearsedRevision
    from deploycheck.project import Project


@rule(
    "MIG204",
    "rows-lost",
    severity=Severity.MEDIUM,
    debt="DEPLOY-6",
    reads=Reads.NOTHING,
    requires=(a_migration, a_rehearsal),
)
def rows_lost(project: Project) -> Iterator[Draft]:
    """Values that stood before this revision are gone, and a rollback past it does not bring them back.

    **Why.** The schema is as before, and the old release starts; but what the revision dropped, merged or
    overwrote is missing from its tables. Once it has run in production, only a backup has these values.

    **Fix.** Take two releases: stop using a column or table in the first, and drop it in a later one, when
    nobody would go back any more. Or keep the values aside, and let downgrade() write them back.

    **Silent when** every row that stood before the step up stands after the step down with the same values. A
    number with another scale, a date, JSON or text in another form is the same value. What stood in a table
    for which no row could be made is not known.

    Source: the rehearsal, with one row of values in every column of each table that had none.
    """
    for history, one in revisions(project):
        if one.lost:
            yield _losing(project, history, one)
    all_rehearsed(project)


def _losing(project: Project, history: RehearsedHistory, one: RehearsedRevision) -> Draft:
    found = tuple(_named(lost) for lost in one.lost)
    return Draft(
        message=f"Gone after an upgrade to {one.id} and back: {some(found)}. Only a backup has them.",
        at=at_revision(project, one),
        subject=one.id,
        trail=(*(listed(found) if len(found) > 1 else ()), rehearsed_on(history)),
        fix=Fix("back up before this revision, or keep the data aside until nobody goes back any more"),
        evidence=Evidence.REHEARSED,
    )


def _named(lost: Lost) -> str:
    return f"the values of {lost.table}.{lost.column}" if lost.column else f"rows of {lost.table}"
