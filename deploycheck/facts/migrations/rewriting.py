"""Patches for downgrades: the statements that drop what upgrade() makes, put where they belong."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.facts.schema.model import Action, Thing
from deploycheck.findings import Edit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from deploycheck.facts.migrations.coverage import RevisionCoverage
    from deploycheck.facts.migrations.inverses.items import Item
    from deploycheck.python.modules import Module

_TYPES = {"foreign": "foreignkey", "unique": "unique", "check": "check", "primary": "primary"}
_FIRST = frozenset({Thing.INDEX, Thing.CONSTRAINT, Thing.VIEW})
"""What must go before the tables and columns that it stands on."""


def with_drops(revision: RevisionCoverage, items: Iterable[Item], dialect: str) -> tuple[Edit, ...]:
    """Return edits by which downgrade() drops things that upgrade() makes; none where that is not plain.

    `items` are in the order of making. Indexes and constraints are dropped before all else that
    downgrade() does, tables and columns after it, so that nothing is dropped from under something else.
    """
    function = revision.revision.downgrade
    given = list(items)
    if function is None or isinstance(function.node, ast.Lambda) or not _is_plain(revision, given):
        return ()
    module = function.scope.module
    name = _op(module)
    if not name or module is not revision.revision.module:
        return ()
    writer = _Writer(name, sqlite=dialect == "sqlite")
    first = [line for i in reversed(given) if i.thing in _FIRST for line in writer.drop(i)]
    last = [line for i in reversed(given) if i.thing not in _FIRST for line in writer.drop(i)]
    return _inserted(module.path, function.node.body, function.node.lineno, first, last)


def _is_plain(revision: RevisionCoverage, items: list[Item]) -> bool:
    """Tell whether names can be written out as they are: known, and not changed on the way."""
    operations = (*revision.upgrade.operations, *revision.downgrade.operations)
    renames = any(o.change.action in {Action.RENAME, Action.UNKNOWN} for o in operations)
    names = [n for i in items for n in (i.name, i.owner.name if i.owner is not None else "-")]
    odd = any(not n or not n.isprintable() or set("{}\"'\\") & set(n) for n in names)
    return bool(items) and not renames and not odd and all(o.certain for o in operations)


def _op(module: Module) -> str:
    """Return what a module calls `alembic.op`."""
    for node in module.tree.body:
        if isinstance(node, ast.ImportFrom) and node.module == "alembic" and not node.level:
            for alias in node.names:
                if alias.name == "op":
                    return alias.asname or alias.name
    return ""


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes Alembic's own calls; on SQLite by way of a batch, which copies the table."""

    op: str
    sqlite: bool

    def drop(self, item: Item) -> list[str]:
        """Return the lines that drop one thing; none for what has no plain statement."""
        match item.thing:
            case Thing.TABLE:
                return [f"{self.op}.drop_table({_named(item.name)})"]
            case Thing.COLUMN:
                return self._altering(item, "drop_column", "")
            case Thing.CONSTRAINT:
                kind = _TYPES.get(item.kind, "")
                return self._altering(item, "drop_constraint", f', type_="{kind}"' if kind else "")
            case Thing.INDEX:
                return [f'{self.op}.drop_index("{item.name}"{_table_name(item)})']
            case Thing.TYPE | Thing.VIEW:
                return [f'{self.op}.execute("DROP {item.thing.upper()} {item.name}")']
        return []

    def _altering(self, item: Item, call: str, more: str) -> list[str]:
        table, schema = _split(item.owner.name if item.owner is not None else "")
        if not table:
            return []
        if self.sqlite:
            opened = f'with {self.op}.batch_alter_table("{table}"{schema}) as batch_op:'
            return [opened, f'    batch_op.{call}("{item.name}"{more})']
        names = (item.name, table) if call == "drop_constraint" else (table, item.name)
        return [f'{self.op}.{call}("{names[0]}", "{names[1]}"{more}{schema})']


def _table_name(item: Item) -> str:
    table, schema = _split(item.owner.name if item.owner is not None else "")
    return f', table_name="{table}"{schema}' if table else ""


def _named(name: str) -> str:
    table, schema = _split(name)
    return f'"{table}"{schema}'


def _split(name: str) -> tuple[str, str]:
    schema, _, table = name.rpartition(".")
    return table, f', schema="{schema}"' if schema else ""


def _inserted(
    path: str, body: list[ast.stmt], line: int, first: list[str], last: list[str]
) -> tuple[Edit, ...]:
    """Put lines at both ends of a function's body; in place of it where it does nothing."""
    if not first and not last:
        return ()
    told = body[1:] if _is_docstring(body[0]) else body
    if body[0].lineno <= line or any(isinstance(n, ast.Return) for s in told for n in ast.walk(s)):
        return ()
    indent = " " * body[0].col_offset
    empty = all(isinstance(s, ast.Pass) or _is_constant(s) for s in told)
    if empty:
        text = "".join(f"{indent}{line}\n" for line in (*first, *last))
        start = told[0].lineno if told else (body[0].end_lineno or 0) + 1
        return (Edit(path, start, told[-1].end_lineno or 0 if told else start - 1, text),)
    before, after = told[0].lineno, (told[-1].end_lineno or 0) + 1
    edits = []
    if first:
        edits.append(Edit(path, before, before - 1, "".join(f"{indent}{line}\n" for line in first)))
    if last:
        edits.append(Edit(path, after, after - 1, "".join(f"{indent}{line}\n" for line in last)))
    return tuple(edits)


def _is_constant(statement: ast.stmt) -> bool:
    """Tell whether a statement is a text or `...`."""
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _is_docstring(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )
