"""Revision ids that the version table cannot hold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.checks.applies import a_migration
from deploycheck.checks.mig.branches import all_read
from deploycheck.facts.migrations.dialects import dialect_of
from deploycheck.facts.migrations.version_table import WIDTH, version_width
from deploycheck.findings import Draft, Fix, Severity
from deploycheck.rules import Reads, rule

if TYPE_CHECKING:
    from deploycheck.facts.migrations.dialects import Dialect
    from deploycheck.facts.migrations.model import Revision
    from deploycheck.project import Project

ENFORCING = frozenset(
    {"postgresql", "cockroachdb", "redshift", "mysql", "mariadb", "mssql", "oracle", "snowflake"}
)


@rule(
    "MIG010",
    "long-revision-id",
    severity=Severity.HIGH,
    debt="DEPLOY-6",
    reads=Reads.PYTHON,
    requires=(a_migration,),
)
def long_revision_id(project: Project) -> Iterator[Draft]:
    """Production's upgrade fails at this revision: its id does not fit into the version table.

    **Why.** Alembic keeps the id of the current revision in `alembic_version.version_num`, which it makes as
    VARCHAR(32). SQLite takes a longer one, so it works on every developer's machine; PostgreSQL, MySQL and
    SQL Server refuse it when the revision has done its work, and roll it back or leave it half done.

    **Fix.** Give the revision an id of at most 32 characters, and name that in the `down_revision` of what
    follows. The file may keep its long name. Where the id was applied somewhere, update the row there too.

    **Silent when** production's database is SQLite or not known, or the project itself widens the column:
    DDL before the migrations run, an earlier revision that alters it, an implementation with its own
    `version_table_impl` and `__dialect__`, a function in the place of `DefaultImpl`'s. Alembic ignores
    options such as `version_num_width`.

    Source: `DefaultImpl.version_table_impl` in alembic/ddl/impl.py (1.20), tried with PostgreSQL and SQLite.
    """
    for directory in project.script_directories:
        long = [r for r in directory.revisions if len(r.id) > WIDTH]
        dialect = dialect_of(directory, project.deployments) if long else None
        if dialect is None or dialect.name not in ENFORCING:
            continue
        for revision in long:
            width = version_width(directory, revision, dialect.name)
            if len(revision.id) > width:
                yield _too_long(revision, width, dialect)
    all_read(project)


def _too_long(revision: Revision, width: int, dialect: Dialect) -> Draft:
    return Draft(
        message=f"The upgrade to {revision.id} fails on {dialect.name}: the id has {len(revision.id)} "
        f"characters, and the version table holds {width}.",
        at=revision.at,
        subject=revision.id,
        trail=dialect.trail,
        certain=dialect.certain,
        fix=Fix(f"write an id of at most {width} characters, here and in what follows this revision"),
    )
