"""The things of a database that one revision touches, followed by identity through renames."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from deploycheck.facts.schema.model import Thing

if TYPE_CHECKING:
    from deploycheck.facts.schema.model import Column

ON_TABLES = frozenset(
    {Thing.COLUMN, Thing.INDEX, Thing.CONSTRAINT, Thing.TRIGGER, Thing.POLICY, Thing.TYPE_VALUE}
)
"""Things that have another one around them and go with it: a table, or a type around its values."""


@dataclass(eq=False, slots=True)
class Item:
    """One thing, as it is at some moment.

    `was` is its name before the revision, None for one that the revision makes. `owner` is the table around
    it. An empty `name` is one that the database or a naming convention gives. `over` are the columns of an
    index or constraint, `target` the table that a foreign key refers to. `attributes` are those of a column
    that are known (`type`, `nullable`, `server_default`) or the `sql` that a view or function is made by,
    `values` those of an enum type. `tentative` is one
    made by CREATE OR REPLACE, which may have stood before. `source` is what it was made with; `unread` one
    that has a name of its own which could not be read.
    """

    thing: Thing
    name: str
    owner: Item | None = None
    was: str | None = None
    kind: str = ""
    over: tuple[str, ...] = ()
    target: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    values: tuple[str, ...] = ()
    tentative: bool = False
    source: str = ""
    unread: bool = False
    present: bool = True
    gone_with: Item | None = None
    trouble: str = ""

    def __str__(self) -> str:
        """Write it for people: `index ix_user_email on user`, by the name that it has now."""
        return self.called(self.name)

    def called(self, name: str) -> str:
        """Write it for people with a name that it had."""
        around = self.owner.name if self.owner is not None else ""
        match self.thing:
            case Thing.COLUMN:
                return f"column {around}.{name}" if around else f"column {name}"
            case Thing.TYPE_VALUE:
                return f"value {name} of type {around}" if around else f"value {name} of a type"
            case Thing.TYPE:
                return f"enum type {name}" if self.values else f"type {name}"
            case Thing.CONSTRAINT:
                noun = _CONSTRAINTS.get(self.kind, "constraint")
            case _:
                noun = str(self.thing)
        shown = name or f"({', '.join(self.over)})" if name or self.over else "(unnamed)"
        return f"{noun} {shown} on {around}" if around else f"{noun} {shown}"

    def leave(self, gone_with: Item | None = None) -> None:
        """Take it away, alone or along with another thing."""
        self.present = False
        self.gone_with = gone_with


_CONSTRAINTS = {
    "foreign": "foreign key",
    "unique": "unique constraint",
    "check": "check constraint",
    "primary": "primary key",
    "exclude": "exclusion constraint",
}


def attributes_of(column: Column) -> dict[str, str]:
    """Return what a column's declaration says; one that says nothing of NULL takes it."""
    refuses = column.nullable is False or (column.nullable is None and column.primary_key)
    found = {"nullable": str(not refuses), "server_default": str(column.server_default)}
    return {**found, **({"type": column.type} if column.type else {})}
