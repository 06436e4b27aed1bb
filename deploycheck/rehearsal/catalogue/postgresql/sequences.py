"""Sequences that stand by themselves or belong to a serial column; an identity column's is said with it."""

from __future__ import annotations

from deploycheck.rehearsal.catalogue.model import OWNER, Key, Thing
from deploycheck.rehearsal.catalogue.postgresql.columns import NUMBERS
from deploycheck.rehearsal.catalogue.postgresql.reading import (
    Group,
    Names,
    Reading,
    Row,
    comment,
    common,
    grants,
    own,
    says,
    whole,
)


def _thing(row: Row, names: Names) -> Thing:
    schema, name = row["schema"], row["name"]
    return Thing(
        ("relation", whole(schema, name)),
        f"sequence {names.shown(schema, name)}",
        says(
            ("", row["numbers"]),
            ("kind", "sequence"),
            ("persistence", "unlogged" if row["persistence"] == "u" else None),
            (OWNER, row["owned"] and row["owned"].removeprefix(f"{names.home}.")),
            *common(row),
        ),
        _of(row),
        names=((f"class {row['of']}", whole(schema, name)),),
    )


def _of(row: Row) -> Key:
    """Return the table that takes its serial's sequence with it, else the schema."""
    return ("relation", row["table"]) if row["table"] else ("schema", row["schema"])


SEQUENCES = Reading(
    "sequences",
    Group.RELATION,
    f"""c.relname AS name, n.nspname AS schema, c.relpersistence AS persistence, {NUMBERS} AS numbers,
    tn.nspname || '.' || t.relname AS table, tn.nspname || '.' || t.relname || '.' || a.attname AS owned,
    pg_get_userbyid(c.relowner) AS owner, {grants("c.relacl", "s", "c.relowner")},
    {comment("c.oid", "pg_class")}""",
    """pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_sequence q ON q.seqrelid = c.oid
    LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'a'
        AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0
    LEFT JOIN pg_class t ON t.oid = d.refobjid LEFT JOIN pg_namespace tn ON tn.oid = t.relnamespace
    LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid""",
    f"""c.relkind = 'S' AND c.relpersistence <> 't' AND {own("c.oid", "pg_class")}
    AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid
        AND e.deptype = 'i' AND e.refclassid = 'pg_class'::regclass AND e.refobjsubid > 0)""",
    "c.oid",
    _thing,
)
