"""Methods of what reaches the database: connections, sessions, batches, inspectors, queries."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from deploycheck.facts.migrations.operations import alembic, constructs, executing
from deploycheck.facts.migrations.operations.objects import Handle, Kind, Looked
from deploycheck.facts.schema.model import Action, Change, Thing
from deploycheck.python.values import Literal, Unknown, Value

if TYPE_CHECKING:
    from deploycheck.facts.migrations.operations.calls import Given
    from deploycheck.facts.migrations.operations.running import Run

_NOTHING = frozenset(
    {
        "close", "commit", "flush", "rollback", "expire_all", "expire", "expunge", "expunge_all", "refresh",
        "invalidate", "detach", "configure", "run_migrations", "clear_cache", "reset",
    },
)  # fmt: skip
_SAME = frozenset(
    {
        "begin", "begin_nested", "connect", "execution_options", "autocommit_block", "begin_transaction",
        "no_autoflush", "contextual_connect", "get_transaction", "in_transaction",
        "__enter__",
    },
)  # fmt: skip
_WRITES = {
    "add": "insert",
    "add_all": "insert",
    "merge": "update",
    "delete": "delete",
    "bulk_insert_mappings": "insert",
    "bulk_save_objects": "insert",
    "bulk_update_mappings": "update",
}


def method(run: Run, handle: Handle, name: str, given: Given) -> Value:
    """Do what a method of a handle asks for."""
    return _FORMS[handle.kind](run, handle, name, given)


def _connection(  # noqa: PLR0911 - one short return a method reads best
    run: Run, handle: Handle, name: str, given: Given
) -> Value:
    if name in executing.METHODS:
        return executing.execute(run, given.get(0, "statement", "sql", "sqltext", "object_"))
    if name in {"connection", "get_bind"}:
        return Handle(kind=Kind.BIND)
    if name in _SAME:
        return handle
    if name == "run_sync" and given.positional:
        return run.apply(given.positional[0], (handle, *given.positional[1:]), given.keywords)
    if handle.kind is Kind.SESSION:
        return _session(run, name, given)
    if name in _NOTHING:
        return Literal(None)
    if name in {"has_table", "table_names"}:
        return Looked("which tables there are")
    run.unknown(f".{name}() of a connection is not followed")
    return Unknown(f"what .{name}() gives")


def _session(run: Run, name: str, given: Given) -> Value:
    if name in {"query", "get"}:
        table = constructs.table_of(run, given.positional[0]) if given.positional else None
        return Handle(kind=Kind.QUERY if name == "query" else Kind.ROW, table=table or "")
    kind = _WRITES.get(name)
    if kind is not None:
        first = given.positional[0] if given.positional else None
        listed = run.items(first) if first is not None else None
        about = listed[0] if listed else first
        table = constructs.table_of(run, about) if about is not None else None
        run.emit(Change(Action.WRITE, Thing.ROWS, table=table or "", kind=kind))
    elif name not in _NOTHING:
        run.unknown(f".{name}() of a session is not followed")
    return Literal(None) if kind is not None or name in _NOTHING else Unknown(f"what .{name}() gives")


def _query(run: Run, handle: Handle, name: str, given: Given) -> Value:
    if name in {"update", "delete"}:
        run.emit(executing.written(name, handle.table, part=handle.part))
        return Unknown("how many rows were changed")
    if name in {"count", "scalar", "exists"}:
        return Unknown("what the rows are")
    if name in {"first", "one", "one_or_none", "get", "scalar_one", "scalar_one_or_none"}:
        return Handle(kind=Kind.ROW, table=handle.table)
    del given
    return replace(handle, part=True) if name in executing.NARROWING else handle


_ROWS = frozenset(
    {"fetchone", "first", "one", "one_or_none", "mappings", "fetchall", "all", "fetchmany", "scalars"}
)


def _result(run: Run, handle: Handle, name: str, given: Given) -> Value:
    del run, given
    return handle if name in _ROWS else Unknown("what the rows are")


def _row(run: Run, handle: Handle, name: str, given: Given) -> Value:
    del handle, name
    if given.reaches:
        run.unknown("a method of a row is given the database")
    return Unknown("what a row holds")


def _inspector(run: Run, handle: Handle, name: str, given: Given) -> Value:
    del run, handle, given
    return Literal(None) if name in _NOTHING else Looked("what stands in the schema")


def _context(run: Run, handle: Handle, name: str, given: Given) -> Value:
    if name in executing.METHODS:
        return executing.execute(run, given.get(0, "sql"))
    if name in {"autocommit_block", "begin_transaction"}:
        return handle
    if name in {"get_bind", "bind", "connection"}:
        return Handle(kind=Kind.BIND)
    return Literal(None) if name in _NOTHING else Unknown("something of the migration's context")


def _operations(run: Run, handle: Handle, name: str, given: Given) -> Value:
    return alembic.operation(run, name, given, handle if handle.kind is Kind.BATCH else None)


def _dialect(run: Run, handle: Handle, name: str, given: Given) -> Value:
    del handle, given
    if name in {"has_table", "has_index", "has_sequence", "get_columns", "get_table_names", "has_type"}:
        return Looked("what stands in the schema")
    del run
    return Unknown("something of the dialect")


def _url(run: Run, handle: Handle, name: str, given: Given) -> Value:
    del given
    if name == "get_backend_name":
        return run.dialect_name()
    return replace(handle) if name in {"render_as_string", "set"} else Unknown("something of the URL")


_FORMS = {
    Kind.BIND: _connection,
    Kind.SESSION: _connection,
    Kind.QUERY: _query,
    Kind.RESULT: _result,
    Kind.ROW: _row,
    Kind.INSPECTOR: _inspector,
    Kind.CONTEXT: _context,
    Kind.OPERATIONS: _operations,
    Kind.BATCH: _operations,
    Kind.DIALECT: _dialect,
    Kind.URL: _url,
}
