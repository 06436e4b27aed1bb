"""What a step locks and rewrites, as PostgreSQL shows it before the commit.

Nothing is guessed from the statements: the locks are those of pg_locks, a rewrite is a table whose file is
another, and the server counts how often it went through a whole table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from deploycheck.facts.rehearsed import Lock

if TYPE_CHECKING:
    from deploycheck.rehearsal.session import Session

MODES = (
    "AccessShareLock",
    "RowShareLock",
    "RowExclusiveLock",
    "ShareUpdateExclusiveLock",
    "ShareLock",
    "ShareRowExclusiveLock",
    "ExclusiveLock",
    "AccessExclusiveLock",
)
"""PostgreSQL's modes, the weakest first. The first three are those of reading and writing rows."""
_OF_ROWS = 3

_RELATIONS = """
SELECT c.oid::bigint, CASE n.nspname WHEN 'public' THEN c.relname ELSE n.nspname || '.' || c.relname END,
  c.relfilenode::bigint,
  pg_stat_get_numscans(c.oid) + pg_stat_get_xact_numscans(c.oid),
  pg_stat_get_tuples_inserted(c.oid) + pg_stat_get_xact_tuples_inserted(c.oid),
  (SELECT count(*) FROM pg_index i WHERE i.indrelid = c.oid)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't'
  AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
"""
_LOCKS = """
SELECT relation::bigint, mode FROM pg_locks
WHERE pid = pg_backend_pid() AND locktype = 'relation' AND granted
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


@dataclass(frozen=True, slots=True)
class Table:
    """A table as it stood: its file, and how often it was read whole and rows were put in, ever."""

    name: str
    file: int
    scans: int
    inserted: int
    indexes: int


@dataclass(frozen=True, slots=True)
class Standing:
    """The tables that stood before a step, by oid. Empty on SQLite, which locks its whole file."""

    tables: Mapping[int, Table] = field(default_factory=dict)


def standing(session: Session) -> Standing:
    """Return what stands before a step. Asked last before it, or our own reading counts as its."""
    return Standing(_tables(session)) if session.backend == "postgresql" else Standing()


def held(session: Session, before: Standing) -> tuple[Lock, ...]:
    """Return the strongest lock on each table that stood before, sorted by table.

    Asked first after the step, while its transaction is open. Locks of reading and writing rows are no
    hazard, and left out.
    """
    if not before.tables:
        return ()
    strongest: dict[int, int] = {}
    for oid, mode in session.query(_LOCKS):
        strength = MODES.index(str(mode)) if mode in MODES else 0
        strongest[int(str(oid))] = max(strength, strongest.get(int(str(oid)), 0))
    now = _tables(session)
    strong = [
        oid for oid, mode in strongest.items() if mode >= _OF_ROWS and oid in before.tables and oid in now
    ]
    locks = (_lock(session, before.tables[oid], now[oid], oid, MODES[strongest[oid]]) for oid in strong)
    return tuple(sorted(locks, key=lambda lock: lock.table))


def _lock(session: Session, was: Table, now: Table, oid: int, mode: str) -> Lock:
    rewrote = _rewrote(session, was, now, oid)
    truncated = was.file != now.file and not rewrote
    # TRUNCATE builds the indexes of an empty table: a scan each, of no rows.
    return Lock(was.name, mode, 0 if truncated else now.scans - was.scans, rewrote)


def _rewrote(session: Session, was: Table, now: Table, oid: int) -> bool:
    """Tell a rewrite from TRUNCATE, which takes a new file too: the rows of before are still there.

    In an empty table, a rewrite reads it once more than the indexes that are built again after either.
    """
    if was.file == now.file:
        return False
    [(size, name)] = session.query(f"SELECT pg_relation_size({oid}), {oid}::regclass::text")
    if not size:
        return now.scans - was.scans > now.indexes
    [(rows,)] = session.query(f"SELECT count(*) FROM {name}")  # noqa: S608 - the throwaway's own name
    return int(str(rows)) > now.inserted - was.inserted


def _tables(session: Session) -> dict[int, Table]:
    return {
        int(str(oid)): Table(str(name), *(int(str(n)) for n in numbers))
        for oid, name, *numbers in session.query(_RELATIONS)
    }
