"""Fill the empty tables, and remember what stands in all of them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from deploycheck.rehearsal.rows import contents, postgresql, sqlite
from deploycheck.rehearsal.rows.emptying import matching
from deploycheck.rehearsal.rows.model import Kept, Rows, Table, Values
from deploycheck.rehearsal.rows.planting import give, plant
from deploycheck.rehearsal.session import StatementFailed, quoted

if TYPE_CHECKING:
    from deploycheck.rehearsal.session import Session

_PENDING = """
SELECT n.nspname, k.conname FROM pg_constraint k JOIN pg_namespace n ON n.oid = k.connamespace
WHERE k.condeferred ORDER BY 1, 2
"""


def fill(session: Session, given: Rows | None = None, *, renew: bool = True) -> Rows:
    """Put one row of valid values into each table that has none, and return what stands then.

    `given` is what was known before, so that only what changed is read and tried again. A table that takes
    no row is named in `empty`, with the reason; it fails nothing. With `renew` our rows also get values in
    columns that a step has added since, as an app that ran in between would have written them.
    """
    before = remember(session, given)
    if renew and (stale := _without_new_values(before)):
        _renew(session, before, stale)
        before = _as_they_are(remember(session, before), stale)
    empty = [name for name, kept in before.tables.items() if kept.whole and not kept.rows]
    tried = [name for name in empty if not _hopeless(name, before, given)]
    if not tried:
        return before
    standing = {name: kept.sql for name, kept in before.tables.items() if name not in empty}
    planting = plant(session, _described(session, tried), standing)
    _settle(session)
    after = _as_they_are(remember(session, before), planting.planted)
    return replace(
        after, empty={**{n: before.empty[n] for n in empty if n in before.empty}, **planting.failed}
    )


def remember(session: Session, given: Rows | None = None) -> Rows:
    """Return the rows of every table. Those whose token in `given` still holds are not read again."""
    known = given or Rows()
    tables = _sqlite(session) if session.backend == "sqlite" else _postgresql(session, known)
    now = _names_now(known, tables)
    ours = {now.get(name, name): row for name, row in known.ours.items()}
    empty = {now.get(name, name): why for name, why in known.empty.items()}
    return replace(
        known,
        tables=tables,
        ours={name: row for name, row in ours.items() if name in tables},
        empty={name: why for name, why in empty.items() if name in tables and not tables[name].rows},
    )


def _names_now(known: Rows, tables: Mapping[str, Kept]) -> dict[str, str]:
    """Return the names of tables that have another one now, by the old one."""
    names = {kept.number: name for name, kept in tables.items() if kept.number}
    return {
        old: names[kept.number] for old, kept in known.tables.items() if names.get(kept.number, old) != old
    }


def _postgresql(session: Session, known: Rows) -> dict[str, Kept]:
    relations = postgresql.relations(session)
    changed = [r for r in relations if not r.token or _token(known, r.name) != r.token]
    read = contents.read(session, changed)
    return {r.name: read[r.name] if r.name in read else known.tables[r.name] for r in relations}


def _token(known: Rows, name: str) -> str:
    return known.tables[name].token if name in known.tables else ""


def _sqlite(session: Session) -> dict[str, Kept]:
    shapes = sqlite.shapes(session)
    return contents.read_sqlite(session, {name: (s.names, s.key) for name, s in shapes.items()})


def _hopeless(name: str, now: Rows, given: Rows | None) -> bool:
    """Tell whether a table that took no row before is the same now."""
    if given is None or name not in given.empty or name not in given.tables:
        return False
    token = now.tables[name].token
    return bool(token) and token == given.tables[name].token and "refers to" not in given.empty[name]


def _described(session: Session, names: Sequence[str]) -> list[Table]:
    if session.backend == "sqlite":
        shapes = sqlite.shapes(session)
        return sqlite.described(session, [shapes[name] for name in names], shapes)
    relations = postgresql.relations(session)
    return postgresql.described(session, [r for r in relations if r.name in set(names)], relations)


def _as_they_are(rows: Rows, names: Iterable[str]) -> Rows:
    """Take the rows that stand in tables as ours."""
    now = {name: found for name in names if (found := _our_row(rows, name)) is not None}
    return replace(rows, ours={**rows.ours, **now})


def _our_row(rows: Rows, name: str) -> Values | None:
    kept, ours = rows.tables.get(name), rows.ours.get(name)
    if kept is None or not kept.rows:
        return None
    if len(kept.rows) == 1 or ours is None:
        return kept.rows[0]
    return next((r for r in kept.rows if kept.key and all(r.get(k) == ours.get(k) for k in kept.key)), None)


def _without_new_values(rows: Rows) -> dict[str, list[str]]:
    """Return the columns that are NULL in our rows and were not there when we wrote them, by table."""
    stale = {}
    for name, ours in rows.ours.items():
        row = _our_row(rows, name) or {}
        if new := [column for column, value in row.items() if value is None and column not in ours]:
            stale[name] = new
    return stale


def _renew(session: Session, rows: Rows, stale: Mapping[str, list[str]]) -> None:
    standing = {name: kept.sql for name, kept in rows.tables.items() if kept.rows}
    for table in _described(session, sorted(stale)):
        row = _our_row(rows, table.name) or {}
        where = matching(session, row, rows.tables[table.name])
        for column in stale[table.name]:
            give(session, table, column, where, standing)
    _settle(session)


def _settle(session: Session) -> None:
    """Let PostgreSQL look at our rows now where a constraint waits for the commit.

    Else ALTER TABLE would find "pending trigger events" that no production has.
    """
    if session.backend == "sqlite":
        return
    names = ", ".join(f"{quoted(str(s))}.{quoted(str(n))}" for s, n in session.query(_PENDING))
    if names:
        with contextlib.suppress(StatementFailed):
            session.run(f"SET CONSTRAINTS {names} IMMEDIATE")
            session.run(f"SET CONSTRAINTS {names} DEFERRED")
