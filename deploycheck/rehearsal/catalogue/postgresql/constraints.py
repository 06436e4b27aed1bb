"""Constraints of tables: keys, references, checks and exclusions.

NOT NULL is said of the column, what constrains a domain with the domain, a constraint trigger with triggers.
"""

from __future__ import annotations

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
)


def _thing(row: Row, names: Names) -> Thing:
    table = names.relations[row["of"]]
    facets = says(
        ("", row["definition"]),
        ("triggers", row["disabled"]),
        ("options", row["options"]),
        ("tablespace", row["tablespace"]),
        ("comment", row["comment"]),
        ("comment of its index", row["index_comment"]),
        ("use", row["used"]),
    )
    return Thing(
        ("constraint", f"{table.whole}.{row['name']}"),
        f"constraint {row['name']} of {table.shown}",
        facets,
        ("relation", table.whole),
        row["name"],
        ((f"constraint {row['number']}", row["name"]),),
    )


# The index of a key is no thing of its own: it comes, goes and is named with its constraint.
CONSTRAINTS = Reading(
    "constraints",
    Group.RELATION,
    f"""k.oid::bigint AS number, k.conname AS name, pg_get_constraintdef(k.oid) AS definition,
    (SELECT 'disabled' FROM pg_trigger g WHERE g.tgconstraint = k.oid AND g.tgrelid = k.conrelid
        AND g.tgisinternal AND g.tgenabled = 'D' LIMIT 1) AS disabled,
    {options("i.reloptions")} AS options,
    (SELECT s.spcname FROM pg_tablespace s WHERE s.oid = i.reltablespace) AS tablespace,
    obj_description(i.oid, 'pg_class') AS index_comment,
    nullif(concat_ws(', ', CASE WHEN x.indisclustered THEN 'clustered on' END,
        CASE WHEN x.indisreplident THEN 'replica identity' END,
        CASE WHEN NOT x.indisvalid THEN 'invalid' END), '') AS used,
    {comment("k.oid", "pg_constraint")}""",
    """pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
    LEFT JOIN pg_class i ON i.oid = k.conindid AND k.contype IN ('p', 'u', 'x')
    LEFT JOIN pg_index x ON x.indexrelid = i.oid""",
    f"""k.conrelid >= {FIRST_OWN} AND k.contype IN ('p', 'u', 'f', 'c', 'x')
    AND c.relpersistence <> 't' AND {own("k.conrelid", "pg_class")}""",
    "k.conrelid",
    _thing,
)
