"""Alembic's own functions: which change each operation asks for.

Source: alembic/operations/ops.py (1.4 to 1.20), where a batch's operations leave the table's name out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.facts.migrations.operations import columns, constructs, executing, plugins, tables
from deploycheck.facts.migrations.operations.objects import Handle, Kind, tail
from deploycheck.facts.schema.model import Action, Alteration, Change, Column, Thing
from deploycheck.python.values import Literal, Made, Unknown, Value

if TYPE_CHECKING:
    from deploycheck.facts.migrations.operations.calls import Given
    from deploycheck.facts.migrations.operations.running import Run

_TABLE = frozenset({"table_name", "source_table"})
_SIGNATURES: dict[str, tuple[str, ...]] = {
    "create_table": ("table_name",),
    "drop_table": ("table_name", "schema"),
    "rename_table": ("old_table_name", "new_table_name", "schema"),
    "add_column": ("table_name", "column", "schema"),
    "drop_column": ("table_name", "column_name", "schema"),
    "alter_column": ("table_name", "column_name", "nullable", "comment", "server_default", "new_column_name"),
    "create_index": ("index_name", "table_name", "columns", "schema", "unique"),
    "drop_index": ("index_name", "table_name", "schema"),
    "create_unique_constraint": ("constraint_name", "table_name", "columns", "schema"),
    "create_primary_key": ("constraint_name", "table_name", "columns", "schema"),
    "create_check_constraint": ("constraint_name", "table_name", "condition", "schema"),
    "create_exclude_constraint": ("constraint_name", "table_name"),
    "create_foreign_key": ("constraint_name", "source_table", "referent_table", "local_cols", "remote_cols"),
    "drop_constraint": ("constraint_name", "table_name", "type_", "schema"),
    "bulk_insert": ("table", "rows"),
    "execute": ("sqltext",),
    "create_table_comment": ("table_name", "comment"),
    "drop_table_comment": ("table_name",),
}
_OLD_NAMES = {
    "name": ("table_name", "index_name", "constraint_name", "new_column_name"),
    "tablename": ("table_name",),
    "source": ("source_table",),
    "referent": ("referent_table",),
    "local_columns": ("local_cols",),
    "type": ("type_",),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """The arguments of one operation by their names, the table's put in where a batch leaves it out."""

    run: Run
    values: dict[str, Value]
    rest: tuple[Value, ...]
    batch: str

    def get(self, *names: str) -> Value | None:
        """Return an argument by its name, or its older name."""
        return next((self.values[n] for n in names if n in self.values), None)

    def name(self, *names: str) -> str:
        """Return a name, empty where it is not known or none is given."""
        value = self.get(*names)
        return tables.plain_name(self.run, value) if value is not None else ""

    def is_none(self, *names: str) -> bool:
        """Tell whether a name is left out, or None."""
        value = self.get(*names)
        return value is None or (isinstance(value, Literal) and value.data is None)

    def flag(self, *names: str) -> bool:
        """Tell whether an argument is certainly true."""
        value = self.get(*names)
        return value is not None and self.run.truth(value) is True

    @property
    def table(self) -> str:
        """The table, its schema before it."""
        return self.batch or self.qualified("table_name", "source_table")

    def qualified(self, *names: str) -> str:
        """Return a table's name, its schema before it."""
        schema = self.name("schema", "source_schema")
        name = self.name(*names)
        return f"{schema}.{name}" if schema and name else name

    @property
    def tolerant(self) -> bool:
        """Whether it is IF EXISTS or IF NOT EXISTS."""
        return self.flag("if_exists", "if_not_exists")


def call(run: Run, name: str, given: Given) -> Value:
    """Do what a function of the package alembic asks for."""
    method = tail(name)
    if name.startswith("alembic.context."):
        return _context(run, method, given)
    if name.startswith(("alembic.op.", "alembic.operations.ops.")):
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
    make = _OPERATIONS.get(method)
    if make is None:
        added = plugins.changes(run, method, given)
        for change in added:
            run.emit(change)
        if added:
            return Literal(None)
        run.unknown(f"op.{method}() is not an operation of Alembic's")
        return Unknown(f"what op.{method}() gives")
    asked = _asked(run, method, given, batch)
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


def _asked(run: Run, method: str, given: Given, batch: Handle | None) -> Asked:
    names = _SIGNATURES[method]
    if batch is not None:
        names = tuple(n for n in names if n not in _TABLE)
    values = dict(zip(names, given.positional, strict=False))
    for name, value in given.keywords.items():
        new = next((n for n in _OLD_NAMES.get(name, ()) if n in names and n not in values), name)
        values[new] = value
    return Asked(run, values, given.positional[len(names) :], batch.table if batch is not None else "")


Maker = Callable[[Asked], tuple[Change, ...]]


def _create_table(asked: Asked) -> tuple[Change, ...]:
    name = asked.get("table_name") or Unknown("")
    change = tables.created(asked.run, (name, *asked.rest), asked.values, tolerant=asked.tolerant)
    return (change,)


def _drop_table(asked: Asked) -> tuple[Change, ...]:
    return (Change(Action.DROP, Thing.TABLE, table=asked.table, tolerant=asked.tolerant),)


def _rename_table(asked: Asked) -> tuple[Change, ...]:
    old, new = asked.qualified("old_table_name"), asked.qualified("new_table_name")
    return (Change(Action.RENAME, Thing.TABLE, table=old, name=old, new_name=new),)


def _add_column(asked: Asked) -> tuple[Change, ...]:
    value = asked.get("column")
    column = columns.column_of(asked.run, value) if value is not None else None
    told = column or Column("")
    constraints, indexes = tables.brought(asked.run, value, told, asked.table)
    return (
        Change(
            Action.CREATE,
            Thing.COLUMN,
            table=asked.table,
            name=told.name,
            columns=(told,) if column is not None else (),
            constraints=constraints,
            indexes=indexes,
            tolerant=asked.tolerant,
        ),
    )


def _drop_column(asked: Asked) -> tuple[Change, ...]:
    name = asked.name("column_name")
    return (Change(Action.DROP, Thing.COLUMN, table=asked.table, name=name, tolerant=asked.tolerant),)


def _alter_column(asked: Asked) -> tuple[Change, ...]:
    name, changes = asked.name("column_name"), []
    alterations = tuple(a for a in (_alteration(asked, *row) for row in _ALTERED) if a is not None)
    if alterations:
        changes.append(
            Change(Action.ALTER, Thing.COLUMN, table=asked.table, name=name, alterations=alterations)
        )
    if not asked.is_none("new_column_name"):
        new = asked.name("new_column_name")
        changes.append(Change(Action.RENAME, Thing.COLUMN, table=asked.table, name=name, new_name=new))
    return tuple(changes)


_ALTERED = (
    ("type", "type_", "existing_type"),
    ("nullable", "nullable", "existing_nullable"),
    ("server_default", "server_default", "existing_server_default"),
    ("comment", "comment", "existing_comment"),
    ("autoincrement", "autoincrement", "existing_autoincrement"),
)


def _alteration(asked: Asked, attribute: str, argument: str, existing: str) -> Alteration | None:
    value = asked.get(argument)
    if value is None or not _is_given(attribute, value):
        return None
    before = asked.get(existing)
    known = before is not None and (_is_given(attribute, before) or attribute == "comment")
    return Alteration(
        attribute,
        columns.attribute_text(asked.run, attribute, value),
        columns.attribute_text(asked.run, attribute, before) if known and before is not None else None,
    )


def _is_given(attribute: str, value: Value) -> bool:
    """Tell whether an argument says anything: False leaves a default or comment alone, None the others."""
    if not isinstance(value, Literal):
        return True
    return value.data is not False if attribute in {"server_default", "comment"} else value.data is not None


def _create_index(asked: Asked) -> tuple[Change, ...]:
    return (
        Change(
            Action.CREATE,
            Thing.INDEX,
            table=asked.table,
            name=asked.name("index_name"),
            columns=tables.named_columns(asked.run, asked.get("columns")),
            unique=asked.flag("unique"),
            unnamed=asked.is_none("index_name"),
            tolerant=asked.tolerant,
            concurrently=asked.flag("postgresql_concurrently"),
        ),
    )


def _drop_index(asked: Asked) -> tuple[Change, ...]:
    return (
        Change(
            Action.DROP,
            Thing.INDEX,
            table=asked.table,
            name=asked.name("index_name"),
            unnamed=asked.is_none("index_name"),
            tolerant=asked.tolerant,
            concurrently=asked.flag("postgresql_concurrently"),
        ),
    )


def _constraint(kind: str) -> Maker:
    def make(asked: Asked) -> tuple[Change, ...]:
        return (
            Change(
                Action.CREATE,
                Thing.CONSTRAINT,
                table=asked.table,
                name=asked.name("constraint_name"),
                kind=kind,
                columns=tables.named_columns(asked.run, asked.get("columns", "local_cols")),
                target=_target(asked) if kind == "foreign" else "",
                unnamed=asked.is_none("constraint_name"),
            ),
        )

    return make


def _target(asked: Asked) -> str:
    schema, name = asked.name("referent_schema"), asked.name("referent_table")
    return f"{schema}.{name}" if schema and name else name


_KINDS = {"foreignkey": "foreign", "primary": "primary", "unique": "unique", "check": "check"}


def _drop_constraint(asked: Asked) -> tuple[Change, ...]:
    return (
        Change(
            Action.DROP,
            Thing.CONSTRAINT,
            table=asked.table,
            name=asked.name("constraint_name"),
            kind=_KINDS.get(asked.name("type_"), ""),
            unnamed=asked.is_none("constraint_name"),
            tolerant=asked.tolerant,
        ),
    )


def _bulk_insert(asked: Asked) -> tuple[Change, ...]:
    table = asked.get("table")
    name = constructs.table_of(asked.run, table) if table is not None else ""
    return (Change(Action.WRITE, Thing.ROWS, table=name or "", kind="insert"),)


def _comment(asked: Asked) -> tuple[Change, ...]:
    value, before = asked.get("comment"), asked.get("existing_comment")
    after = columns.attribute_text(asked.run, "comment", value) if value is not None else "None"
    was = columns.attribute_text(asked.run, "comment", before) if before is not None else None
    return (
        Change(
            Action.ALTER,
            Thing.TABLE,
            table=asked.table,
            name=asked.table,
            alterations=(Alteration("comment", after, was),),
        ),
    )


_OPERATIONS: dict[str, Maker] = {
    "create_table": _create_table,
    "drop_table": _drop_table,
    "rename_table": _rename_table,
    "add_column": _add_column,
    "drop_column": _drop_column,
    "alter_column": _alter_column,
    "create_index": _create_index,
    "drop_index": _drop_index,
    "create_unique_constraint": _constraint("unique"),
    "create_foreign_key": _constraint("foreign"),
    "create_check_constraint": _constraint("check"),
    "create_primary_key": _constraint("primary"),
    "create_exclude_constraint": _constraint("exclude"),
    "drop_constraint": _drop_constraint,
    "bulk_insert": _bulk_insert,
    "create_table_comment": _comment,
    "drop_table_comment": _comment,
}
