"""Indexes that are no constraint's, and statistics over several columns."""

from __future__ import annotations

import re

from deploycheck.rehearsal.catalogue.model import Thing
from deploycheck.rehearsal.catalogue.postgresql.reading import (
    FIRST_OWN,
    Group,
    Names,
    Reading,
    Row,
    comment,
    options,
    own,
    says,
    whole,
)

NAME = r'(?:"(?:[^"]|"")*"|[^\s".]+)'
"""A name in a text that PostgreSQL writes."""
_HEAD = re.compile(rf"CREATE (UNIQUE )?INDEX {NAME} ON (ONLY )?{NAME}(?:\.{NAME})? USING ")
_STATISTICS = re.compile(rf"CREATE STATISTICS {NAME}(?:\.{NAME})? ?")


def _index(row: Row, names: Names) -> Thing:
    table = names.relations[row["of"]]
    facets = says(
        ("", _without_names(row["definition"])),
        ("state", None if row["valid"] else "invalid"),
        ("use", row["used"]),
        ("parent", row["parent"]),
        ("tablespace", row["tablespace"]),
        ("statistics targets", row["targets"]),
        ("comment", row["comment"]),
    )
    return Thing(
        ("index", whole(table.schema, row["name"])),
        f"index {row['name']} on {table.shown}",
        facets,
        ("relation", table.whole),
        row["name"],
    )


def _without_names(definition: str) -> str:
    """Return what an index is, whatever its name: one that came back under another is told by it."""
    head = _HEAD.match(definition)
    if head is None:
        return definition
    return ("unique " if head[1] else "") + definition[head.end() :]


INDEXES = Reading(
    "indexes",
    Group.RELATION,
    f"""c.relname AS name, pg_get_indexdef(i.indexrelid) AS definition,
    i.indisvalid AND i.indisready AND i.indislive AS valid,
    nullif(concat_ws(', ', CASE WHEN i.indisclustered THEN 'clustered on' END,
        CASE WHEN i.indisreplident THEN 'replica identity' END), '') AS used,
    (SELECT h.inhparent::regclass::text FROM pg_inherits h WHERE h.inhrelid = c.oid) AS parent,
    (SELECT s.spcname FROM pg_tablespace s WHERE s.oid = c.reltablespace) AS tablespace,
    (SELECT string_agg(a.attnum || ' ' || a.attstattarget, ', ' ORDER BY a.attnum) FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.attstattarget >= 0) AS targets,
    {comment("c.oid", "pg_class")}""",
    "pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid",
    f"""i.indrelid >= {FIRST_OWN} AND c.relpersistence <> 't' AND t.relkind IN ('r', 'p', 'm', 'f')
    AND NOT EXISTS (SELECT FROM pg_constraint k
        WHERE k.conindid = i.indexrelid AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u', 'x'))
    AND {own("i.indrelid", "pg_class")}""",
    "i.indrelid",
    _index,
)


def _statistics(row: Row, names: Names) -> Thing:
    table = names.relations[row["of"]]
    return Thing(
        ("statistics", whole(row["schema"], row["name"])),
        f"statistics {names.shown(row['schema'], row['name'])} on {table.shown}",
        says(
            ("", _STATISTICS.sub("", row["definition"], count=1)),
            ("target", row["target"]),
            ("owner", row["owner"]),
            ("comment", row["comment"]),
        ),
        ("relation", table.whole),
    )


STATISTICS = Reading(
    "statistics",
    Group.RELATION,
    f"""s.stxname AS name, n.nspname AS schema, pg_get_statisticsobjdef(s.oid) AS definition,
    nullif(to_jsonb(s) ->> 'stxstattarget', '-1') AS target,
    pg_get_userbyid(s.stxowner) AS owner, {comment("s.oid", "pg_statistic_ext")}""",
    "pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace JOIN pg_class c ON c.oid = s.stxrelid",
    f"c.relpersistence <> 't' AND {own('s.stxrelid', 'pg_class')}",
    "s.stxrelid",
    _statistics,
)
__all__ = ["INDEXES", "STATISTICS", "options"]
