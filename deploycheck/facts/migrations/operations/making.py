"""Which change each of Alembic's operations asks for."""

from __future__ import annotations

from collections.abc import Callable

from deploycheck.facts.migrations.operations import columns, constructs, tables
from deploycheck.facts.migrations.operations.asking import Asked
from deploycheck.facts.schema.model import Action, Alteration, Change, Column, Thing
from deploycheck.python.values import Literal, Unknown, Value

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


OPERATIONS: dict[str, Maker] = {
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
