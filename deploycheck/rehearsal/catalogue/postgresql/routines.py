"""Functions, procedures and aggregates."""

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

_KINDS = {"f": "function", "p": "procedure", "a": "aggregate", "w": "window function"}


def _thing(row: Row, names: Names) -> Thing:
    schema, signature = row["schema"], f"{row['name']}({row['arguments']})"
    shown = f"{row['name']}({row['arguments'].replace(names.home + '.', '')})"
    return Thing(
        ("routine", whole(schema, signature)),
        f"{_KINDS[row['kind']]} {names.shown(schema, shown)}",
        says(("", row["definition"]), *common(row)),
        ("schema", schema),
        names=((f"routine {row['of']}", whole(schema, row["name"])),),
        queries=row["parsed"],
    )


# The numbers in an aggregate's row that name others are written as their names; regproc columns are already.
ROUTINES = Reading(
    "routines",
    Group.ROUTINE,
    f"""p.proname AS name, n.nspname AS schema, p.prokind AS kind,
    pg_get_function_identity_arguments(p.oid) AS arguments,
    CASE WHEN p.prokind <> 'a' THEN pg_get_functiondef(p.oid) ELSE (
        SELECT 'returns ' || pg_get_function_result(p.oid) || ' ' || (to_jsonb(g) - 'aggfnoid'
            || jsonb_build_object('aggtranstype', format_type(g.aggtranstype, NULL),
                'aggmtranstype', format_type(g.aggmtranstype, NULL),
                'aggsortop', g.aggsortop::regoperator::text, 'parallel', p.proparallel))::text
        FROM pg_aggregate g WHERE g.aggfnoid = p.oid) END AS definition,
    coalesce(to_jsonb(p) ->> 'prosqlbody', '') <> '' AS parsed,
    pg_get_userbyid(p.proowner) AS owner, {grants("p.proacl", "f", "p.proowner")},
    {comment("p.oid", "pg_proc")}""",
    "pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace",
    f"""n.nspname !~ '^pg_temp' AND {own("p.oid", "pg_proc")}
    AND NOT EXISTS (SELECT FROM pg_depend i WHERE i.classid = 'pg_proc'::regclass AND i.objid = p.oid
        AND i.deptype = 'i')""",
    "p.oid",
    _thing,
)
