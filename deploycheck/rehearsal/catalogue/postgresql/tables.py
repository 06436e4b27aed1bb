"""Tables, views, composite types: everything of `pg_class` with columns."""

from __future__ import annotations

from deploycheck.rehearsal.catalogue.model import Thing
from deploycheck.rehearsal.catalogue.postgresql.reading import (
    Group,
    Names,
    Reading,
    Relation,
    Row,
    common,
    grants,
    options,
    own,
    says,
    whole,
)

KINDS = {
    "r": "table",
    "p": "table",
    "f": "foreign table",
    "v": "view",
    "m": "materialized view",
    "c": "type",
    "S": "sequence",
}
"""What people call each kind of relation."""
_PERSISTENCE = {"u": "unlogged"}
_REPLICA = {"n": "nothing", "f": "full", "i": "using an index"}


def relation(row: Row, home: str) -> Relation:
    """Return what the columns, indexes and constraints of a relation are named after."""
    schema, name = row["schema"], row["name"]
    return Relation(KINDS[row["kind"]], schema, name, name if schema == home else f"{schema}.{name}")


def _thing(row: Row, names: Names) -> Thing:
    schema, name, kind = row["schema"], row["name"], KINDS[row["kind"]]
    definition = row["query"].rstrip(";").strip() if row["query"] else None
    facets = says(
        ("", _definition(row, definition)),
        ("persistence", _PERSISTENCE.get(row["persistence"])),
        ("kind", None if kind in {"table", "type"} else kind),
        ("partition", row["bound"]),
        ("inheritance", row["parents"]),
        ("options", row["options"]),
        ("options of TOAST", row["toast_options"]),
        ("server", row["server"]),
        ("tablespace", row["tablespace"]),
        ("access method", row["method"]),
        ("row security", row["security"]),
        ("replica identity", _REPLICA.get(row["replica"]) if row["kind"] in "rp" else None),
        ("contents", None if row["populated"] else "no data"),
        *common(row),
    )
    return Thing(
        (_family(kind), whole(schema, name)),
        f"{kind} {names.shown(schema, name)}",
        facets,
        ("schema", schema),
        names=((f"class {row['of']}", whole(schema, name)),),
        queries=definition is not None,
    )


def _definition(row: Row, query: str | None) -> str | None:
    if query is not None:
        return query
    parts = (row["typed"], row["partitioned"])
    return ", ".join(p for p in parts if p) or None


def _family(kind: str) -> str:
    """Return the kind under which names are told apart; a view that comes back as a table has its name."""
    return "type" if kind == "type" else "relation"


RELATIONS = Reading(
    "relations",
    Group.RELATION,
    f"""c.relname AS name, n.nspname AS schema, c.relkind AS kind, c.relpersistence AS persistence,
    CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END AS query,
    CASE WHEN c.relkind = 'p' THEN 'partition by ' || pg_get_partkeydef(c.oid) END AS partitioned,
    CASE WHEN c.reloftype <> 0 THEN 'of ' || format_type(c.reloftype, NULL) END AS typed,
    CASE WHEN c.relispartition THEN pg_get_expr(c.relpartbound, c.oid) END AS bound,
    (SELECT string_agg(i.inhparent::regclass::text, ', ' ORDER BY i.inhseqno)
        FROM pg_inherits i WHERE i.inhrelid = c.oid) AS parents,
    {options("c.reloptions")} AS options,
    (SELECT {options("t.reloptions")} FROM pg_class t WHERE t.oid = c.reltoastrelid) AS toast_options,
    (SELECT s.srvname || coalesce(' (' || {options("f.ftoptions")} || ')', '')
        FROM pg_foreign_table f JOIN pg_foreign_server s ON s.oid = f.ftserver
        WHERE f.ftrelid = c.oid) AS server,
    (SELECT s.spcname FROM pg_tablespace s WHERE s.oid = c.reltablespace) AS tablespace,
    (SELECT m.amname FROM pg_am m WHERE m.oid = c.relam AND m.amname <> 'heap') AS method,
    CASE WHEN c.relrowsecurity OR c.relforcerowsecurity THEN
        concat_ws(', ', CASE WHEN c.relrowsecurity THEN 'on' END,
        CASE WHEN c.relforcerowsecurity THEN 'forced' END) END AS security,
    c.relreplident AS replica, c.relispopulated AS populated,
    pg_get_userbyid(c.relowner) AS owner,
    CASE WHEN c.relkind = 'c'
        THEN (SELECT {grants("y.typacl", "T", "y.typowner").removesuffix(" AS grants")}
            FROM pg_type y WHERE y.oid = c.reltype)
        ELSE {grants("c.relacl", "r", "c.relowner").removesuffix(" AS grants")} END AS grants,
    CASE WHEN c.relkind = 'c' THEN obj_description(c.reltype, 'pg_type')
        ELSE obj_description(c.oid, 'pg_class') END AS comment""",
    "pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace",
    "c.relkind IN ('r', 'p', 'f', 'v', 'm', 'c') AND c.relpersistence <> 't' "
    f"AND n.nspname <> 'pg_toast' AND {own('c.oid', 'pg_class')}",
    "c.oid",
    _thing,
)
