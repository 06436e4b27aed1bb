"""What belongs to no table: schemas, extensions, publications, servers, default privileges, settings.

There are few of these, so that they are read all at once.
"""

from __future__ import annotations

from collections.abc import Callable

from deploycheck.rehearsal.catalogue.model import Thing
from deploycheck.rehearsal.catalogue.postgresql.reading import (
    FIRST_OWN,
    Group,
    Names,
    Reading,
    Row,
    comment,
    common,
    grants,
    options,
    own,
    says,
    whole,
)


def rest(kind: str, columns: str, source: str, where: str, *, since: int = 12) -> Reading:
    """Return the reading of a kind whose rows say `name`, `schema` (or null) and `definition`."""
    return Reading(kind, Group.REST, columns, source, where, "0", _of(kind), since)


def _of(kind: str) -> Callable[[Row, Names], Thing]:
    def thing(row: Row, names: Names) -> Thing:
        schema, name = row.get("schema"), row["name"]
        full = whole(schema, name) if schema else name
        plain = name.replace(f"{names.home}.", "")
        shown = names.shown(schema, plain) if schema else plain
        return Thing(
            (kind, full),
            f"{kind} {shown}",
            says(("", row.get("definition")), *common(row)),
            ("schema", schema) if schema else None,
            names=((f"{kind} {row.get('number', full)}", full),),
        )

    return thing


_PUBLISHED = """string_agg({what}, ', ' ORDER BY {what} COLLATE "C")"""
_OBJECTS = {
    "r": "tables",
    "S": "sequences",
    "f": "functions",
    "T": "types",
    "n": "schemas",
    "L": "large objects",
}
_DEFAULT_KIND = (
    "CASE d.defaclobjtype " + " ".join(f"WHEN '{k}' THEN '{v}'" for k, v in _OBJECTS.items()) + " END"
)

SCHEMAS = rest(
    "schema",
    f"""n.oid::bigint AS number, n.nspname AS name, NULL AS schema, NULL AS definition,
    pg_get_userbyid(n.nspowner) AS owner, {grants("n.nspacl", "n", "n.nspowner")},
    {comment("n.oid", "pg_namespace")}""",
    "pg_namespace n",
    "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND n.oid NOT IN (SELECT e.objid "
    "FROM pg_depend e WHERE e.refclassid = 'pg_extension'::regclass AND e.deptype = 'e' "
    "AND e.classid = 'pg_namespace'::regclass)",
)
EXTENSIONS = rest(
    "extension",
    f"""x.extname AS name, NULL AS schema,
    'version ' || x.extversion || ' in schema ' || n.nspname AS definition,
    CASE WHEN x.oid >= {FIRST_OWN} THEN obj_description(x.oid, 'pg_extension') END AS comment""",
    "pg_extension x JOIN pg_namespace n ON n.oid = x.extnamespace",
    "true",
)
EVENT_TRIGGERS = rest(
    "event trigger",
    f"""v.evtname AS name, NULL AS schema, concat_ws(' ', 'on', v.evtevent,
    'when tag in (' || array_to_string(v.evttags, ', ') || ')', 'execute', v.evtfoid::regproc,
    nullif(v.evtenabled::text, 'O')) AS definition,
    pg_get_userbyid(v.evtowner) AS owner, {comment("v.oid", "pg_event_trigger")}""",
    "pg_event_trigger v",
    own("v.oid", "pg_event_trigger"),
)


def publications(version: int) -> Reading:
    """Return the reading of publications of one version of PostgreSQL."""
    newer = version >= 15  # noqa: PLR2004 - where publications of schemas and of some rows came
    detail = (
        """coalesce(' (' || (SELECT string_agg(a.attname, ', ' ORDER BY a.attname COLLATE "C")
            FROM pg_attribute a WHERE a.attrelid = r.prrelid AND a.attnum = ANY (r.prattrs)) || ')', '')
        || coalesce(' where ' || pg_get_expr(r.prqual, r.prrelid), '')"""
        if newer
        else "''"
    )
    tables = _PUBLISHED.format(what=f"r.prrelid::regclass::text || {detail}")
    schemas = (
        f""", 'schemas ' || (SELECT {_PUBLISHED.format(what="s.pnnspid::regnamespace::text")}
        FROM pg_publication_namespace s WHERE s.pnpubid = p.oid)"""
        if newer
        else ""
    )
    return rest(
        "publication",
        f"""p.pubname AS name, NULL AS schema, concat_ws(' ',
        (to_jsonb(p) - 'oid' - 'pubname' - 'pubowner')::text,
        'tables ' || (SELECT {tables} FROM pg_publication_rel r WHERE r.prpubid = p.oid){schemas})
        AS definition,
        pg_get_userbyid(p.pubowner) AS owner, {comment("p.oid", "pg_publication")}""",
        "pg_publication p",
        own("p.oid", "pg_publication"),
    )


# A user mapping's options hold passwords: only that it is there is looked at.
FOREIGN = (
    rest(
        "foreign data wrapper",
        f"""f.oid::bigint AS number, f.fdwname AS name, NULL AS schema, concat_ws(' ',
        'handler ' || nullif(f.fdwhandler::regproc::text, '-'),
        'validator ' || nullif(f.fdwvalidator::regproc::text, '-'),
        {options("f.fdwoptions")}) AS definition, pg_get_userbyid(f.fdwowner) AS owner,
        {grants("f.fdwacl", "F", "f.fdwowner")}, {comment("f.oid", "pg_foreign_data_wrapper")}""",
        "pg_foreign_data_wrapper f",
        own("f.oid", "pg_foreign_data_wrapper"),
    ),
    rest(
        "server",
        f"""s.oid::bigint AS number, s.srvname AS name, NULL AS schema, concat_ws(' ', 'of ' || f.fdwname,
        s.srvtype, s.srvversion, {options("s.srvoptions")}) AS definition,
        pg_get_userbyid(s.srvowner) AS owner, {grants("s.srvacl", "S", "s.srvowner")},
        {comment("s.oid", "pg_foreign_server")}""",
        "pg_foreign_server s JOIN pg_foreign_data_wrapper f ON f.oid = s.srvfdw",
        own("s.oid", "pg_foreign_server"),
    ),
    rest(
        "user mapping",
        "u.usename || ' on ' || u.srvname AS name, NULL AS schema, NULL AS definition",
        "pg_user_mappings u",
        "true",
    ),
)
DEFAULT_PRIVILEGES = rest(
    "default privileges",
    f"""concat_ws(' ', 'of', pg_get_userbyid(d.defaclrole), 'on', {_DEFAULT_KIND},
        'in schema ' || n.nspname) AS name, NULL AS schema,
    coalesce((SELECT string_agg(g::text, ', ' ORDER BY g::text COLLATE "C") FROM unnest(d.defaclacl) g),
        'nobody') AS grants""",
    "pg_default_acl d LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace",
    "true",
)
SETTINGS = rest(
    "setting",
    """split_part(o, '=', 1) || ' of the database' || coalesce(' for ' || r.rolname, '') AS name,
    NULL AS schema, substr(o, strpos(o, '=') + 1) AS definition""",
    """pg_db_role_setting g CROSS JOIN unnest(g.setconfig) o LEFT JOIN pg_roles r ON r.oid = g.setrole""",
    "g.setdatabase = (SELECT b.oid FROM pg_database b WHERE b.datname = current_database())",
)
