"""The schema of a PostgreSQL database, again and again: whole at first, then only what was written to.

What a definition says follows three things: the rows of its own group, the names of what it mentions, and,
where it is a stored query, the columns of the relations that it reads. So a group whose rows are the
same is read again only when a name changed that its texts may mention (then all are), or when columns came or
went and it holds a query. What changes of extensions, roles or tablespaces has everything read, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from deploycheck.rehearsal.catalogue.model import Catalogue, Thing
from deploycheck.rehearsal.catalogue.postgresql.columns import columns
from deploycheck.rehearsal.catalogue.postgresql.constraints import CONSTRAINTS
from deploycheck.rehearsal.catalogue.postgresql.indexes import INDEXES, STATISTICS
from deploycheck.rehearsal.catalogue.postgresql.pinned import pinned
from deploycheck.rehearsal.catalogue.postgresql.rare import RARE
from deploycheck.rehearsal.catalogue.postgresql.reading import Group, Names, Reading, setting
from deploycheck.rehearsal.catalogue.postgresql.rest import (
    DEFAULT_PRIVILEGES,
    EVENT_TRIGGERS,
    EXTENSIONS,
    FOREIGN,
    SCHEMAS,
    SETTINGS,
    publications,
)
from deploycheck.rehearsal.catalogue.postgresql.routines import ROUTINES
from deploycheck.rehearsal.catalogue.postgresql.sequences import SEQUENCES
from deploycheck.rehearsal.catalogue.postgresql.stamps import Stamps, stamps
from deploycheck.rehearsal.catalogue.postgresql.tables import RELATIONS, relation
from deploycheck.rehearsal.catalogue.postgresql.triggers import POLICIES, RULES, TRIGGERS
from deploycheck.rehearsal.catalogue.postgresql.types import TYPES

if TYPE_CHECKING:
    from deploycheck.rehearsal.session import Session

Number = tuple[Group, int]
Groups = dict[Number, tuple[Thing, ...]]
_REST = (Group.REST, 0)


def readings(version: int) -> tuple[Reading, ...]:
    """Return every kind of object that a version of PostgreSQL has. What gives names comes first."""
    return (
        *(RELATIONS, SEQUENCES, columns(version), CONSTRAINTS, INDEXES, STATISTICS),
        *(TRIGGERS, RULES, POLICIES, TYPES, ROUTINES, SCHEMAS, EXTENSIONS, EVENT_TRIGGERS),
        *(publications(version), *FOREIGN, DEFAULT_PRIVILEGES, SETTINGS, *RARE),
    )


@dataclass(slots=True)
class PostgresWatcher:
    """Reads the schema that one session sees, its own open transaction included."""

    session: Session
    unseen: frozenset[str] = frozenset()
    version: int = 0
    home: str = "public"
    _seen: Stamps = field(default_factory=Stamps)
    _groups: Groups = field(default_factory=dict)

    def now(self) -> Catalogue:
        """Return the schema as it is. Raises `StatementFailed`."""
        if not self.version:
            self._begin()
        seen = stamps(self.session, self.version)
        if (seen.server, seen.others) != (self._seen.server, self._seen.others):
            self._groups = self._read(None)
        else:
            self._catch_up(seen)
        self._seen = seen
        return Catalogue("postgresql", {f"{k} {n}": g for (k, n), g in self._groups.items()}, self.home)

    def _begin(self) -> None:
        row = self.session.query("SELECT current_setting('server_version_num'), current_schema()")[0]
        self.version = int(str(row[0])) // 10_000
        self.home = str(row[1] or "public")

    def _catch_up(self, seen: Stamps) -> None:
        """Read what was written to, and what says otherwise because of it."""
        changed = _differing(seen.groups, self._seen.groups)
        changed |= {_REST} if seen.rest != self._seen.rest else set()
        if not changed:
            return
        fresh = self._read({n for n in changed if n in seen.groups or n == _REST})
        before, after = _names(self._groups, changed), _names(fresh, changed)
        if any(after.get(what, name) != name for what, name in before.items()):
            self._groups = self._read(None)
            return
        if before.keys() != after.keys():
            fresh |= self._read({n for n, g in self._groups.items() if n not in changed and _queries(g)})
        kept = {n: g for n, g in self._groups.items() if n not in changed}
        self._groups = kept | fresh

    def _read(self, only: set[Number] | None) -> Groups:
        """Return what each group says, of all of them or of some."""
        wanted = [(r, _of(r.group, only)) for r in readings(self.version)]
        wanted = [(r, numbers) for r, numbers in wanted if numbers is None or numbers]
        if not wanted:
            return {}
        parts = ", ".join(
            f"'{r.name}', (SELECT json_agg(row_to_json(r)) FROM ({r.sql(narrowed=n is not None)}) r)"
            for r, n in wanted
        )
        numbers = {setting(r.group): f"{{{','.join(map(str, n))}}}" for r, n in wanted if n is not None}
        rows = pinned(self.session, f"SELECT json_build_object({parts})", numbers)
        return self._grouped(rows, [r for r, _ in wanted])

    def _grouped(self, rows: Mapping[str, Any], read: Iterable[Reading]) -> Groups:
        relations = [row for r in (RELATIONS, SEQUENCES) for row in rows.get(r.name) or ()]
        hidden = {row["of"] for row in relations if row["name"] in self.unseen}
        names = Names(self.home, {row["of"]: relation({"kind": "S", **row}, self.home) for row in relations})
        groups: dict[Number, list[Thing]] = {}
        for reading in read:
            for row in rows[reading.name] or ():
                if reading.group is not Group.RELATION or row["of"] not in hidden:
                    groups.setdefault((reading.group, row["of"]), []).append(reading.thing(row, names))
        return {n: tuple(sorted(g, key=lambda thing: thing.key)) for n, g in groups.items()}


def _of(group: Group, only: set[Number] | None) -> list[int] | None:
    return None if only is None else sorted(number for kind, number in only if kind is group)


def _differing(after: Mapping[Number, str], before: Mapping[Number, str]) -> set[Number]:
    return {number for number, _ in after.items() ^ before.items()}


def _names(groups: Groups, among: set[Number]) -> dict[str, str]:
    return {w: name for n in among for thing in groups.get(n, ()) for w, name in thing.names}


def _queries(group: tuple[Thing, ...]) -> bool:
    return any(thing.queries for thing in group)
