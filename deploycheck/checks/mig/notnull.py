"""Columns that the rows which are there already cannot fill."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.checks.applies import a_migration
from deploycheck.checks.mig.telling import some, steps
from deploycheck.facts.migrations.operations import depends_on_backend
from deploycheck.facts.migrations.unfilled import unfilled
from deploycheck.findings import Draft, Fix, Severity
from deploycheck.rules import Reads, rule

if TYPE_CHECKING:
    from deploycheck.facts.migrations.coverage import Coverage, RevisionCoverage
    from deploycheck.facts.migrations.operations import Operation
    from deploycheck.project import Project

_FILLING = frozenset({"mysql", "mariadb"})
"""Backends that give rows an implicit value (0, '') where a new NOT NULL column has no default."""


@rule(
    "MIG011",
    "not-null-no-default",
    severity=Severity.HIGH,
    debt="DEPLOY-6",
    reads=Reads.MIGRATIONS,
    requires=(a_migration,),
)
def not_null_no_default(project: Project) -> Iterator[Draft]:
    """Failure as soon as the table has a row: a NOT NULL column is added without a value for existing rows.

    **Why.** The revision passes on the empty tables of development and CI, and fails in production, where the
    rows that are there get NULL: "column contains null values". `default=` does not help: Python fills it
    in for new rows only.

    **Fix.** Give it a `server_default`, which may be dropped later. Or add it nullable, fill it with an
    UPDATE, and then `alter_column(..., nullable=False)`.

    **Silent when** the same revision creates the table or empties it, the database makes the value itself
    (identity, serial, computed), production's backend fills in a value of its own (MySQL), or a test of the
    backend stands around it and the backend is not known.

    Source: "column … contains null values" of PostgreSQL, "Cannot add a NOT NULL column with default value
    NULL" of SQLite, in batches too; both run with one row in the table.
    """
    for coverage in project.coverages:
        if coverage.dialect.name in _FILLING:
            continue
        for revision in coverage.revisions:
            yield from _of_revision(coverage, revision)


def _of_revision(coverage: Coverage, revision: RevisionCoverage) -> Iterator[Draft]:
    tables: dict[str, list[Operation]] = {}
    for operation in unfilled(revision.upgrade):
        if not depends_on_backend(operation):
            tables.setdefault(operation.change.table, []).append(operation)
    for table, operations in tables.items():
        yield _draft(coverage, revision, table, operations)


def _draft(coverage: Coverage, revision: RevisionCoverage, table: str, operations: list[Operation]) -> Draft:
    names = some(o.change.name or "a column" for o in operations)
    name = revision.revision.id
    return Draft(
        message=(
            f"`alembic upgrade` fails at {name} as soon as {table or 'the table'} has a row: it adds {names} "
            "as NOT NULL, without a value for the rows that are there."
        ),
        at=operations[0].call_at,
        subject=f"{name} {table}",
        trail=steps((o.text, o) for o in operations),
        certain=bool(coverage.dialect.name) and any(o.certain for o in operations),
        fix=Fix(
            "give it a server_default; or add it nullable, fill it, then alter_column(..., nullable=False)",
            question="Which value do the rows get that are there already?",
        ),
    )
