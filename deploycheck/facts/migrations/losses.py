"""What an upgrade takes away for good: tables and columns with their rows, rows deleted or rewritten."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.facts.migrations.inverses import Verdict
from deploycheck.facts.schema.model import Action, Thing

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from deploycheck.facts.migrations.coverage import RevisionCoverage
    from deploycheck.facts.migrations.operations import Operation

_SET = re.compile(r"\bset\s+(.*?)(?:\bwhere\b|\bfrom\b|$)", re.IGNORECASE | re.DOTALL)
_VALUES = re.compile(r"\.values\(([^()]*)\)")
_ASSIGNED = re.compile(r"(?:^|,)\s*(?:\w+\.)?[\"`]?(\w+)[\"`]?\s*=(?!=)")
_REMOVING = frozenset({"delete", "truncate"})


@dataclass(frozen=True, slots=True)
class Loss:
    """One thing that is lost: `what` for people ("the rows of table user"), and the operation that does it.

    `copied` where an earlier step reads it to write it elsewhere: what the copy leaves out is lost.
    """

    what: str
    operation: Operation
    copied: bool = False


def losses(revision: RevisionCoverage) -> tuple[Loss, ...]:
    """Return what a revision's upgrade loses of what stood before, unless its downgrade writes it back.

    A table that is rebuilt under its old name with its rows copied over is not lost. Filling a new column, or
    one where it is NULL, loses nothing.
    """
    found = []
    back = [o for o in revision.downgrade.operations if o.change.action is Action.WRITE]
    net = {i.operation for i in revision.comparison.inverses if i.verdict is not Verdict.NONE}
    operations = revision.upgrade.operations
    for index, operation in enumerate(operations):
        change = operation.change
        before = operations[:index]
        if change.action is Action.DROP and operation in net and not _is_rebuilt(operation, operations):
            loss = _dropped(operation, before)
        elif change.action is Action.WRITE and _takes_rows(operation, operations):
            verb = "deleted from" if change.kind in _REMOVING else "rewritten in"
            loss = Loss(f"rows {verb} {change.table or 'a table'}", operation)
        else:
            loss = None
        if loss is not None and not any(_restores(o, operation) for o in back):
            found.append(loss)
    return tuple(found)


def _dropped(operation: Operation, before: Sequence[Operation]) -> Loss | None:
    change = operation.change
    if change.thing is Thing.TABLE:
        name = change.table or change.name
        copied = any(_mentions(o, name) and o.change.table != name for o in before)
        return Loss(f"the rows of {name or 'a table'}", operation, copied)
    if change.thing is Thing.COLUMN:
        copied = any(_mentions(o, change.name) for o in before)
        return Loss(f"the values of {change.table}.{change.name}", operation, copied)
    return None


def _mentions(operation: Operation, name: str) -> bool:
    """Tell whether a write reads or names something."""
    if operation.change.action is not Action.WRITE or operation.change.kind in _REMOVING or not name:
        return False
    bare = name.rpartition(".")[2]
    return re.search(rf"\b{re.escape(bare)}\b", f"{operation.change.sql}\n{operation.text}") is not None


def _is_rebuilt(drop: Operation, operations: Iterable[Operation]) -> bool:
    """Tell whether another table takes the name of a dropped one, as SQLite needs it to change a table."""
    name = drop.change.table or drop.change.name
    return drop.change.thing is Thing.TABLE and any(
        o.change.action is Action.RENAME and o.change.thing is Thing.TABLE and o.change.new_name == name
        for o in operations
    )


def _takes_rows(operation: Operation, operations: Sequence[Operation]) -> bool:
    """Tell whether a write changes values of before."""
    change = operation.change
    if change.kind not in {*_REMOVING, "update"} or change.table in {"", "alembic_version"}:
        return False
    made = [o.change for o in operations if o.change.action is Action.CREATE]
    if any(c.thing is Thing.TABLE and c.table == change.table for c in made):
        return False
    if change.kind in _REMOVING:
        return True
    new = {c.name for c in made if c.thing is Thing.COLUMN and c.table == change.table}
    written = _written(operation)
    if not written:
        return not new
    return any(name not in new and not _only_where_null(operation, name) for name in written)


def _written(operation: Operation) -> set[str]:
    """Return the columns that an UPDATE sets, as far as its SQL or its Python tells."""
    given = {c.name for c in operation.change.columns}
    match = _SET.search(operation.change.sql)
    values = _VALUES.search(operation.text)
    said = set(_ASSIGNED.findall(match[1])) if match else set()
    return given or said or (set(_ASSIGNED.findall(values[1])) if values else set())


def _only_where_null(operation: Operation, column: str) -> bool:
    """Tell whether an UPDATE reaches only rows in which a column is NULL."""
    sql, name = operation.change.sql, re.escape(column)
    where = re.search(rf"\bwhere\b.*?\b{name}\b[\"`]?\s+is\s+null", sql, re.IGNORECASE | re.DOTALL)
    if where is None:
        return (
            re.search(rf"\.where\(\s*[\w.]*\b{name}(?:\.is_\(None\)| == None)\s*\)", operation.text)
            is not None
        )
    return not re.search(r"\bor\b", sql[where.start() :], re.IGNORECASE)


def _restores(written: Operation, lost: Operation) -> bool:
    """Tell whether a write of downgrade may bring something back: it writes to the same table."""
    table = lost.change.table or lost.change.name
    if not written.change.table or written.change.table != table:
        return False
    return lost.change.thing is not Thing.COLUMN or _mentions(written, lost.change.name)
