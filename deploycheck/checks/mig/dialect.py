"""SQL that production's database does not understand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.checks.applies import a_migration
from deploycheck.checks.mig.telling import some, steps
from deploycheck.facts.migrations.rejections import NAMES, refused, under_a_test_of_it
from deploycheck.findings import Draft, Fix, Severity, Step
from deploycheck.rules import Reads, rule

if TYPE_CHECKING:
    from deploycheck.facts.migrations.coverage import Coverage, RevisionCoverage
    from deploycheck.facts.migrations.operations import Body
    from deploycheck.facts.migrations.rejections import Refused
    from deploycheck.project import Project


@rule(
    "MIG009",
    "wrong-dialect",
    severity=Severity.CRITICAL,
    debt="DEPLOY-6",
    reads=Reads.PYTHON,
    requires=(a_migration,),
)
def wrong_dialect(project: Project) -> Iterator[Draft]:
    """Stop of the migrations: a revision runs SQL that production's database rejects.

    **Why.** `alembic upgrade head` fails at this revision with a syntax error, on the production database and
    nowhere else: the developers' own database understands it.

    **Fix.** Ask SQLAlchemy instead of the database's own catalogue (`sa.inspect(op.get_bind())`), write it
    with Alembic's operations, or run it on its own backend only, under a test of
    `op.get_bind().dialect.name`.

    **Silent when** a test of the dialect keeps it from running on production's backend, an early return
    does (also one that is not decided, such as of the backend's version), or it is not known which backend
    that is. High where the backend or whether the statement runs is
    a guess, and in downgrade().

    Source: each kind of statement, run on PostgreSQL 16 and SQLite 3.40; MySQL's grammar; SQLAlchemy's type
    compilers; Alembic's SQLite implementation, which alters nothing outside of a batch.
    """
    for coverage in project.coverages:
        if not coverage.dialect.name:
            continue
        for revision in coverage.revisions:
            yield from _of_revision(coverage, revision)


def _of_revision(coverage: Coverage, revision: RevisionCoverage) -> Iterator[Draft]:
    for name, body in (("upgrade", revision.upgrade), ("downgrade", revision.downgrade)):
        found = _refused(body, coverage.dialect.name)
        if found:
            yield _draft(coverage, revision, name, found)


def _refused(body: Body, dialect: str) -> list[Refused]:
    asked = (o for o in body.operations if not under_a_test_of_it(o))
    found = [r for r in (refused(o, dialect) for o in asked) if r is not None]
    sure = [r for r in found if _runs(r)]
    return sure or found


def _runs(one: Refused) -> bool:
    """Tell whether an operation surely runs, and nothing catches its failing."""
    return one.operation.certain and not one.operation.guarded


def _draft(coverage: Coverage, revision: RevisionCoverage, name: str, found: list[Refused]) -> Draft:
    backend = NAMES.get(coverage.dialect.name, coverage.dialect.name)
    first = found[0]
    revision_id = revision.revision.id
    command = "alembic upgrade" if name == "upgrade" else "alembic downgrade"
    shown = some(f"{one.shown} ({one.home})" for one in found)
    certain = coverage.dialect.certain and _runs(first)
    return Draft(
        message=f"`{command}` stops at {revision_id} on {backend}, which does not know {shown}.",
        at=first.operation.at,
        subject=f"{revision_id} {name}",
        trail=(*steps((one.operation.text, one.operation) for one in found), *_backend(coverage, backend)),
        certain=certain,
        severity=None if name == "upgrade" else Severity.HIGH,
        fix=Fix(_remedy(first)),
    )


def _backend(coverage: Coverage, backend: str) -> tuple[Step, ...]:
    told = coverage.dialect.trail or (Step("as the revisions' folder or the deployment says"),)
    return (Step(f"production migrates {backend}"), *told)


_ASKING = re.compile(
    r"^\s*PRAGMA\s+(?:table_x?info|index_x?info|index_list|foreign_key_list)\b", re.IGNORECASE
)


def _remedy(first: Refused) -> str:
    if first.shown in {"sqlite_master", "SHOW TABLES"} or _ASKING.search(first.operation.change.sql):
        return "ask SQLAlchemy, which knows every backend: sa.inspect(op.get_bind()).get_columns(...)"
    if first.home == "other backends":
        return "alter the table in a batch: with op.batch_alter_table(...) as batch_op:"
    home = {"SQLite": "sqlite", "MySQL": "mysql", "PostgreSQL": "postgresql"}.get(first.home)
    if home is None:
        return "write it so that production's backend understands it, or with Alembic's own operations"
    return f'run it on its own backend only: if op.get_bind().dialect.name == "{home}":'
