"""Columns that are added to tables with rows, and that these rows cannot fill."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from deploycheck.facts.schema.model import Action, Thing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.facts.migrations.operations import Body, Operation
    from deploycheck.facts.schema.model import Change

_PART = re.compile(r"\bwhere\b", re.IGNORECASE)


def unfilled(body: Body) -> Iterator[Operation]:
    """Yield the operations that add a NOT NULL column without a value to a table that may have rows."""
    fresh: set[str] = set()
    for operation in body.operations:
        change = operation.change
        if _adds_unfilled(change) and change.table not in fresh:
            yield operation
        elif operation.certain:
            _follow(change, fresh)


def _follow(change: Change, fresh: set[str]) -> None:
    """Keep track of the tables that certainly have no rows."""
    if change.thing is Thing.TABLE and change.action is Action.CREATE and not _keeps(change):
        fresh.add(change.table)
    elif change.thing is Thing.TABLE and change.action is Action.RENAME:
        if change.table in fresh:
            fresh.add(change.new_name)
    elif (
        change.thing is Thing.ROWS and change.kind in {"delete", "truncate"} and not _PART.search(change.sql)
    ):
        if change.sql or change.kind == "truncate":
            fresh.add(change.table)
    elif change.thing is Thing.ROWS and change.kind == "insert":
        fresh.discard(change.table)


def _keeps(change: Change) -> bool:
    """Tell whether a CREATE TABLE may leave a table as it is: IF NOT EXISTS in SQL."""
    return change.tolerant and bool(change.sql)


def _adds_unfilled(change: Change) -> bool:
    if change.action is not Action.CREATE or change.thing is not Thing.COLUMN or not change.columns:
        return False
    column = change.columns[0]
    return column.nullable is False and column.server_default is None and not column.generated
