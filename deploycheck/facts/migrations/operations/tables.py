"""What a table is made of: its columns, and the constraints and indexes that come with them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from deploycheck.facts.migrations.operations import columns
from deploycheck.facts.migrations.operations.objects import Bound, Looked, Statement, made_name, tail
from deploycheck.facts.schema.model import Action, Change, Column, Thing
from deploycheck.python.values import Literal, Made, Reference, Text, Unknown, Value, peel

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from deploycheck.facts.migrations.operations.running import Run

_KINDS = {
    "ForeignKeyConstraint": "foreign",
    "PrimaryKeyConstraint": "primary",
    "UniqueConstraint": "unique",
    "CheckConstraint": "check",
    "ExcludeConstraint": "exclude",
}
_NAMING = frozenset({"conv", "quoted_name", "f", "_NONE_NAME"})


def plain_name(run: Run, value: Value) -> str:
    """Return a name without what marks it as one; empty where it is not known whole."""
    found = peel(value)
    if isinstance(found, Made) and tail(found.callee) in _NAMING and found.arguments:
        return plain_name(run, found.arguments[0])
    text = run.text(found)
    return "" if text is None or "{…}" in text else text


def named(run: Run, value: Value) -> str:
    """Return the name of something that takes its name first: `Sequence("s")`, `Index("i", …)`."""
    found = peel(value)
    if isinstance(found, Made):
        first = found.argument(0, "name")
        return plain_name(run, first) if first is not None else ""
    return plain_name(run, found)


def with_schema(run: Run, name: str, keywords: Mapping[str, Value]) -> str:
    """Return a table's name with the schema that the keywords give."""
    schema = plain_name(run, keywords["schema"]) if "schema" in keywords else ""
    return f"{schema}.{name}" if schema and name else name


def created(
    run: Run, arguments: Sequence[Value], keywords: Mapping[str, Value], *, tolerant: bool = False
) -> Change:
    """Return the change that creates a table of these arguments (`op.create_table`, `sa.Table`)."""
    first = arguments[0] if arguments else keywords.get("table_name", Unknown(""))
    table = with_schema(run, plain_name(run, first), keywords)
    found: list[Column] = []
    constraints: list[Change] = []
    indexes: list[Change] = []
    unread = False
    for item in map(peel, arguments[1:]):
        column = columns.column_of(run, item)
        if column is not None:
            found.append(column)
            brought_constraints, brought_indexes = brought(run, item, column, table)
            constraints += brought_constraints
            indexes += brought_indexes
        elif made_name(item) in _KINDS:
            constraints.append(_constraint(run, item, table))
        elif made_name(item) == "Index":
            indexes.append(index(run, item, table))
        else:
            unread = unread or isinstance(item, Unknown)
    return Change(
        Action.CREATE,
        Thing.TABLE,
        table=table,
        name=table,
        columns=_with_primary(tuple(found), constraints),
        constraints=tuple(constraints),
        indexes=tuple(indexes),
        tolerant=tolerant,
        reason="some of its columns are not known" if unread else "",
    )


def _with_primary(found: tuple[Column, ...], constraints: Sequence[Change]) -> tuple[Column, ...]:
    keys = {c.name for constraint in constraints if constraint.kind == "primary" for c in constraint.columns}
    return tuple(replace(c, primary_key=True) if c.name in keys else c for c in found)


def _constraint(run: Run, item: Value, table: str) -> Change:
    kind = _KINDS[made_name(item)]
    made = peel(item)
    if not isinstance(made, Made):
        return Change(Action.CREATE, Thing.CONSTRAINT, table=table, kind=kind, unnamed=True)
    name = made.argument(None, "name")
    listed: Value | None = made.arguments[0] if made.arguments else None
    if kind in {"primary", "unique"}:
        names = tuple(Column(n) for n in (column_name(run, a) for a in made.arguments) if n)
    else:
        names = named_columns(run, listed) if kind == "foreign" else ()
    target = ""
    if kind == "foreign":
        remote = run.items(made.argument(1, "refcolumns") or Unknown("")) or ()
        target = _target(run, remote[0]) if remote else ""
        name = name if name is not None else made.argument(2)
    return Change(
        Action.CREATE,
        Thing.CONSTRAINT,
        table=table,
        name=plain_name(run, name) if name is not None else "",
        kind=kind,
        columns=names,
        target=target,
        unnamed=_is_none(name),
    )


def _is_none(value: Value | None) -> bool:
    return value is None or (isinstance(value, Literal) and value.data is None)


def index(run: Run, item: Value, table: str) -> Change:
    """Return the change that creates `sa.Index("name", "column", …)`."""
    made = peel(item)
    if not isinstance(made, Made):
        return Change(Action.CREATE, Thing.INDEX, table=table)
    name = made.arguments[0] if made.arguments else made.argument(None, "name")
    unique = made.argument(None, "unique")
    return Change(
        Action.CREATE,
        Thing.INDEX,
        table=table,
        name=plain_name(run, name) if name is not None else "",
        columns=tuple(Column(n) for n in (column_name(run, a) for a in made.arguments[1:]) if n),
        unique=unique is not None and run.truth(unique) is True,
        unnamed=_is_none(name),
    )


def brought(
    run: Run, value: Value | None, column: Column, table: str
) -> tuple[tuple[Change, ...], tuple[Change, ...]]:
    """Return the constraints and indexes that a column brings along."""
    made = peel(value) if value is not None else None
    constraints: list[Change] = []
    for item in map(peel, made.arguments) if isinstance(made, Made) else ():
        if made_name(item) == "ForeignKey" and isinstance(item, Made):
            name = item.argument(None, "name")
            constraints.append(
                Change(
                    Action.CREATE,
                    Thing.CONSTRAINT,
                    table=table,
                    name=plain_name(run, name) if name is not None else "",
                    kind="foreign",
                    columns=(Column(column.name),),
                    target=_target(run, item.arguments[0]) if item.arguments else "",
                    unnamed=_is_none(name),
                )
            )
        elif made_name(item) == "CheckConstraint":
            constraints.append(_constraint(run, item, table))
    if column.unique and not column.index:
        constraints.append(
            Change(
                Action.CREATE,
                Thing.CONSTRAINT,
                table=table,
                kind="unique",
                columns=(Column(column.name),),
                unnamed=True,
            )
        )
    return tuple(constraints), _own_index(column, table)


def _own_index(column: Column, table: str) -> tuple[Change, ...]:
    """Return the index of `index=True`, named by SQLAlchemy's own convention."""
    if not column.index:
        return ()
    name = f"ix_{table.replace('.', '_')}_{column.name}" if table and column.name else ""
    return (
        Change(
            Action.CREATE,
            Thing.INDEX,
            table=table,
            name=name,
            columns=(Column(column.name),),
            unique=column.unique,
        ),
    )


def _target(run: Run, value: Value) -> str:
    """Return the table of `"schema.table.column"`."""
    return plain_name(run, value).rpartition(".")[0]


def named_columns(run: Run, value: Value | None) -> tuple[Column, ...]:
    """Return the columns that an index or constraint is over, those whose names are known."""
    listed = run.items(value) if value is not None and not isinstance(value, (Literal, Text)) else None
    if listed is None:
        listed = (value,) if isinstance(value, (Literal, Text)) else ()
    return tuple(Column(n) for n in (column_name(run, v) for v in listed) if n)


def column_name(run: Run, value: Value) -> str:
    """Return the name of a column: a text, `sa.column("a")`, `table.c.a`, or an expression over one."""
    found = peel(value)
    match found:
        case Made():
            if tail(found.callee) in {
                "column",
                "Column",
                "desc",
                "asc",
                "literal_column",
                "text",
                "nullslast",
            }:
                return column_name(run, found.arguments[0]) if found.arguments else ""
            return ""
        case Bound(name=name):
            return name
        case Reference() | Statement() | Looked():
            return ""
    return plain_name(run, found)
