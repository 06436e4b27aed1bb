"""A schema as a revision finds it and leaves it: what is not known of it is taken as it is spoken of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploycheck.facts.migrations.inverses.history import History
from deploycheck.facts.migrations.inverses.items import Item
from deploycheck.facts.schema.model import Thing

if TYPE_CHECKING:
    from collections.abc import Iterator

IN_A_SCHEMA = frozenset({Thing.INDEX, Thing.TRIGGER, Thing.POLICY})
"""Things on a table whose statements may leave the table out."""


class Schema:
    """The things that one revision touches, in the order in which it first speaks of them."""

    def __init__(self, history: History | None = None) -> None:
        """Start from what earlier revisions left."""
        self.history = history or History()
        self.items: list[Item] = []

    def add(self, item: Item) -> Item:
        """Put a thing in, and return it."""
        self.items.append(item)
        return item

    def table(self, name: str) -> Item:
        """Return the table of that name; one that nobody spoke of yet stood before."""
        return self.existing(Thing.TABLE, name)

    def existing(self, thing: Thing, name: str, owner: Item | None = None, kind: str = "") -> Item:
        """Return a thing that stands; one that nobody spoke of yet stood before."""
        return self.find(thing, name, owner, kind) or self.base(thing, name, owner, kind)

    def base(self, thing: Thing, name: str, owner: Item | None = None, kind: str = "") -> Item:
        """Put in a thing that stood before, with what the history knows of it."""
        table = owner.was or "" if owner is not None else ""
        known = self.history.attributes(thing, name, table) or {}
        return self.add(Item(thing, name, owner, was=name, kind=kind, attributes=dict(known)))

    def find(self, thing: Thing, name: str, owner: Item | None = None, kind: str = "") -> Item | None:
        """Return the thing of that name which stands, where one was spoken of."""
        return next((i for i in self._named(thing, name, owner, kind) if i.present), None)

    def gone(self, thing: Thing, name: str, owner: Item | None = None) -> Item | None:
        """Return the thing of that name which stood and is gone."""
        return next((i for i in self._named(thing, name, owner, "") if not i.present), None)

    def on(self, owner: Item) -> Iterator[Item]:
        """Yield what stands on a table."""
        return (i for i in self.items if i.owner is owner and i.present)

    def nameless(self, thing: Thing, name: str, owner: Item | None, kind: str = "") -> Item | None:
        """Return the thing without a known name that a statement may mean by one.

        A name that the database or a convention gave has the columns' names in it; where only one such
        thing is on the table, it is meant whatever the name.
        """
        found = [
            i
            for i in self.items
            if i.present
            and i.thing is thing
            and not i.name
            and (i.owner is owner or owner is None)
            and (not kind or not i.kind or i.kind == kind)
        ]
        if not name:
            found = [i for i in found if i.unread] or found
        near = [i for i in found if i.over and all(column in name for column in i.over)]
        return near[0] if near else found[0] if len(found) == 1 and owner is not None else None

    def stands(self, item: Item) -> Item | None:
        """Return what stands now where a thing of before stood, by its name and table of before."""
        table = item.owner.was if item.owner is not None else None
        named = [
            i
            for i in self.items
            if i.present and i.thing is item.thing and i.name == item.was and _on_named(i, table)
        ]
        return named[0] if named else None

    def _named(self, thing: Thing, name: str, owner: Item | None, kind: str) -> Iterator[Item]:
        for item in reversed(self.items):
            if item.thing is not thing or item.name != name or not name:
                continue
            if item.owner is not owner and not (thing in IN_A_SCHEMA and _either_is_open(item, owner)):
                continue
            if kind and item.kind and kind != item.kind:
                continue
            yield item


def _on_named(item: Item, table: str | None) -> bool:
    return item.owner is None or not table or item.owner.name == table


def _either_is_open(item: Item, owner: Item | None) -> bool:
    return owner is None or item.owner is None
