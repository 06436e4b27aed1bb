"""Types: enums, domains, ranges and base types. A composite type has columns and is read like a table."""

from __future__ import annotations

from deploycheck.rehearsal.catalogue.model import Thing
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
    labels = row["labels"] or []
    shown = "enum " + ", ".join("'" + label["label"].replace("'", "''") + "'" for label in labels)
    definition = {"e": shown, "d": row["domain"], "r": row["range"], "b": row["base"]}.get(row["kind"])
    return Thing(
        ("type", whole(schema, name)),
        f"{'domain' if row['kind'] == 'd' else 'type'} {names.shown(schema, name)}",
        says(("", definition), ("checks", row["checks"]), *common(row)),
        ("schema", schema),
        names=(
            (f"type {row['of']}", whole(schema, name)),
            *((f"label {label['oid']}", label["label"]) for label in labels),
        ),
    )


TYPES = Reading(
    "types",
    Group.TYPE,
    f"""t.typname AS name, n.nspname AS schema, t.typtype AS kind,
    (SELECT json_agg(json_build_object('oid', e.oid::bigint, 'label', e.enumlabel) ORDER BY e.enumsortorder)
        FROM pg_enum e WHERE e.enumtypid = t.oid) AS labels,
    CASE WHEN t.typtype = 'd' THEN concat_ws(' ', format_type(t.typbasetype, t.typtypmod),
        CASE WHEN t.typcollation <> b.typcollation THEN 'collate ' || (SELECT quote_ident(l.collname)
            FROM pg_collation l WHERE l.oid = t.typcollation) END,
        CASE WHEN t.typnotnull THEN 'not null' END, 'default ' || t.typdefault) END AS domain,
    (SELECT string_agg(k.conname || ' ' || pg_get_constraintdef(k.oid)
            || coalesce(' (' || obj_description(k.oid, 'pg_constraint') || ')', ''), ', '
            ORDER BY k.conname COLLATE "C") FROM pg_constraint k
        WHERE k.contypid = t.oid AND k.contype = 'c') AS checks,
    (SELECT concat_ws(' ', 'range of ' || format_type(r.rngsubtype, NULL),
            'operator class ' || (SELECT o.opcname FROM pg_opclass o WHERE o.oid = r.rngsubopc),
            (SELECT 'collate ' || quote_ident(l.collname) FROM pg_collation l WHERE l.oid = r.rngcollation),
            'canonical ' || nullif(r.rngcanonical::text, '-'),
            'difference ' || nullif(r.rngsubdiff::text, '-'))
        FROM pg_range r WHERE r.rngtypid = t.oid) AS range,
    CASE WHEN t.typtype = 'b' THEN concat_ws(' ', 'base', t.typlen, t.typinput, t.typoutput, t.typreceive,
        t.typsend, t.typmodin, t.typmodout, t.typanalyze, t.typalign, t.typstorage, t.typcategory,
        t.typdefault) END AS base,
    pg_get_userbyid(t.typowner) AS owner, {grants("t.typacl", "T", "t.typowner")},
    {comment("t.oid", "pg_type")}""",
    """pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
    LEFT JOIN pg_type b ON b.oid = t.typbasetype""",
    f"""t.typtype IN ('e', 'd', 'r', 'b') AND t.typrelid = 0
    AND NOT EXISTS (SELECT FROM pg_type m WHERE m.typarray = t.oid)
    AND n.nspname !~ '^pg_temp' AND {own("t.oid", "pg_type")}""",
    "t.oid",
    _thing,
)
