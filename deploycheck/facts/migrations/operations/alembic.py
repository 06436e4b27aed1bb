"""Alembic's own functions: operations, batches, the context, what leads to the connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploycheck.facts.migrations.operations import executing, plugins, tables
from deploycheck.facts.migrations.operations.asking import asked_of
from deploycheck.facts.migrations.operations.making import OPERATIONS
from deploycheck.facts.migrations.operations.objects import Handle, Kind, tail
from deploycheck.python.values import Literal, Made, Unknown, Value

if TYPE_CHECKING:
    from deploycheck.facts.migrations.operations.calls import Given
    from deploycheck.facts.migrations.operations.running import Run


def call(run: Run, name: str, given: Given) -> Value:
    """Do what a function of the package alembic asks for."""
    method = tail(name)
    if name.startswith("alembic.context."):
        return _context(run, method, given)
    if name.startswith("alembic.op."):
        return operation(run, method, given, None)
    if method == "Operations":
        return Handle(kind=Kind.OPERATIONS)
    if method in {"configure", "MigrationContext"} and "MigrationContext" in name:
        return Handle(kind=Kind.CONTEXT)
    if name.startswith("alembic.command."):
        run.unknown(f"{name}() runs other migrations")
    return Made(name, given.positional, tuple(given.keywords.items()), given.partial)


def _context(run: Run, method: str, given: Given) -> Value:
    match method:
        case "get_bind":
            return Handle(kind=Kind.BIND)
        case "get_context":
            return Handle(kind=Kind.CONTEXT)
        case "is_offline_mode":
            return Literal(data=False)
        case "execute":
            return executing.execute(run, given.get(0, "sql"))
    return Unknown(f"context.{method}()")


def operation(run: Run, method: str, given: Given, batch: Handle | None) -> Value:
    """Do what an operation asks for."""
    special = _special(run, method, given)
    if special is not None:
        return special
    method = plugins.SAME.get(method, method)
    make = OPERATIONS.get(method)
    if make is None:
        added = plugins.changes(run, method, given)
        for change in added:
            run.emit(change)
        if added:
            return Literal(None)
        run.unknown(f"op.{method}() is not an operation of Alembic's")
        return Unknown(f"what op.{method}() gives")
    asked = asked_of(run, method, given, batch)
    for change in make(asked):
        run.emit(change, batch=batch is not None)
    if method == "create_table":
        return Made("sqlalchemy.Table", given.positional, tuple(given.keywords.items()))
    return Literal(None)


def _special(  # noqa: PLR0911 - one short return a function reads best
    run: Run, method: str, given: Given
) -> Value | None:
    first = given.positional[0] if given.positional else None
    match method:
        case "get_bind":
            return Handle(kind=Kind.BIND)
        case "get_context":
            return Handle(kind=Kind.CONTEXT)
        case "f":
            return first or given.get(None, "name") or Unknown("a name")
        case "execute":
            return executing.execute(run, given.get(0, "sqltext", "sql"))
        case "batch_alter_table":
            table = tables.plain_name(run, given.get(0, "table_name") or Unknown(""))
            schema = tables.plain_name(run, given.get(1, "schema") or Unknown(""))
            return Handle(kind=Kind.BATCH, table=f"{schema}.{table}" if schema and table else table)
        case "invoke":
            return _invoked(run, first)
        case "inline_literal" | "implementation_for" | "register_operation":
            return first or Unknown(method)
        case "run_async" if first is not None:
            return run.apply(first, (Handle(kind=Kind.BIND), *given.positional[1:]), given.keywords)
    return None


def _invoked(run: Run, first: Value | None) -> Value:
    """Follow `op.invoke(ops.CreateTableOp(…))`."""
    if isinstance(first, Made) and tail(first.callee) in _INVOKED:
        from deploycheck.facts.migrations.operations.calls import Given

        method = _INVOKED[tail(first.callee)]
        return operation(run, method, Given(first.arguments, dict(first.keywords)), None)
    run.unknown("op.invoke() of what is not followed")
    return Unknown("what op.invoke() gives")


_INVOKED = {
    "DropTableOp": "drop_table",
    "RenameTableOp": "rename_table",
    "AddColumnOp": "add_column",
    "DropColumnOp": "drop_column",
    "CreateIndexOp": "create_index",
    "DropIndexOp": "drop_index",
    "DropConstraintOp": "drop_constraint",
    "ExecuteSQLOp": "execute",
    "AlterColumnOp": "alter_column",
    "CreateUniqueConstraintOp": "create_unique_constraint",
    "CreateCheckConstraintOp": "create_check_constraint",
    "CreatePrimaryKeyOp": "create_primary_key",
}
