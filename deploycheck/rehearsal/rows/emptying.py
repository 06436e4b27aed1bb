"""Our rows taken out again: the tables as they would be without them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from deploycheck.rehearsal.rows import postgresql, sqlite
from deploycheck.rehearsal.session import StatementFailed, literal, quoted

if TYPE_CHECKING:
    from deploycheck.rehearsal.rows.model import ForeignKey, Kept, Rows, Values
    from deploycheck.rehearsal.session import Session


def empty(session: Session, given: Rows, *, everything: bool = False) -> None:
    """Take our rows out again, and with them those that refer to them; or, with `everything`, all rows.

    Rows that a migration wrote stay. Those that it made from ours cannot be told from its own, and stay too:
    `everything` takes them out, and a seed that a later revision counts on with them. `given` is what
    `fill` or `remember` returned for what stands now. Raises `StatementFailed` where the database refuses.
    """
    wanted = {name: kept for name, kept in given.tables.items() if everything or name in given.ours}
    with _keys_asleep(session):
        for name, kept in wanted.items():
            where = "1 = 1" if everything else matching(session, given.ours[name], kept)
            session.run(f"DELETE FROM {kept.sql} WHERE {where}")  # noqa: S608 - the throwaway's own names
        if not everything:
            _orphans(session, given.tables, set(wanted))


def matching(session: Session, row: Values, kept: Kept) -> str:
    """Return the condition by which SQL finds a row again: the only one, or by its key, or by all of it."""
    if len(kept.rows) == 1:
        return "1 = 1"
    columns = kept.key or tuple(kept.rows[0] if kept.rows else ())
    conditions = [_equal(session, kept.sql, name, row[name]) for name in columns if name in row]
    return " AND ".join(conditions) or "1 = 0"


def _equal(session: Session, table: str, column: str, value: object) -> str:
    if value is None:
        return f"{quoted(column)} IS NULL"
    if session.backend == "sqlite":
        text = str(value)
        return f"quote({quoted(column)}) = {literal(text if _bare(value) else literal(text))}"
    name = table.rpartition(".")[2]
    return f"row_to_json({name}.*)->>{literal(column)} = {literal(_as_json_writes(value))}"


def _bare(value: object) -> bool:
    return not isinstance(value, str) or value.startswith(("X'", "x'"))


def _as_json_writes(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


@contextlib.contextmanager
def _keys_asleep(session: Session) -> Iterator[None]:
    """Let foreign keys and triggers sleep while rows go, as far as the database lets us."""
    if session.backend == "sqlite":
        session.run("PRAGMA defer_foreign_keys = ON")
        yield
        return
    with contextlib.suppress(StatementFailed):
        session.run("SET LOCAL session_replication_role = replica")
    yield
    with contextlib.suppress(StatementFailed):
        session.run("SET LOCAL session_replication_role = origin")


def _orphans(session: Session, tables: Mapping[str, Kept], lost: set[str]) -> None:
    """Take out the rows whose parent is gone, and those whose parent these were."""
    every = sqlite.foreign_keys(session) if session.backend == "sqlite" else postgresql.foreign_keys(session)
    while lost:
        lost = {
            child
            for child, keys in every.items()
            for key in keys
            if key.table in lost
            and child in tables
            and _take(session, tables[child].sql, tables[key.table].sql, key)
        }


def _take(session: Session, child: str, parent: str, key: ForeignKey) -> bool:
    """Take out the rows of a child without a parent; return whether there were any."""
    given = " AND ".join(f"c.{quoted(column)} IS NOT NULL" for column in key.columns)
    same = " AND ".join(
        f"p.{quoted(r)} = c.{quoted(c)}" for c, r in zip(key.columns, key.referred, strict=True)
    )
    orphaned = f"{given} AND NOT EXISTS (SELECT 1 FROM {parent} p WHERE {same})"  # noqa: S608 - the same
    if not session.query(f"SELECT 1 FROM {child} c WHERE {orphaned} LIMIT 1"):  # noqa: S608 - the same
        return False
    session.run(f"DELETE FROM {child} AS c WHERE {orphaned}")  # noqa: S608 - the same
    return True
