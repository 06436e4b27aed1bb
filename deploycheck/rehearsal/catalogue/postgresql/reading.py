"""How one kind of object is read from PostgreSQL's catalogue: a query of its own, and what its rows mean."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from deploycheck.rehearsal.catalogue.model import Says, Thing

Row = Mapping[str, Any]
"""One row of a query, as JSON."""

FIRST_OWN = 16384
"""The first number that PostgreSQL gives to an object of a user (FirstNormalObjectId)."""


class Group(enum.StrEnum):
    """What is read as one: a table and all that hangs on it, a type, a routine, and all the rest at once."""

    RELATION = "relation"
    TYPE = "type"
    ROUTINE = "routine"
    REST = "rest"


@dataclass(frozen=True, slots=True)
class Relation:
    """A table, view, sequence or composite type: what its columns and indexes are named after."""

    kind: str
    schema: str
    name: str
    shown: str

    @property
    def whole(self) -> str:
        """Return the name with its schema."""
        return whole(self.schema, self.name)


@dataclass(frozen=True, slots=True)
class Names:
    """What rows are named with: the schema that is left out of names, and the relations read beside them."""

    home: str
    relations: Mapping[int, Relation]

    def shown(self, schema: str, name: str) -> str:
        """Return a name as people write it."""
        return name if schema == self.home else f"{schema}.{name}"


@dataclass(frozen=True, slots=True)
class Reading:
    """One kind of object: its rows, which group each belongs to, and what becomes of them.

    `of` is the SQL expression of the group's number, which stands in each row as `of`. `since` is the first
    version of PostgreSQL that has such objects.
    """

    name: str
    group: Group
    columns: str
    source: str
    where: str
    of: str
    thing: Callable[[Row, Names], Thing]
    since: int = 12

    def sql(self, *, narrowed: bool) -> str:
        """Return the query of all rows, or of those of the groups whose numbers the setting has."""
        among = f" AND {self.of} = ANY (current_setting('{setting(self.group)}')::oid[])" if narrowed else ""
        return f"SELECT {self.of}::bigint AS of, {self.columns} FROM {self.source} WHERE {self.where}{among}"


def setting(group: Group) -> str:
    """Return the setting that holds the numbers of those groups of a kind that are read."""
    return f"deploycheck.{group}"


def whole(schema: str, name: str) -> str:
    """Return a name with its schema; no two objects of a kind share one."""
    return f"{schema}.{name}"


def says(*facets: tuple[str, str | None]) -> Says:
    """Return the facets of which there is something to say."""
    return tuple((facet, text) for facet, text in facets if text)


def common(row: Row) -> tuple[tuple[str, str | None], ...]:
    """Return the facets that nearly everything has."""
    return tuple((facet, row.get(column)) for facet, column in _COMMON)


_COMMON = (("owner", "owner"), ("grants", "grants"), ("comment", "comment"))


def own(number: str, catalogue: str) -> str:
    """Return the condition that an object is a user's: neither PostgreSQL's own nor an extension's."""
    return (
        f"{number} >= {FIRST_OWN} AND {number} NOT IN (SELECT e.objid FROM pg_depend e "
        f"WHERE e.refclassid = 'pg_extension'::regclass AND e.deptype = 'e' "
        f"AND e.classid = '{catalogue}'::regclass)"
    )


def grants(column: str, kind: str, owner: str) -> str:
    """Return the expression of the privileges on an object, null where they are the usual ones.

    Once granted and revoked they are spelled out, though they mean what nothing meant before.
    """
    usual = f"acldefault('{kind}', {owner})"
    return (
        f"CASE WHEN {column} IS NULL OR ({column} @> {usual} AND {column} <@ {usual}) THEN NULL "
        f"ELSE coalesce((SELECT string_agg(g::text, ', ' ORDER BY g::text COLLATE \"C\") "
        f"FROM unnest({column}) g), 'nobody') END AS grants"
    )


def comment(number: str, catalogue: str) -> str:
    """Return the expression of an object's comment."""
    return f"obj_description({number}, '{catalogue}') AS comment"


def options(column: str) -> str:
    """Return the expression of an object's options in a fixed order."""
    return f"(SELECT string_agg(o, ', ' ORDER BY o COLLATE \"C\") FROM unnest({column}) o)"
