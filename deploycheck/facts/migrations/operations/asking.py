"""The arguments of Alembic's operations, by name, in whichever way they are given.

Source: alembic/operations/ops.py (1.4 to 1.20), where a batch's operations leave the table's name out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.facts.migrations.operations import tables
from deploycheck.python.values import Literal, Value

if TYPE_CHECKING:
    from deploycheck.facts.migrations.operations.calls import Given
    from deploycheck.facts.migrations.operations.objects import Handle
    from deploycheck.facts.migrations.operations.running import Run

_TABLE = frozenset({"table_name", "source_table"})
SIGNATURES: dict[str, tuple[str, ...]] = {
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


def asked_of(run: Run, method: str, given: Given, batch: Handle | None) -> Asked:
    """Return the arguments of an operation by name; an older name of one counts."""
    names = SIGNATURES[method]
    if batch is not None:
        names = tuple(n for n in names if n not in _TABLE)
    values = dict(zip(names, given.positional, strict=False))
    for name, value in given.keywords.items():
        new = next((n for n in _OLD_NAMES.get(name, ()) if n in names and n not in values), name)
        values[new] = value
    return Asked(run, values, given.positional[len(names) :], batch.table if batch is not None else "")
