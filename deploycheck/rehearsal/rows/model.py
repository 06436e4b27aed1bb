"""What is known of a table that is to get a row, and of the rows that stand in tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Values = Mapping[str, object]
"""A row by column, as JSON has it: numbers as `Decimal`, what JSON has no form for as text."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column that a row may give a value to.

    `candidates` are SQL expressions of its type, the best first; NULL is not among them. Empty where no value
    of the type is known.
    """

    name: str
    candidates: tuple[str, ...]
    nullable: bool = True


@dataclass(frozen=True, slots=True)
class Check:
    """A condition that a row must not fail, in SQL, with the columns that it speaks of."""

    sql: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A foreign key. `table` is the parent as `Table.name`, `referred` its columns, pairwise."""

    columns: tuple[str, ...]
    table: str
    referred: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table that is to get a row.

    `name` is as people write it, `sql` as SQL does. Columns that the database fills in itself (generated
    ones) are left out. `overriding` stands between the columns and VALUES of an INSERT. `problem` is why no
    row can be made at all.
    """

    name: str
    sql: str
    columns: tuple[Column, ...]
    checks: tuple[Check, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    overriding: str = ""
    problem: str = ""

    def column(self, name: str) -> Column | None:
        """Return one of its columns by name."""
        return next((c for c in self.columns if c.name == name), None)


@dataclass(frozen=True, slots=True)
class Kept:
    """The rows of one table. `key` are the columns of its primary key; `sql` is its name in SQL.

    `token` stays the same as long as the rows and their columns do; empty where nothing tells that cheaply.
    `whole` is False where there were too many rows to read. `number` is the table's own, whatever its name
    is; 0 where it has none.
    """

    sql: str
    key: tuple[str, ...] = ()
    rows: tuple[Values, ...] = ()
    whole: bool = True
    token: str = ""
    number: int = 0


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of every table but Alembic's own.

    `ours` are the rows that we put there, as they were then, by table. `empty` are the
    tables for which none could be made, with the reason.
    """

    tables: Mapping[str, Kept] = field(default_factory=dict)
    ours: Mapping[str, Values] = field(default_factory=dict)
    empty: Mapping[str, str] = field(default_factory=dict)
