"""Where a downgrade fails on its way: what the database refuses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from deploycheck.facts.schema.model import Action, Thing

if TYPE_CHECKING:
    from deploycheck.facts.migrations.inverses.items import Item
    from deploycheck.facts.migrations.inverses.schema import Schema
    from deploycheck.facts.migrations.operations import Operation
    from deploycheck.facts.schema.model import Column

_ALONE = re.compile(r"op\.drop_constraint\([^,()=]*,?\s*\)")
"""A constraint's name with no table beside it."""
_FORGIVING = ("mysql", "mariadb")
"""Backends that give a new NOT NULL column a value of their own."""


class Troubles:
    """Notes, on the thing that it is about, why a step of a downgrade fails.

    `unread` once a step may have dropped a constraint, but could not be read.
    """

    def __init__(self, schema: Schema, dialect: str) -> None:
        """Judge by what stands in `schema` at each step."""
        self.schema = schema
        self.dialect = dialect
        self.unread = False

    def see(self, operation: Operation) -> None:
        """Remember a step that may have dropped references, but could not be read."""
        change = operation.change
        constraint = change.action is Action.DROP and change.thing is Thing.CONSTRAINT
        open_name = constraint and not change.unnamed and (not change.name or "{" in change.name)
        self.unread |= change.action is Action.UNKNOWN or open_name

    def of_a_column(self, item: Item, column: Column) -> None:
        """Note a NOT NULL column that rows have no value for."""
        refuses = item.attributes.get("nullable") == "False" and not column.generated
        stood_before = item.owner is not None and item.owner.was is not None
        if self.dialect.startswith(_FORGIVING) or not stood_before:
            return
        if refuses and column.server_default is None and not column.primary_key:
            item.trouble = f"{item} is added again as NOT NULL with no server default, which fails on rows"

    def of_a_drop(self, operation: Operation, item: Item | None, owner: Item | None) -> None:
        """Note a DROP that the database refuses, given the standing thing that it means, if any."""
        change = operation.change
        if change.unnamed:
            self._unnamed(operation, owner)
        elif item is None and _ALONE.fullmatch(operation.text):
            self._without_a_table(operation)
        elif item is None and not change.tolerant and operation.certain:
            self._already_gone(operation, owner)
        elif item is not None and not change.cascade and operation.certain:
            self._still_needed(item)

    def _unnamed(self, operation: Operation, owner: Item | None) -> None:
        """Blame the first standing constraint of that kind: Alembic cannot drop one without its name."""
        kind = operation.change.kind
        if kind == "primary":  # a naming convention can name a primary key by its table alone
            return
        for item in self.schema.on(owner) if owner is not None else ():
            if item.thing is operation.change.thing and (not kind or item.kind == kind) and not item.trouble:
                item.trouble = f"{item} is dropped without a name (None), which fails"
                return

    def _without_a_table(self, operation: Operation) -> None:
        """Blame what is named: Alembic's drop_constraint() needs the table beside the name."""
        for item in self.schema.items:
            if item.present and item.thing is Thing.CONSTRAINT and item.name == operation.change.name:
                item.trouble = f"{item} is dropped without naming its table, which fails"

    def _already_gone(self, operation: Operation, owner: Item | None) -> None:
        change = operation.change
        name = change.table if change.thing is Thing.TABLE else change.name
        item = self.schema.gone(change.thing, name, owner)
        if item is None or item.trouble or item.was is not None:
            return
        with_a_column = item.gone_with is not None and item.gone_with.thing is Thing.COLUMN
        if with_a_column and self.dialect == "sqlite":  # a batch does all of its steps at once
            return
        with_what = f" with {item.gone_with}" if item.gone_with is not None else ""
        item.trouble = f"{item} is dropped when it is already gone{with_what}, which fails"

    def _still_needed(self, item: Item) -> None:
        if item.thing is Thing.TABLE and self.dialect != "sqlite" and not self.unread:
            users = self._referring(item)
            if users:
                item.trouble = f"{item} is dropped while {users[0].owner} still refers to it, which fails"
        elif item.thing is Thing.TYPE:
            column = next((i for i in self.schema.items if i.present and _is_of(i, item.name)), None)
            if column is not None:
                item.trouble = f"{item} is dropped while {column} still has it, which fails"

    def _referring(self, table: Item) -> list[Item]:
        return [
            i
            for i in self.schema.items
            if i.present
            and i.thing is Thing.CONSTRAINT
            and i.target == table.name
            and i.owner is not None
            and i.owner is not table
            and i.owner.present
        ]


def _is_of(item: Item, type_name: str) -> bool:
    """Tell whether a column has an enum type; its `kind` is the type that it was declared with."""
    return item.thing is Thing.COLUMN and item.kind == type_name
