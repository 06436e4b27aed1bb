"""Which tables there are after revisions have run, by what their upgrades do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.facts.schema.model import Action, Thing

if TYPE_CHECKING:
    from deploycheck.facts.migrations.coverage import RevisionCoverage
    from deploycheck.facts.migrations.operations import Operation

_NO_TABLES = frozenset({"temporary"})


@dataclass(frozen=True, slots=True)
class Resulting:
    """The tables, each with the operation that made it, and whether that is all certain.

    `doubtful` tells that something in the revisions could not be read, so that a table may be gone again.
    """

    tables: dict[str, Operation]
    doubtful: bool


def resulting_tables(revisions: Iterable[RevisionCoverage]) -> Resulting:
    """Return the tables after some revisions, parents first. Names are as in `Change`."""
    tables: dict[str, Operation] = {}
    doubtful = False
    for one in revisions:
        doubtful = doubtful or not one.upgrade.defined or one.upgrade.raises is not None
        for operation in one.upgrade.operations:
            doubtful = _apply(operation, tables) or doubtful
    return Resulting(tables, doubtful)


def _apply(operation: Operation, tables: dict[str, Operation]) -> bool:
    """Do one operation to the tables, and tell whether it may have done something else."""
    change = operation.change
    if change.action is Action.UNKNOWN:
        return True
    if change.thing is Thing.SCHEMA and change.action is not Action.CREATE:
        for name in [t for t in tables if t.startswith(f"{change.name}.")]:
            del tables[name]
        return change.action is not Action.DROP
    if change.thing is not Thing.TABLE or change.kind in _NO_TABLES:
        return False
    if change.action is Action.CREATE:
        tables[change.table] = operation
    elif change.action in {Action.DROP, Action.RENAME}:
        made = tables.pop(change.table, None)
        if change.action is Action.RENAME and change.new_name:
            tables[change.new_name] = made or operation
        return made is None
    return not change.table
