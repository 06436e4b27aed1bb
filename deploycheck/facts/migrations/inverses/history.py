"""What earlier revisions left standing: the schema before a revision, as far as the files tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploycheck.facts.migrations.inverses.items import ON_TABLES, Item
from deploycheck.facts.schema.model import Thing

if TYPE_CHECKING:
    from collections.abc import Iterable

Attributes = dict[str, str]


class History:
    """The schema that revisions have built so far, in the order of running."""

    def __init__(self) -> None:
        """Start with an empty database."""
        self._tables: dict[str, dict[tuple[Thing, str], Attributes]] = {}
        self._others: dict[tuple[Thing, str], Attributes] = {}

    def knows(self, thing: Thing, name: str, table: str = "") -> bool:
        """Tell whether a thing surely stood before."""
        return self.attributes(thing, name, table) is not None

    def attributes(self, thing: Thing, name: str, table: str = "") -> Attributes | None:
        """Return what is known of a thing; None for one that no revision made."""
        if thing is Thing.TABLE:
            return {} if name in self._tables else None
        if thing in ON_TABLES:
            return self._tables.get(table, {}).get((thing, name))
        return self._others.get((thing, name))

    def on_table(self, table: str, thing: Thing) -> tuple[str, ...]:
        """Return the names of a table's columns, or of what else is on it."""
        return tuple(name for kind, name in self._tables.get(table, {}) if kind is thing and name)

    def absorb(self, items: Iterable[Item]) -> None:
        """Go on to the schema after a revision, given everything that it touched."""
        touched = [item for item in items if item.thing is not Thing.TYPE_VALUE]
        tables = [item for item in touched if item.thing is Thing.TABLE]
        others = [item for item in touched if item.thing is not Thing.TABLE]
        for item in others:
            self._forget(item)
        for item, stood in [(t, self._tables.pop(t.was or "", {})) for t in tables]:
            if item.present:
                self._tables[item.name] = {**stood, **self._tables.get(item.name, {})}
        for item in others:
            if item.present:
                self._remember(item)

    def _forget(self, item: Item) -> None:
        """Drop a thing by its name of before."""
        if item.was is None:
            return
        if item.thing not in ON_TABLES:
            self._others.pop((item.thing, item.was), None)
        elif item.owner is not None:
            self._tables.get(item.owner.was or "", {}).pop((item.thing, item.was), None)

    def _remember(self, item: Item) -> None:
        if item.thing not in ON_TABLES:
            self._others[item.thing, item.name] = dict(item.attributes)
        elif item.owner is not None and item.owner.present:
            self._tables.setdefault(item.owner.name, {})[item.thing, item.name] = dict(item.attributes)
