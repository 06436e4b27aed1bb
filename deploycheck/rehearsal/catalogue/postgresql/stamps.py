"""Which groups of objects were written to: one number for each, of the versions of its rows.

A row of the catalogue is never changed in its place; it gets a new version, elsewhere on disk (`ctid`) or by
another transaction (`xmin`). A slot is given away only when its version is dead to everybody, which inside of
the transaction that wrote it takes a savepoint rolled back, and what comes after has another number. So place
and writer name a version, within one transaction as across them, and what is written past DDL shows too.
What PostgreSQL does overwrite in place are statistics, which are nobody's schema, and before version 14 the
state of an index, which counts by itself.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from deploycheck.rehearsal.catalogue.postgresql.reading import FIRST_OWN, Group

if TYPE_CHECKING:
    from deploycheck.rehearsal.session import Session

_CLASS = "'pg_class'::regclass"


@dataclass(frozen=True, slots=True)
class Stamps:
    """What one look saw.

    `server` names the server, the database and the connection. `others` is of what all texts may mention and
    nobody's group holds (roles, tablespaces, what belongs to extensions). `rest` is of the group of that
    name, `groups` of each other one by kind and number.
    """

    server: str = ""
    others: str = ""
    rest: str = ""
    groups: Mapping[tuple[Group, int], str] = field(default_factory=dict)


def stamps(session: Session, version: int) -> Stamps:
    """Look, without reading any definition. Raises `StatementFailed`."""
    server = others = rest = ""
    groups: dict[tuple[Group, int], str] = {}
    for kind, number, stamp in session.query(_query(version)):
        match kind:
            case "server":
                server = str(stamp)
            case "others":
                others = str(stamp)
            case Group.REST:
                rest = str(stamp)
            case _:
                groups[Group(str(kind)), int(str(number))] = str(stamp)
    return Stamps(server, others, rest, groups)


def _stamp(alias: str, *more: str) -> str:
    parts = ", ".join((f"{alias}.tableoid", f"{alias}.ctid", f"{alias}.xmin", *more))
    return f"hashtextextended(concat_ws(' ', {parts}), 0) AS h"


def _under(catalogue: str, number: str, *more: str, where: str = "true", home: str = "NULL::oid") -> str:
    """Return the rows of a catalogue that belong to a relation by its number: whose, whose that is, stamp."""
    return (
        f"SELECT x.{number}, {home}, {_stamp('x', *more)} FROM {catalogue} x "
        f"WHERE x.{number} >= {FIRST_OWN} AND {where}"
    )


def _described(catalogue: str, owner: str) -> str:
    """Return the comments on what belongs to a relation without being one."""
    return (
        f"SELECT y.{owner}, NULL::oid, {_stamp('x')} FROM pg_description x "
        f"JOIN {catalogue} y ON y.oid = x.objoid "
        f"WHERE x.classoid = '{catalogue}'::regclass AND x.objoid >= {FIRST_OWN} AND y.{owner} > 0"
    )


# The group of an index, of a TOAST table and of an identity's sequence is its table's. Nothing is joined for
# it: of a catalogue that nobody analysed the planner expects so little that every join is a nested loop.
_RELATIONS = (
    _under("pg_attribute", "attrelid", where="x.attnum > 0"),
    _under("pg_attrdef", "adrelid"),
    _under("pg_constraint", "conrelid"),
    _under("pg_index", "indexrelid", "x.indisvalid", "x.indisready", "x.indislive", home="x.indrelid"),
    _under("pg_trigger", "tgrelid"),
    _under("pg_policy", "polrelid"),
    _under("pg_rewrite", "ev_class"),
    _under("pg_inherits", "inhrelid"),
    _under("pg_sequence", "seqrelid"),
    _under("pg_statistic_ext", "stxrelid"),
    _under("pg_partitioned_table", "partrelid"),
    _under("pg_foreign_table", "ftrelid"),
    _under("pg_type", "typrelid"),
    _under(
        "pg_depend",
        "objid",
        where=f"x.classid = {_CLASS} AND x.refclassid = {_CLASS} AND x.refobjsubid > 0 "
        "AND x.deptype IN ('a', 'i')",
        home="CASE WHEN x.deptype = 'i' THEN x.refobjid END",
    ),
    _under("pg_description", "objoid", where=f"x.classoid = {_CLASS}"),
    f"SELECT x.reltoastrelid, x.oid, 0 FROM pg_class x WHERE x.oid >= {FIRST_OWN} AND x.reltoastrelid > 0",
    _described("pg_constraint", "conrelid"),
    _described("pg_trigger", "tgrelid"),
    _described("pg_policy", "polrelid"),
    _described("pg_rewrite", "ev_class"),
    _described("pg_statistic_ext", "stxrelid"),
    _described("pg_type", "typrelid"),
)
_CLASSES = f"""SELECT x.oid, NULL::oid, {_stamp("x")}, true FROM pg_class x WHERE x.oid >= {FIRST_OWN}
AND x.relpersistence <> 't' AND NOT (x.relkind = 'i' AND x.relnamespace = 'pg_toast'::regnamespace)"""


def _first(catalogue: str, number: str, where: str = "true") -> str:
    """Return the rows of a catalogue that belong to a type or a routine by its number."""
    return (
        f"SELECT x.{number}::oid, {_stamp('x')} FROM {catalogue} x "
        f"WHERE x.{number}::oid >= {FIRST_OWN} AND {where}"
    )


_TYPES = (
    _first(
        "pg_type",
        "oid",
        "x.typrelid = 0 AND x.typtype IN ('e', 'd', 'r', 'b') AND x.typinput <> 'array_in'::regproc",
    ),
    _first("pg_enum", "enumtypid"),
    _first("pg_range", "rngtypid"),
    _first("pg_constraint", "contypid"),
    _first("pg_description", "objoid", "x.classoid = 'pg_type'::regclass"),
    f"SELECT g, h FROM ({_described('pg_constraint', 'contypid')}) s (g, home, h)",
)
_OF_EXTENSIONS = """EXISTS (SELECT FROM pg_depend e
WHERE e.classid = 'pg_proc'::regclass AND e.objid = x.oid AND e.deptype = 'e')"""
_ROUTINES = (
    _first("pg_proc", "oid", f"NOT {_OF_EXTENSIONS}"),
    _first("pg_aggregate", "aggfnoid"),
    _first("pg_description", "objoid", "x.classoid = 'pg_proc'::regclass"),
)
_BY_NUMBER = (
    *("pg_event_trigger", "pg_publication", "pg_foreign_data_wrapper", "pg_foreign_server", "pg_cast"),
    *("pg_operator", "pg_opclass", "pg_opfamily", "pg_amop", "pg_amproc", "pg_collation", "pg_conversion"),
    *("pg_language", "pg_ts_config", "pg_ts_dict", "pg_ts_parser", "pg_ts_template", "pg_transform", "pg_am"),
)
_WHOLLY = ("pg_namespace", "pg_default_acl", "pg_publication_rel", "pg_db_role_setting")
_DESCRIBED_ELSEWHERE = ", ".join(
    f"'{c}'::regclass"
    for c in (
        *("pg_class", "pg_constraint", "pg_trigger", "pg_policy", "pg_rewrite", "pg_statistic_ext"),
        *("pg_type", "pg_proc"),
    )
)


def _rest(version: int) -> tuple[str, ...]:
    """Return the rows of everything that is read at once; user mappings are shown by a view only."""
    wholly = _WHOLLY + (("pg_publication_namespace",) if version >= 15 else ())  # noqa: PLR2004 - since then
    return (
        *(f"SELECT {_stamp('x')} FROM {c} x WHERE x.oid >= {FIRST_OWN}" for c in _BY_NUMBER),
        *(f"SELECT {_stamp('x')} FROM {c} x" for c in wholly),
        f"SELECT {_stamp('x')} FROM pg_ts_config_map x WHERE x.mapcfg >= {FIRST_OWN}",
        f"""SELECT {_stamp("x")} FROM pg_description x
        WHERE x.objoid >= {FIRST_OWN} AND x.classoid NOT IN ({_DESCRIBED_ELSEWHERE})""",
        f"""SELECT {_stamp("x")} FROM pg_namespace n JOIN pg_description x ON x.objoid = n.oid
        AND x.classoid = 'pg_namespace'::regclass WHERE n.oid < {FIRST_OWN}""",
        "SELECT hashtextextended(concat_ws(' ', umid, srvname, usename), 0) FROM pg_user_mappings",
    )


_OTHERS = (
    f"SELECT {_stamp('x')} FROM pg_extension x",
    f"""SELECT {_stamp("x")} FROM pg_depend x
    WHERE x.refclassid = 'pg_extension'::regclass AND x.deptype = 'e'""",
    "SELECT hashtextextended(concat_ws(' ', 'role', oid, rolname), 0) FROM pg_roles",
    "SELECT hashtextextended(concat_ws(' ', 'tablespace', oid, spcname), 0) FROM pg_tablespace",
)
_SERVER = """SELECT 'server', 0, concat_ws(' ', pg_postmaster_start_time(), pg_backend_pid(),
(SELECT b.oid FROM pg_database b WHERE b.datname = current_database()))"""


@functools.cache
def _query(version: int) -> str:
    rows = " UNION ALL ".join((_CLASSES, *(f"SELECT *, false FROM ({q}) r" for q in _RELATIONS)))
    single = f"""SELECT coalesce(max(home), g), sum(h) FROM ({rows}) s (g, home, h, known)
    GROUP BY g HAVING bool_or(known)"""
    return _all(
        (
            _SERVER,
            *(f"SELECT '{name}', 0, sum(h)::text FROM ({_all(of)}) s" for name, of in _once(version)),
            *(_grouped(name, _all(of)) for name, of in _EACH),
            _grouped(Group.RELATION, single),
        )
    )


def _grouped(name: Group, rows: str) -> str:
    return f"SELECT '{name}', g::bigint, sum(h)::text FROM ({rows}) s (g, h) GROUP BY g"


_EACH = ((Group.TYPE, _TYPES), (Group.ROUTINE, _ROUTINES))


def _once(version: int) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return (("others", _OTHERS), (Group.REST, _rest(version)))


def _all(queries: Iterable[str]) -> str:
    return " UNION ALL ".join(queries)
