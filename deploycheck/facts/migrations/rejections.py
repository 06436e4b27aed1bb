"""Operations that a backend cannot run, whatever stands in the database."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.facts.schema.model import Action, Thing
from deploycheck.facts.schema.rejections import cannot_store, rejection_of

if TYPE_CHECKING:
    from deploycheck.facts.migrations.operations import Operation

NAMES = {
    "postgresql": "PostgreSQL",
    "sqlite": "SQLite",
    "mysql": "MySQL",
    "mariadb": "MariaDB",
    "mssql": "SQL Server",
    "oracle": "Oracle",
}


_BACKEND = re.compile(
    r"dialect|backend|driver|engine\.name|postgres|psql|\bpg\b|_pg\b|\bpg_|sqlite|mysql|maria|mssql|oracle",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Refused:
    """An operation that a backend refuses: what it asks for, in words, and whose that is."""

    operation: Operation
    shown: str
    home: str


def refused(operation: Operation, dialect: str) -> Refused | None:
    """Return why a backend refuses an operation, or None where nothing tells that it does."""
    change = operation.change
    if change.sql:
        found = rejection_of(change.sql, dialect)
        return Refused(operation, found.shown, found.home) if found is not None else None
    for column in change.columns if change.action is Action.CREATE else ():
        kind = column.type.partition("(")[0]
        if column.dialect and cannot_store(column.dialect, kind, dialect):
            return Refused(operation, f"the type {kind}", NAMES.get(column.dialect, column.dialect))
    if dialect == "sqlite" and not operation.batch:
        return _outside_a_batch(operation)
    return None


def under_a_test_of_it(operation: Operation) -> bool:
    """Tell whether a test that is not decided may be one of the backend: then something guards it."""
    return any(_BACKEND.search(c.text) for c in operation.conditions)


def _outside_a_batch(operation: Operation) -> Refused | None:
    """Return why SQLite refuses to alter a table in place.

    Source: Alembic's SQLite implementation ("No support for ALTER of constraints in SQLite dialect"), and
    SQLite's own grammar, which has no ALTER COLUMN … TYPE.
    """
    change = operation.change
    if change.thing is Thing.CONSTRAINT and change.action in {Action.CREATE, Action.DROP}:
        return Refused(operation, "ALTER of a constraint", "other backends")
    if change.thing is Thing.COLUMN and change.action is Action.ALTER:
        told = [a.attribute for a in change.alterations if a.attribute in {"type", "server_default"}]
        return Refused(operation, "ALTER COLUMN", "other backends") if told else None
    if change.thing is Thing.COLUMN and change.action is Action.CREATE and change.constraints:
        return Refused(operation, "a constraint with a new column", "other backends")
    return None
