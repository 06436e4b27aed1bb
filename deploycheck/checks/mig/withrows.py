"""Upgrades that were seen to fail as soon as the tables have rows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.checks.applies import a_migration, a_rehearsal
from deploycheck.checks.mig.rehearsed import all_rehearsed, at_failure, revisions, told, what
from deploycheck.findings import Draft, Evidence, Fix, Severity
from deploycheck.rules import Reads, rule

if TYPE_CHECKING:
    from deploycheck.facts.rehearsed import Failure, RehearsedHistory, RehearsedRevision
    from deploycheck.project import Project

_CONTAINS_NULLS = re.compile(r'column "([^"]+)" of relation "[^"]+" contains null values')
_NO_DEFAULT = re.compile(r"Cannot add a NOT NULL column with default value NULL", re.IGNORECASE)
_NULL_IN_COPY = re.compile(r"NOT NULL constraint failed: _alembic_tmp_\w+\.(\w+)")


@rule(
    "MIG205",
    "fails-with-rows",
    severity=Severity.CRITICAL,
    debt="DEPLOY-6",
    reads=Reads.NOTHING,
    requires=(a_migration, a_rehearsal),
)
def fails_with_rows(project: Project) -> Iterator[Draft]:
    """Upgrading fails in production as soon as the tables have rows, and passes in CI, where they are empty.

    **Why.** A NOT NULL column without a value for the rows that are there, a constraint that they break, a
    statement that cannot convert them: none of it shows on an empty database. The deployment stops halfway,
    with the old schema and the new release.

    **Fix.** Give a new column a `server_default`, or add it nullable, fill it, and then set it NOT NULL. Let
    a revision that converts or constrains rows first put right those that do not fit.

    **Silent when** the step up passes with one row in each table that had none, the target has the revision
    already, or it fails on empty tables too (that is MIG201's). High and likely, where it depends on the
    values of production's rows (another failure than a new NOT NULL column without a value), or nobody
    said where the target stands (`--from`, `--database-url`).

    Source: the rehearsal: the same step with rows and without.
    """
    for history, one in revisions(project):
        if one.pending and one.with_rows is not None:
            yield _failing(project, history, one, one.with_rows)
    all_rehearsed(project)


def _failing(project: Project, history: RehearsedHistory, one: RehearsedRevision, failure: Failure) -> Draft:
    any_row = fails_for_any(failure, one)
    when = "as soon as a table has a row" if any_row else "with a row in each table"
    return Draft(
        message=f"`alembic upgrade` passes {one.id} on empty tables, and fails {when}: {what(failure)}.",
        at=at_failure(project, failure, one),
        subject=one.id,
        trail=told(failure, history),
        certain=any_row and bool(history.start) and not one.without,
        fix=Fix(
            "give the column a server_default; or add it nullable, fill it, then set it NOT NULL"
            if any_row
            else "put the rows right that do not fit before the statement that fails"
        ),
        evidence=Evidence.REHEARSED,
    )


def fails_for_any(failure: Failure, one: RehearsedRevision) -> bool:
    """Tell whether a step fails whatever the row holds: it adds a NOT NULL column and gives it no value."""
    if _NO_DEFAULT.search(failure.message):
        return True
    nulls = _CONTAINS_NULLS.search(failure.message)
    if nulls:
        return any(_adds(statement, nulls[1]) for statement in (failure.statement, *one.statements))
    copied = _NULL_IN_COPY.search(failure.message)
    columns = re.match(r"\s*INSERT INTO \S+ \(([^)]*)\)", failure.statement)
    return bool(copied and columns and copied[1] not in re.findall(r"\w+", columns[1]))


def _adds(statement: str, column: str) -> bool:
    name = rf'(?:"{re.escape(column)}"|{re.escape(column)}\b)'
    return (
        re.search(rf"\bADD\s+(?:COLUMN\s+)?(?:IF\s+NOT\s+EXISTS\s+)?{name}", statement, re.IGNORECASE)
        is not None
    )
