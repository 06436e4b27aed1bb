"""A database's whole schema as data: its things, and what the database says of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

Key = tuple[str, str]
"""A kind of thing and its whole name, schema and table included: the same for the same thing, ever."""
Says = tuple[tuple[str, str], ...]
"""What a database says of a thing: facet and text. The facet "" is the definition itself."""

OWNER = "owning column"
"""The facet of a sequence that tells whose serial it is."""


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing of a schema: a table, a column, an index, a type.

    `of` is what it stands and falls with (a column's table). `title` is how people name it, "index ix_email
    on user"; it is empty where another thing says the same (a view its columns). `called` is the bare name of
    what is dropped by it, empty where it has none. `names` are names inside of it that texts of others may
    mention, each under what it keeps when it is renamed. `queries` is whether it holds a stored query, whose
    text follows the columns of others.
    """

    key: Key
    title: str = field(compare=False)
    says: Says = ()
    of: Key | None = None
    called: str = field(default="", compare=False)
    names: tuple[tuple[str, str], ...] = field(default=(), compare=False, repr=False)
    queries: bool = field(default=False, compare=False, repr=False)

    @property
    def kind(self) -> str:
        """Return what kind of thing it is."""
        return self.key[0]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Every thing of a schema, in groups that are read as one (a table with its columns and indexes).

    What a group is called means nothing to anybody else; two catalogues of one database share groups.
    """

    backend: str
    groups: Mapping[str, tuple[Thing, ...]] = field(repr=False)
    home: str = field(default="public", compare=False)
    """The schema that people leave out of a name."""

    def __iter__(self) -> Iterator[Thing]:
        """Yield each thing."""
        return (thing for group in self.groups.values() for thing in group)
