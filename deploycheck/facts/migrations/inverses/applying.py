"""Does a function's operations to a schema, and notes what each of them does to what."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from deploycheck.facts.migrations.inverses.effects import Did, Effect
from deploycheck.facts.migrations.inverses.items import ON_TABLES, Item, attributes_of
from deploycheck.facts.migrations.inverses.troubles import Troubles
from deploycheck.facts.schema.model import Action, Change, Column, Thing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from deploycheck.facts.migrations.inverses.schema import Schema
    from deploycheck.facts.migrations.operations import Operation

_REPLACES = re.compile(r"\bor\s+(?:replace|alter)\b", re.IGNORECASE)
_REDEFINED = frozenset({Thing.VIEW, Thing.FUNCTION, Thing.TRIGGER, Thing.TYPE, Thing.POLICY})
"""Things that are made anew in place of one that stands."""
_NAMED_BY_OTHERS = frozenset({Thing.INDEX, Thing.CONSTRAINT})
"""Things whose names a database or a naming convention may give."""


class Applied:
    """One function, done to a schema.

    `strays` are operations that drop what is not known to stand. With `undoing`, what fails on the way is
    noted on the things that it is about.
    """

    def __init__(self, schema: Schema, dialect: str, *, undoing: bool = False) -> None:
        """Do things to `schema` as a backend does them."""
        self.schema = schema
        self.dialect = dialect
        self.undoing = undoing
        self.effects: list[Effect] = []
        self.strays: list[Operation] = []
        self._troubles = Troubles(schema, dialect)

    def run(self, operations: Iterable[Operation]) -> Applied:
        """Do all operations in order."""
        steps = {
            Action.CREATE: self._create,
            Action.DROP: self._drop,
            Action.RENAME: self._rename,
            Action.ALTER: self._alter,
        }
        for operation in operations:
            self._troubles.see(operation)
            step = steps.get(operation.change.action)
            if step is not None and operation.change.thing not in {Thing.COMMENT, Thing.ROWS}:
                step(operation)
        return self

    def of(self, item: Item) -> list[Effect]:
        """Return what was done to one thing."""
        return [effect for effect in self.effects if effect.item is item]

    def _note(self, did: Did, item: Item, operation: Operation, **more: str | None) -> None:
        self.effects.append(Effect(did, item, operation, **more))  # type: ignore[arg-type]

    def _owner(self, change: Change) -> Item | None:
        """Return the table around a thing, or the type around a value."""
        if change.thing not in ON_TABLES or not change.table:
            return None
        thing = Thing.TYPE if change.thing is Thing.TYPE_VALUE else Thing.TABLE
        found = self.schema.find(thing, change.table)
        gone = self.schema.gone(thing, change.table) if found is None and self.undoing else None
        return found or gone or self.schema.base(thing, change.table)

    # What is made

    def _create(self, operation: Operation) -> None:
        change = operation.change
        if change.thing is Thing.OTHER:
            self._other(operation)
            return
        owner = self._owner(change)
        name = _name_of(change)
        standing = self.schema.find(change.thing, name, owner, change.kind)
        if standing is None and self._stood_before(change, name, owner):
            standing = self.schema.base(change.thing, name, owner, change.kind)
        replaces = bool(_REPLACES.search(change.sql))
        dropped = self._troubles.unread or not change.tolerant
        if standing is not None and change.thing in _NAMED_BY_OTHERS and dropped:
            standing.leave()  # dropped before by a name that nobody could read: it could not be made else
        elif standing is not None:
            if change.thing in _REDEFINED and (replaces or not change.tolerant):
                before = standing.attributes.get("sql")
                standing.attributes["sql"] = change.sql
                self._note(Did.REMADE, standing, operation, before=before, after=change.sql)
            return
        self._note(Did.MADE, self._made(change, name, owner, operation), operation)
        if change.thing is Thing.TABLE and self.dialect == "postgresql":
            self._make_types(operation)

    def _stood_before(self, change: Change, name: str, owner: Item | None) -> bool:
        """Tell whether an earlier revision made a thing that this one has not yet touched."""
        if change.thing not in _REDEFINED:
            return False
        table = owner.was or "" if owner is not None else ""
        touched = any(i.thing is change.thing and name in {i.was, i.name} for i in self.schema.items)
        return not touched and self.schema.history.knows(change.thing, name, table)

    def _made(self, change: Change, name: str, owner: Item | None, operation: Operation) -> Item:
        item = self.schema.add(
            Item(
                change.thing,
                name,
                owner,
                kind=change.kind,
                over=tuple(c.name for c in change.columns),
                target=change.target,
                values=change.columns[0].values if change.columns else (),
                tentative=bool(_REPLACES.search(change.sql)),
                source=operation.text,
                unread=not name and not change.unnamed,
                attributes={"sql": change.sql} if change.thing in _REDEFINED else {},
            )
        )
        if change.thing is Thing.COLUMN and change.columns:
            self._column_comes(item, change.columns[0], owner)
            if self.undoing:
                self._troubles.of_a_column(item, change.columns[0])
        elif change.thing is Thing.TABLE:
            for column in change.columns:
                child = self.schema.add(Item(Thing.COLUMN, column.name, item))
                self._column_comes(child, column, item)
        if change.kind == "primary":
            self._refuse_nulls(owner, item.over)
        for part in (*change.constraints, *change.indexes):
            over = tuple(c.name for c in part.columns)
            around = item if change.thing is Thing.TABLE else owner
            self.schema.add(
                Item(part.thing, part.name, around, kind=part.kind, over=over, target=part.target)
            )
            if part.kind == "primary":
                self._refuse_nulls(around, over)
        return item

    def _refuse_nulls(self, table: Item | None, names: tuple[str, ...]) -> None:
        """Note that columns of a primary key are NOT NULL, whatever they say themselves."""
        for item in self.schema.items:
            if item.thing is Thing.COLUMN and item.owner is table and item.present and item.name in names:
                item.attributes["nullable"] = "False"

    def _column_comes(self, item: Item, column: Column, table: Item | None) -> None:
        """Note what a column says of itself, and what it brings along without a name."""
        item.attributes = attributes_of(column)
        item.kind = column.enum
        over = (column.name,)
        if column.index:
            self.schema.add(Item(Thing.INDEX, "", table, over=over))
        elif column.unique:
            self.schema.add(Item(Thing.CONSTRAINT, "", table, kind="unique", over=over))
        if column.references:
            self.schema.add(
                Item(Thing.CONSTRAINT, "", table, kind="foreign", over=over, target=column.references)
            )

    def _make_types(self, operation: Operation) -> None:
        """Make the enum types of a new table: on PostgreSQL they come with it, and stay when it goes."""
        for column in operation.change.columns:
            name = column.enum
            if not name or self.schema.history.knows(Thing.TYPE, name):
                continue
            if self.schema.find(Thing.TYPE, name) is None:
                item = self.schema.add(Item(Thing.TYPE, name, values=column.values or (name,)))
                self._note(Did.MADE, item, operation)

    # What goes

    def _drop(self, operation: Operation) -> None:
        change = operation.change
        if change.thing is Thing.OTHER:
            self._other(operation)
            return
        owner = self._owner(change)
        item = self._meant(operation, owner)
        if self.undoing:
            self._troubles.of_a_drop(operation, item, owner)
        if item is None:
            if self.undoing:
                self.strays.append(operation)
                return
            item = self._unknown(change, owner)
        self._take(item, operation)
        self._note(Did.DROPPED, item, operation)

    def _unknown(self, change: Change, owner: Item | None) -> Item:
        item = self.schema.base(change.thing, _name_of(change), owner, change.kind)
        item.tentative = change.tolerant and not self.schema.history.knows(
            change.thing, item.name, owner.was or "" if owner is not None else ""
        )
        return item

    def _meant(self, operation: Operation, owner: Item | None) -> Item | None:
        """Return the standing thing that a DROP means, if it is known."""
        change = operation.change
        name = _name_of(change)
        if change.unnamed:
            return None
        found = self.schema.find(change.thing, name, owner, change.kind)
        if found is None and change.thing in {Thing.INDEX, Thing.CONSTRAINT}:
            found = self._by_the_other_name(change, name, owner)
            found = found or self.schema.nameless(change.thing, name, owner, change.kind)
        return found

    def _by_the_other_name(self, change: Change, name: str, owner: Item | None) -> Item | None:
        """Return a unique constraint that is dropped as an index: only MySQL takes one for the other."""
        if not self.dialect.startswith(("mysql", "mariadb")):
            return None
        other = Thing.CONSTRAINT if change.thing is Thing.INDEX else Thing.INDEX
        return self.schema.find(other, name, owner)

    def _take(self, item: Item, operation: Operation) -> None:
        """Take a thing away with all that goes along."""
        item.leave()
        for child in list(self.schema.on(item)):
            child.leave(item)
        for part in self.schema.items if item.thing is Thing.TABLE else ():
            if part.present and part.kind == "partition" and part.target == item.name:
                self._take(part, operation)
        if item.thing is Thing.COLUMN and item.owner is not None:
            for other in list(self.schema.on(item.owner)):
                if other.thing in {Thing.INDEX, Thing.CONSTRAINT} and self._hangs_on(other, item):
                    other.leave(item)
        if operation.change.cascade:
            self._cascade(item)

    def _hangs_on(self, other: Item, column: Item) -> bool:
        """Tell whether an index or constraint goes with a column."""
        if other.over and self.dialect.startswith(("mysql", "mariadb")):
            standing = {i.name for i in self.schema.on(other.owner or column) if i.thing is Thing.COLUMN}
            return not standing & set(other.over) and set(other.over) <= {
                column.name,
                *self._gone_columns(other),
            }
        if column.name in other.over:
            return True
        return not other.over and bool(re.search(rf"\b{re.escape(column.name)}\b", other.source))

    def _gone_columns(self, other: Item) -> set[str]:
        return {
            i.name
            for i in self.schema.items
            if i.owner is other.owner and i.thing is Thing.COLUMN and not i.present
        }

    def _cascade(self, item: Item) -> None:
        """Take what a CASCADE takes: references, views, the triggers of a function, a schema's things."""
        for other in self.schema.items:
            refers = other.thing is Thing.CONSTRAINT and other.target == item.name
            if other.present and (
                (item.thing is Thing.TABLE and (refers or other.thing is Thing.VIEW))
                or (item.thing is Thing.FUNCTION and other.thing is Thing.TRIGGER)
                or (item.thing is Thing.VIEW and other.thing is Thing.VIEW)
                or (item.thing is Thing.SCHEMA and other.name.startswith(f"{item.name}."))
            ):
                other.leave(item)

    # What changes

    def _rename(self, operation: Operation) -> None:
        change = operation.change
        owner = self._owner(change)
        item = self._meant(operation, owner)
        if item is None and self.undoing:
            self.strays.append(operation)
            return
        item = item or self.schema.base(change.thing, _name_of(change), owner, change.kind)
        item.name = _renamed(item.name, change.new_name) or item.name
        self._note(Did.RENAMED, item, operation)
        self._attributes(item, operation)

    def _alter(self, operation: Operation) -> None:
        change = operation.change
        if change.thing is not Thing.COLUMN:
            self._other(operation)
            return
        owner = self._owner(change)
        self._attributes(self.schema.existing(Thing.COLUMN, change.name, owner), operation)

    def _attributes(self, item: Item, operation: Operation) -> None:
        for alteration in operation.change.alterations:
            name = alteration.attribute
            if name == "comment":
                continue
            known = item.attributes.get(name)
            before = known if known is not None else alteration.before
            item.attributes[name] = alteration.after
            self._note(Did.ALTERED, item, operation, attribute=name, before=before, after=alteration.after)

    def _other(self, operation: Operation) -> None:
        change = operation.change
        # Not put into the schema: it says nothing of whether the thing stands.
        item = Item(Thing.OTHER, _name_of(change) or change.table, was="", kind=str(change.thing))
        self._note(Did.OTHER, item, operation)


def _name_of(change: Change) -> str:
    if change.thing is Thing.TABLE:
        return change.table or change.name
    if change.thing is Thing.COLUMN and not change.name and change.columns:
        return change.columns[0].name
    return change.name


def _renamed(old: str, new: str) -> str:
    """Return the new name of a thing; a table stays in its schema."""
    schema, dot, _ = old.rpartition(".")
    return f"{schema}{dot}{new}" if new and "." not in new else new
