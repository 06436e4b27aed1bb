"""What hangs on a table and acts: triggers, rules and policies."""

from __future__ import annotations

import re

from deploycheck.rehearsal.catalogue.model import Thing
from deploycheck.rehearsal.catalogue.postgresql.indexes import NAME
from deploycheck.rehearsal.catalogue.postgresql.reading import (
    FIRST_OWN,
    Group,
    Names,
    Reading,
    Row,
    comment,
    own,
    says,
)

_HEAD = re.compile(rf"CREATE (CONSTRAINT )?(?:TRIGGER|RULE) {NAME}(?: AS\s+)?\s*")
_STATES = {"D": "disabled", "R": "enabled on a replica", "A": "enabled always"}
_COMMANDS = {"r": "select", "a": "insert", "w": "update", "d": "delete", "*": "all"}


def _of(kind: str, row: Row, names: Names, definition: str, *, queries: bool = False) -> Thing:
    table = names.relations[row["of"]]
    return Thing(
        (kind, f"{table.whole}.{row['name']}"),
        f"{kind} {row['name']} on {table.shown}",
        says(("", definition), ("state", _STATES.get(row["state"])), ("comment", row["comment"])),
        ("relation", table.whole),
        row["name"],
        queries=queries,
    )


def _trigger(row: Row, names: Names) -> Thing:
    return _of("trigger", row, names, _without_name(row["definition"]))


def _rule(row: Row, names: Names) -> Thing:
    return _of("rule", row, names, _without_name(row["definition"]).rstrip(";"), queries=True)


def _policy(row: Row, names: Names) -> Thing:
    parts = (
        "as restrictive" if row["restrictive"] else None,
        f"for {_COMMANDS[row['command']]}",
        f"to {row['roles'] or 'public'}",
        row["using"] and f"using ({row['using']})",
        row["check"] and f"with check ({row['check']})",
    )
    return _of("policy", row, names, " ".join(p for p in parts if p), queries=True)


def _without_name(definition: str) -> str:
    head = _HEAD.match(definition)
    return definition if head is None else (head[1] or "").lower() + definition[head.end() :]


_TABLES = f"c.relpersistence <> 't' AND {own('c.oid', 'pg_class')}"

# A partition's copy of its parent's trigger comes and goes with that; PostgreSQL 12 calls it internal.
TRIGGERS = Reading(
    "triggers",
    Group.RELATION,
    f"""g.tgname AS name, pg_get_triggerdef(g.oid) AS definition, g.tgenabled AS state,
    {comment("g.oid", "pg_trigger")}""",
    "pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid",
    f"""g.tgrelid >= {FIRST_OWN} AND NOT g.tgisinternal
    AND coalesce(to_jsonb(g) ->> 'tgparentid', '0') = '0' AND {_TABLES}""",
    "g.tgrelid",
    _trigger,
)
RULES = Reading(
    "rules",
    Group.RELATION,
    f"""r.rulename AS name, pg_get_ruledef(r.oid) AS definition, r.ev_enabled AS state,
    {comment("r.oid", "pg_rewrite")}""",
    "pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class",
    f"r.ev_class >= {FIRST_OWN} AND r.rulename <> '_RETURN' AND {_TABLES}",
    "r.ev_class",
    _rule,
)
POLICIES = Reading(
    "policies",
    Group.RELATION,
    f"""p.polname AS name, '' AS state, NOT p.polpermissive AS restrictive, p.polcmd AS command,
    (SELECT string_agg(CASE WHEN r = 0 THEN 'public' ELSE pg_get_userbyid(r) END, ', '
        ORDER BY pg_get_userbyid(r) COLLATE "C") FROM unnest(p.polroles) r) AS roles,
    pg_get_expr(p.polqual, p.polrelid) AS using, pg_get_expr(p.polwithcheck, p.polrelid) AS check,
    {comment("p.oid", "pg_policy")}""",
    "pg_policy p JOIN pg_class c ON c.oid = p.polrelid",
    f"p.polrelid >= {FIRST_OWN} AND {_TABLES}",
    "p.polrelid",
    _policy,
)
