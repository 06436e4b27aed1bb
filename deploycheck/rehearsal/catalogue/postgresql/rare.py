"""What few applications make: casts, operators, collations, text search, languages, access methods."""

from __future__ import annotations

from deploycheck.rehearsal.catalogue.postgresql.reading import Reading, comment, own
from deploycheck.rehearsal.catalogue.postgresql.rest import rest


def _in_schema(  # noqa: PLR0913 - the columns of the table below
    kind: str, catalogue: str, prefix: str, definition: str, *, name: str = "", owner: str = "owner"
) -> Reading:
    """Return the reading of a kind whose catalogue names its columns by one prefix."""
    shown = name or f"x.{prefix}name"
    return rest(
        kind,
        f"""x.oid::bigint AS number, {shown} AS name, n.nspname AS schema, {definition} AS definition,
        {f"pg_get_userbyid(x.{prefix}{owner})" if owner else "NULL"} AS owner,
        {comment("x.oid", catalogue)}""",
        f"{catalogue} x JOIN pg_namespace n ON n.oid = x.{prefix}namespace",
        own("x.oid", catalogue),
    )


def _members(catalogue: str, prefix: str, family: str) -> str:
    """Return the expression of what an operator class or family consists of."""
    what, number = (
        ("amopopr::regoperator", "amopstrategy")
        if prefix == "amop"
        else ("amproc::regprocedure", "amprocnum")
    )
    return f"""(SELECT string_agg(concat_ws(' ', m.{number}, m.{what}), ', ' ORDER BY m.{prefix}lefttype,
        m.{prefix}righttype, m.{number}) FROM {catalogue} m WHERE m.{prefix}family = {family})"""


RARE = (
    rest(
        "cast",
        f"""x.oid::bigint AS number,
        format_type(x.castsource, NULL) || ' as ' || format_type(x.casttarget, NULL) AS name, NULL AS schema,
        concat_ws(' ', 'with', nullif(x.castfunc, 0)::regprocedure, x.castmethod, x.castcontext)
        AS definition, {comment("x.oid", "pg_cast")}""",
        "pg_cast x",
        own("x.oid", "pg_cast") + " AND NOT EXISTS (SELECT FROM pg_depend i "
        "WHERE i.classid = 'pg_cast'::regclass AND i.objid = x.oid AND i.deptype = 'i')",
    ),
    _in_schema(
        "operator",
        "pg_operator",
        "opr",
        """concat_ws(' ', x.oprcode, 'commutator ' || nullif(x.oprcom, 0)::regoperator,
        'negator ' || nullif(x.oprnegate, 0)::regoperator, x.oprrest, x.oprjoin, x.oprcanmerge,
        x.oprcanhash)""",
        name="""x.oprname || ' (' || coalesce(format_type(nullif(x.oprleft, 0), NULL), 'none') || ', '
        || coalesce(format_type(nullif(x.oprright, 0), NULL), 'none') || ')'""",
    ),
    _in_schema(
        "operator class",
        "pg_opclass",
        "opc",
        """concat_ws(' ', 'for', format_type(x.opcintype, NULL), CASE WHEN x.opcdefault THEN 'default' END,
        'storage ' || format_type(nullif(x.opckeytype, 0), NULL),
        'family ' || (SELECT f.opfname FROM pg_opfamily f WHERE f.oid = x.opcfamily))""",
        name="x.opcname || ' using ' || (SELECT a.amname FROM pg_am a WHERE a.oid = x.opcmethod)",
    ),
    _in_schema(
        "operator family",
        "pg_opfamily",
        "opf",
        f"concat_ws(' ', {_members('pg_amop', 'amop', 'x.oid')}, {_members('pg_amproc', 'amproc', 'x.oid')})",
        name="x.opfname || ' using ' || (SELECT a.amname FROM pg_am a WHERE a.oid = x.opfmethod)",
    ),
    _in_schema(
        "collation",
        "pg_collation",
        "coll",
        """(to_jsonb(x) - 'oid' - 'collname' - 'collnamespace' - 'collowner' - 'collversion')::text""",
    ),
    _in_schema(
        "conversion",
        "pg_conversion",
        "con",
        """concat_ws(' ', pg_encoding_to_char(x.conforencoding), 'to', pg_encoding_to_char(x.contoencoding),
        x.conproc, CASE WHEN x.condefault THEN 'default' END)""",
    ),
    _in_schema(
        "text search configuration",
        "pg_ts_config",
        "cfg",
        """concat_ws(' ', 'parser', (SELECT r.prsname FROM pg_ts_parser r WHERE r.oid = x.cfgparser),
        (SELECT string_agg(m.maptokentype || ' ' || m.mapdict::regdictionary, ', '
            ORDER BY m.maptokentype, m.mapseqno) FROM pg_ts_config_map m WHERE m.mapcfg = x.oid))""",
    ),
    _in_schema(
        "text search dictionary",
        "pg_ts_dict",
        "dict",
        """concat_ws(' ', (SELECT t.tmplname FROM pg_ts_template t WHERE t.oid = x.dicttemplate),
        x.dictinitoption)""",
    ),
    _in_schema(
        "text search parser", "pg_ts_parser", "prs", "concat_ws(' ', x.prsstart, x.prstoken)", owner=""
    ),
    _in_schema(
        "text search template", "pg_ts_template", "tmpl", "concat_ws(' ', x.tmplinit, x.tmpllexize)", owner=""
    ),
    rest(
        "language",
        f"""x.oid::bigint AS number, x.lanname AS name, NULL AS schema, concat_ws(' ', 'handler',
        nullif(x.lanplcallfoid, 0)::regproc, CASE WHEN x.lanpltrusted THEN 'trusted' END) AS definition,
        pg_get_userbyid(x.lanowner) AS owner, {comment("x.oid", "pg_language")}""",
        "pg_language x",
        own("x.oid", "pg_language"),
    ),
    rest(
        "access method",
        f"""x.oid::bigint AS number, x.amname AS name, NULL AS schema,
        'handler ' || x.amhandler AS definition,
        {comment("x.oid", "pg_am")}""",
        "pg_am x",
        own("x.oid", "pg_am"),
    ),
    rest(
        "transform",
        """'for ' || format_type(x.trftype, NULL) || ' language ' || l.lanname AS name, NULL AS schema,
        concat_ws(' ', x.trffromsql, x.trftosql) AS definition""",
        "pg_transform x JOIN pg_language l ON l.oid = x.trflang",
        own("x.oid", "pg_transform"),
    ),
)
