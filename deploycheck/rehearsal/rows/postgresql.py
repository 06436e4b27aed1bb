"""PostgreSQL's tables as its catalogue has them, for rows to be put into."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from deploycheck.rehearsal.rows.model import Check, Column, ForeignKey, Table
from deploycheck.rehearsal.rows.types import Type, Types
from deploycheck.rehearsal.session import quoted

if TYPE_CHECKING:
    from deploycheck.rehearsal.session import Cell, Session


@dataclass(frozen=True, slots=True)
class Relation:
    """A table that may hold rows: ordinary or partitioned, no partition, no extension's, not Alembic's own.

    `token` changes with its rows, columns and their types; empty where the server does not count changes.
    """

    oid: int
    schema: str
    table: str
    partitioned: bool
    token: str

    @property
    def name(self) -> str:
        """How people write it: without `public`."""
        return self.table if self.schema == "public" else f"{self.schema}.{self.table}"

    @property
    def sql(self) -> str:
        """How SQL writes it."""
        return f"{quoted(self.schema)}.{quoted(self.table)}"


_RELATIONS = """
SELECT c.oid::bigint, n.nspname, c.relname, c.relkind = 'p',
  CASE WHEN c.relkind = 'p' OR current_setting('track_counts') <> 'on' THEN '' ELSE concat_ws(':',
    (SELECT oid FROM pg_database WHERE datname = current_database()), c.oid, c.relfilenode,
    a.signature, (SELECT md5(string_agg(enumlabel, ',' ORDER BY oid)) FROM pg_enum),
    pg_stat_get_tuples_inserted(c.oid) + pg_stat_get_xact_tuples_inserted(c.oid),
    pg_stat_get_tuples_updated(c.oid) + pg_stat_get_xact_tuples_updated(c.oid),
    pg_stat_get_tuples_deleted(c.oid) + pg_stat_get_xact_tuples_deleted(c.oid)) END
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN LATERAL (SELECT md5(string_agg(concat_ws(' ', attnum, attname, atttypid, atttypmod, attgenerated), ','
    ORDER BY attnum)) AS signature, count(*) AS columns, min(attname) AS first
  FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped) a ON true
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't'
  AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
  AND NOT (a.columns = 1 AND a.first = 'version_num')
  AND NOT EXISTS (SELECT FROM pg_depend d
    WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"
"""

_COLUMNS = """
SELECT a.attrelid::bigint, a.attname, a.atttypid::bigint, a.atttypmod, format_type(a.atttypid, a.atttypmod),
  NOT (a.attnotnull OR t.typnotnull), a.attidentity::text, a.attgenerated::text,
  CASE WHEN a.attgenerated = '' THEN coalesce(pg_get_expr(d.adbin, d.adrelid), '') ELSE '' END
FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attrelid IN ({oids}) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attrelid, a.attnum
"""

_CONSTRAINTS = """
SELECT k.conrelid::bigint, k.contype::text, pg_get_expr(k.conbin, k.conrelid), k.confrelid::bigint,
  (SELECT json_agg(a.attname ORDER BY o.n)::text FROM unnest(k.conkey) WITH ORDINALITY o(num, n)
    JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = o.num),
  (SELECT json_agg(a.attname ORDER BY o.n)::text FROM unnest(k.confkey) WITH ORDINALITY o(num, n)
    JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = o.num)
FROM pg_constraint k
WHERE k.conrelid IN ({oids}) AND k.contype IN ('c', 'f') AND k.conparentid = 0
ORDER BY k.conrelid, k.conname COLLATE "C"
"""

_PARTITIONS = """
SELECT p.oid::bigint, pg_get_partition_constraintdef(t.relid)
FROM pg_class p CROSS JOIN LATERAL pg_partition_tree(p.oid) t
WHERE p.oid IN ({oids}) AND p.relkind = 'p' AND t.isleaf AND t.relid <> p.oid
ORDER BY p.oid, t.relid::text COLLATE "C"
"""

_TYPES = """
WITH RECURSIVE wanted (oid) AS (
  SELECT atttypid FROM pg_attribute WHERE attrelid IN ({oids}) AND attnum > 0 AND NOT attisdropped
  UNION SELECT part.oid FROM wanted w JOIN pg_type t ON t.oid = w.oid
    LEFT JOIN pg_attribute a ON t.typtype = 'c' AND a.attrelid = t.typrelid AND a.attnum > 0
    CROSS JOIN LATERAL (VALUES (t.typelem), (t.typbasetype), (a.atttypid)) part (oid))
SELECT t.oid::bigint, t.typname,
  CASE WHEN t.typelem <> 0 AND t.typsubscript = 'array_subscript_handler'::regproc THEN 'a'
    ELSE t.typtype::text END,
  format_type(t.oid, NULL),
  CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.typelem END::bigint, t.typtypmod,
  CASE WHEN t.typtype = 'e' THEN
    (SELECT json_agg(e.enumlabel ORDER BY e.enumsortorder)::text FROM pg_enum e
      WHERE e.enumtypid = t.oid) END,
  CASE WHEN t.typtype = 'c' THEN
    (SELECT json_agg(json_build_array(a.atttypid::bigint, a.atttypmod, format_type(a.atttypid, a.atttypmod))
      ORDER BY a.attnum)::text FROM pg_attribute a
      WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped) END,
  CASE WHEN t.typtype = 'd' THEN
    (SELECT json_agg(pg_get_constraintdef(k.oid) ORDER BY k.conname)::text FROM pg_constraint k
      WHERE k.contypid = t.oid AND k.contype = 'c') END
FROM pg_type t JOIN wanted USING (oid) LEFT JOIN pg_class r ON r.oid = t.typrelid
WHERE t.oid < 16384 OR r.oid IS NULL OR r.relkind = 'c'
"""


def relations(session: Session) -> list[Relation]:
    """Return every table that may hold rows of the project's, in the order of their names."""
    return [
        Relation(int(str(oid)), str(schema), str(table), bool(parted), str(token))
        for oid, schema, table, parted, token in session.query(_RELATIONS)
    ]


def described(session: Session, wanted: Sequence[Relation], every: Sequence[Relation]) -> list[Table]:
    """Return what has to be known of tables to put a row into each; `every` are all, for their names."""
    oids = ", ".join(str(r.oid) for r in wanted)
    names = {r.oid: r.name for r in every}
    checks, keys = _constraints(session, oids, names)
    partitions = _grouped(session.query(_PARTITIONS.format(oids=oids)))
    types = Types(_types(session, oids))
    columns = _grouped(session.query(_COLUMNS.format(oids=oids)))
    return [
        _table(r, columns.get(r.oid, []), _conditions(r, checks, partitions), keys.get(r.oid, []), types)
        for r in wanted
    ]


def foreign_keys(session: Session) -> dict[str, list[ForeignKey]]:
    """Return the foreign keys of every table, by the table's name."""
    every = relations(session)
    names = {r.oid: r.name for r in every}
    _, keys = _constraints(session, ", ".join(map(str, names)) or "0", names)
    return {names[oid]: found for oid, found in keys.items()}


def _conditions(
    relation: Relation, checks: Mapping[int, list[Check]], partitions: Mapping[int, list[tuple[Cell, ...]]]
) -> list[Check] | None:
    """Return the conditions of a table; None for one in whose partitions no row finds a place."""
    found = checks.get(relation.oid, [])
    if not relation.partitioned:
        return found
    places = [str(sql or "true") for (sql,) in partitions.get(relation.oid, [])]
    if not places:
        return None
    return [*found, Check(" OR ".join(f"({sql})" for sql in places), ())]


def _table(
    relation: Relation,
    columns: Iterable[tuple[Cell, ...]],
    conditions: list[Check] | None,
    keys: Sequence[ForeignKey],
    types: Types,
) -> Table:
    rows = list(columns)
    names = [str(row[0]) for row in rows]
    checks = [c if c.columns else replace(c, columns=_mentioned(c.sql, names)) for c in conditions or []]
    return Table(
        name=relation.name,
        sql=relation.sql,
        columns=tuple(_column(row, checks, types) for row in rows if not row[6]),
        checks=tuple(checks),
        foreign_keys=tuple(keys),
        overriding="OVERRIDING SYSTEM VALUE" if any(row[5] == "a" for row in rows) else "",
        problem="it has no partition" if conditions is None else "",
    )


def _mentioned(sql: str, names: Iterable[str]) -> tuple[str, ...]:
    """Return the columns whose names stand in a condition."""
    return tuple(
        n for n in names if re.search(rf'(?<![\w"]){re.escape(n)}(?![\w"])|{re.escape(quoted(n))}', sql)
    )


def _column(row: tuple[Cell, ...], checks: Iterable[Check], types: Types) -> Column:
    name, oid, modifier, sql, nullable, *_, default = row
    conditions = tuple(check.sql for check in checks if name in check.columns)
    candidates = types.candidates(int(str(oid)), int(str(modifier)), str(sql), conditions)
    return Column(str(name), _unlike(candidates, str(default)), bool(nullable))


def _unlike(candidates: tuple[str, ...], default: str) -> tuple[str, ...]:
    """Move the value that the column's default gives to the end: it would hide that a value was lost."""
    value = re.match(r"\(?'((?:[^']|'')*)'|(-?[\d.]+|true|false)\b", default)
    if value is None:
        return candidates
    start = f"('{value[1] if value[1] is not None else value[2]}')::"
    return tuple(sorted(candidates, key=lambda c: c.startswith(start)))


def _constraints(
    session: Session, oids: str, names: Mapping[int, str]
) -> tuple[dict[int, list[Check]], dict[int, list[ForeignKey]]]:
    checks: dict[int, list[Check]] = {}
    keys: dict[int, list[ForeignKey]] = {}
    for oid, kind, sql, parent, columns, referred in session.query(_CONSTRAINTS.format(oids=oids)):
        table = int(str(oid))
        own = _texts(columns)
        if kind == "c":
            checks.setdefault(table, []).append(Check(str(sql), own))
        else:
            name = names.get(int(str(parent)), f"table {parent}")
            keys.setdefault(table, []).append(ForeignKey(own, name, _texts(referred)))
    return checks, keys


def _types(session: Session, oids: str) -> dict[int, Type]:
    found = {}
    for oid, name, kind, sql, element, modifier, parts, fields, conditions in session.query(
        _TYPES.format(oids=oids)
    ):
        found[int(str(oid))] = Type(
            oid=int(str(oid)),
            name=str(name),
            kind=str(kind),
            sql=str(sql),
            element=int(str(element)),
            modifier=int(str(modifier)),
            parts=_texts(parts),
            fields=tuple((int(o), int(m), str(s)) for o, m, s in json.loads(str(fields or "[]"))),
            conditions=_texts(conditions),
        )
    return found


def _texts(listed: Cell) -> tuple[str, ...]:
    return tuple(str(text) for text in json.loads(str(listed))) if listed else ()


def _grouped(rows: Iterable[tuple[Cell, ...]]) -> dict[int, list[tuple[Cell, ...]]]:
    groups: dict[int, list[tuple[Cell, ...]]] = {}
    for oid, *rest in rows:
        groups.setdefault(int(str(oid)), []).append(tuple(rest))
    return groups
