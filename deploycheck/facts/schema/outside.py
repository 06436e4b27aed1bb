"""Statements in the app's own code that change the schema, and how production gets to them."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.facts.schema.model import Action, Change, Thing
from deploycheck.facts.schema.moments import Moment, Moments, Reach
from deploycheck.facts.schema.origins import is_elsewhere
from deploycheck.facts.schema.sql import read_sql
from deploycheck.facts.schema.texts import DDL, sql_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from deploycheck.facts.deployments import Deployment
    from deploycheck.python.program import Call
    from deploycheck.sources.tree import Tree

EXECUTES = (
    *("execute", "executescript", "exec_driver_sql", "executemany", "execute_sql", "execute_script"),
    *("scalar", "fetch", "fetchval", "fetchrow"),
)
_CHANGING = frozenset({Action.CREATE, Action.DROP, Action.ALTER, Action.RENAME})
_SCHEMA = frozenset(
    {
        *(Thing.TABLE, Thing.COLUMN, Thing.INDEX, Thing.CONSTRAINT, Thing.TYPE, Thing.TYPE_VALUE),
        *(Thing.VIEW, Thing.FUNCTION, Thing.TRIGGER, Thing.SEQUENCE, Thing.POLICY),
    }
)
# What a job switches off and on around its own work, and partitions, which come and go with the data.
_PASSING = frozenset({"enabled", "partition", "storage", "owner"})


@dataclass(frozen=True, slots=True, eq=False)
class SchemaCall:
    """A call that runs SQL which changes the schema of the app's database."""

    call: Call
    changes: tuple[Change, ...]
    reach: Reach


def schema_calls(deployment: Deployment, moments: Moments, tree: Tree) -> tuple[SchemaCall, ...]:
    """Return the calls by which production changes the schema with SQL of its own, in order of places.

    Left out: temporary tables, partitions, other databases (a warehouse, a cache), what only makes room for
    the tables (extensions, schemas, roles), and tables that a request names while it runs.
    """
    paths = moments.paths()
    if not any(_may_tell(m.text) for m in map(deployment.program.module_at, paths) if m is not None):
        return ()
    read = [
        (call, _changes(call, tree, _dialect(deployment)))
        for call in deployment.program.method_calls(*EXECUTES, within=paths)
    ]
    temporary = {
        (call.module.path, c.table)
        for call, changes in read
        for c in changes
        if c.kind == "temporary" and c.table
    }
    found = []
    for call, all_changes in read:
        path = call.module.path
        changes = tuple(c for c in all_changes if is_schema_change(c) and (path, c.table) not in temporary)
        reach = moments.of(call) if changes else None
        if reach is None or _is_elsewhere(deployment, call):
            continue
        lasting = tuple(_lasting(changes, reach))
        if lasting:
            found.append(SchemaCall(call, lasting, reach))
    return tuple(found)


def _may_tell(text: str) -> bool:
    return ".sql" in text or DDL.search(text) is not None


def _is_elsewhere(deployment: Deployment, call: Call) -> bool:
    func = call.node.func
    return isinstance(func, ast.Attribute) and is_elsewhere(deployment, func.value, call.scope)


def _dialect(deployment: Deployment) -> str:
    backends = deployment.selection.now.backends
    return next(iter(backends)) if len(backends) == 1 else ""


def _changes(call: Call, tree: Tree, dialect: str) -> tuple[Change, ...]:
    texts = (text for text in sql_of(call, tree) if DDL.search(text))
    changes = (change for text in texts for change in read_sql(text, dialect))
    return tuple(dict.fromkeys(changes))


def is_schema_change(change: Change) -> bool:
    """Tell whether a change belongs into a migration: it lasts, and is of the schema itself."""
    if change.action not in _CHANGING or change.thing not in _SCHEMA or change.kind == "partition":
        return False
    return not change.alterations or any(a.attribute not in _PASSING for a in change.alterations)


def _lasting(changes: Iterable[Change], reach: Reach) -> Iterator[Change]:
    """Leave out what a request does to a table that only it knows."""
    for change in changes:
        known = change.table or change.name
        if known or reach.moment is not Moment.REQUEST:
            yield change
