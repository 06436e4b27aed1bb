"""Values of PostgreSQL's types, as SQL expressions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from deploycheck.rehearsal.rows.hints import labels, numbers
from deploycheck.rehearsal.rows.texts import texts
from deploycheck.rehearsal.session import literal

OURS = "7919"
"""What stands in nearly every value of ours, and in hardly one that a migration writes."""
_UUID = "00000000-0000-4000-8000-000000007919"
_WHOLE = ("7919", "1", "2", "0", "3", "5", "10", "12", "50", "100", "1000", "2000", "-1")
"""Whole numbers to try: first one that no sequence and no seed is likely to have reached."""
_FRACTIONS = ("7919.25", "79.25", "7.25", "0.25", "1", "0", "0.5", "0.99", "2", "10", "100", "-1", "-0.5")
_DAYS = ("2001-02-03", "2001-02-04", "2001-02-05", "2001-01-01", "1990-01-01", "2040-01-01")
_MOMENTS = (*(f"{day} 04:05:06.789" for day in _DAYS), "2001-01-01 00:00:00")
_BITS = "1" + "01" * 40

_PLAIN: Mapping[str, tuple[str, ...]] = {
    "int2": _WHOLE,
    "int4": _WHOLE,
    "int8": _WHOLE,
    "oid": _WHOLE[:-1],
    "float4": ("7919.25", *_FRACTIONS),
    "float8": _FRACTIONS,
    "numeric": _FRACTIONS,
    "money": ("7919.25", "1", "0", "100"),
    "bool": ("true", "false"),
    "uuid": (_UUID,),
    "bytea": (r"\x7919", r"\x", r"\x00"),
    "date": _DAYS,
    "timestamp": _MOMENTS,
    "timestamptz": tuple(f"{moment}+00" for moment in _MOMENTS),
    "time": ("04:05:06.789", "05:06:07", "00:00:00", "12:00:00", "23:00:00"),
    "timetz": ("04:05:06.789+00", "05:06:07+00", "12:00:00+00"),
    "interval": ("1 day 02:03:04", "1 hour", "0", "1 month", "1 year", "2 days"),
    "json": ('{"r": 7919}', "[]", "{}", "[7919]", '"r"', "7919", "null"),
    "jsonb": ('{"r": 7919}', "[]", "{}", "[7919]", '"r"', "7919", "null"),
    "jsonpath": ("$.r",),
    "inet": ("192.0.2.19", "192.0.2.0/24", "2001:db8::1"),
    "cidr": ("192.0.2.0/24", "192.0.2.19/32", "2001:db8::/32"),
    "macaddr": ("08:00:2b:79:19:01",),
    "macaddr8": ("08:00:2b:79:19:01:02:03",),
    "bit": (_BITS, "0"),
    "varbit": (_BITS, "0", "1"),
    "xml": ("<r>7919</r>",),
    "tsvector": ("'r':1", ""),
    "tsquery": ("'r'",),
    "point": ("(7,9)", "(0,0)"),
    "line": ("{1,-1,0}",),
    "lseg": ("[(0,0),(7,9)]",),
    "box": ("(7,9),(0,0)",),
    "path": ("((0,0),(7,9),(7,0))", "[(0,0),(7,9)]"),
    "polygon": ("((0,0),(7,9),(7,0))",),
    "circle": ("<(7,9),1>",),
    "int4range": ("[7919,7921)", "[1,3)", "(,)"),
    "int8range": ("[7919,7921)", "[1,3)", "(,)"),
    "numrange": ("[1.5,7919.5)", "[0,1]", "(,)"),
    "daterange": ("[2001-02-03,2001-02-05)", "(,)"),
    "tsrange": ('["2001-02-03 04:00:00","2001-02-05 04:00:00")', "(,)"),
    "tstzrange": ('["2001-02-03 04:00:00+00","2001-02-05 04:00:00+00")', "(,)"),
    "pg_lsn": ("0/7919",),
    "xid": ("7919",),
    "xid8": ("7919",),
    "cid": ("7919",),
    "tid": ("(79,19)",),
    "txid_snapshot": ("10:20:10,14,15",),
    "pg_snapshot": ("10:20:10,14,15",),
    "int2vector": ("7 9 1 9",),
    "oidvector": ("7 9 1 9",),
    "regclass": ("pg_class",),
    "regtype": ("integer",),
    "regproc": ("now",),
    "regprocedure": ("now()",),
    "regoper": ("||/",),
    "regoperator": ("+(integer,integer)",),
    "regrole": ("pg_monitor",),
    "regnamespace": ("pg_catalog",),
    "regconfig": ("simple",),
    "regdictionary": ("simple",),
    "regcollation": ('"C"',),
    "refcursor": ("r7919",),
    "aclitem": ("pg_monitor=r/pg_monitor",),
    "hstore": ('"r"=>"7919"', ""),
    "ltree": ("r.r7919", "r"),
    "lquery": ("r.*",),
    "ltxtquery": ("r",),
    "cube": ("(7,9)",),
    "seg": ("7",),
    "isbn": ("978-0-393-04002-9",),
    "isbn13": ("978-0-393-04002-9",),
    "geometry": ("POINT(7 9)", "LINESTRING(0 0,7 9)", "POLYGON((0 0,7 9,7 0,0 0))", "MULTIPOINT(7 9)"),
    "geography": ("POINT(7 9)", "LINESTRING(0 0,7 9)", "POLYGON((0 0,7 9,7 0,0 0))"),
}
_TEXTS = frozenset({"text", "varchar", "bpchar", "citext", "name", "char"})
_NUMBERS = frozenset({"int2", "int4", "int8", "oid", "float4", "float8", "numeric", "money"})
_QUOTED = frozenset(
    {"date", "timestamp", "timestamptz", "time", "timetz", "interval", "uuid", "inet", "cidr"}
)
_UNKNOWN = ("r7919", "7919", "1", "(7,9)", "{}", "[1]", "a")
"""Tried on a type that is not known here."""
_LARGEST = {"int2": 2**15 - 1, "int4": 2**31 - 1, "oid": 2**31 - 1, "int8": 2**63 - 1}
_MOST = 80
"""Candidates of one column."""


@dataclass(frozen=True, slots=True)
class Type:
    """One of PostgreSQL's types, from pg_type.

    `kind` is its typtype, with `a` for arrays. `name` is the bare one, `sql` as SQL writes it without a
    modifier. `element` is an array's element or a domain's base (whose modifier is `modifier`); `parts` are
    an enum's labels, `fields` a composite type's types with their modifiers, as SQL; `conditions` a
    domain's checks.
    """

    oid: int
    name: str
    kind: str
    sql: str
    element: int = 0
    modifier: int = -1
    parts: tuple[str, ...] = ()
    fields: tuple[tuple[int, int, str], ...] = ()
    conditions: tuple[str, ...] = ()


class Types:
    """The types of a database, and what values they have."""

    def __init__(self, types: Mapping[int, Type]) -> None:
        """Keep the types, by oid."""
        self._types = types

    def candidates(
        self, oid: int, modifier: int, sql: str, conditions: tuple[str, ...] = ()
    ) -> tuple[str, ...]:
        """Return expressions of a type, the best first. `sql` is the type with its modifier.

        `conditions` are those that the value has to meet; what they name themselves is tried too. The server
        may refuse one or another (a domain's conditions, a type of an extension).
        """
        kind = self._types.get(oid)
        if kind is None:
            return ()
        found = self._expressions(kind, modifier, conditions)
        return tuple(f"({expression})::{sql}" for expression in found[:_MOST])

    def _expressions(self, kind: Type, modifier: int, conditions: tuple[str, ...]) -> list[str]:
        if kind.kind == "d":
            return self._of(kind.element, kind.modifier, (*conditions, *kind.conditions))
        if kind.kind == "e":
            return [literal(label) for label in kind.parts]
        if kind.kind == "a":
            return self._arrays(kind, modifier, conditions)
        if kind.kind == "c":
            return [f"ROW({', '.join(self._field(*field) for field in kind.fields)})"]
        if kind.kind == "m":
            return ["'{(,)}'", "'{}'"]
        return [literal(text) for text in _texts_of(kind, modifier, conditions)]

    def _of(self, oid: int, modifier: int, conditions: tuple[str, ...]) -> list[str]:
        kind = self._types.get(oid)
        return self._expressions(kind, modifier, conditions) if kind is not None else []

    def _arrays(self, kind: Type, modifier: int, conditions: tuple[str, ...]) -> list[str]:
        element = self._types.get(kind.element)
        if element is None:
            return ["'{}'"]
        elements = [f"({e})::{element.sql}" for e in self._of(kind.element, modifier, conditions)]
        pair = [f"ARRAY[{elements[0]}, {elements[1]}]"] if len(elements) > 1 else []
        return [*(f"ARRAY[{e}]" for e in elements[: _MOST // 2]), *pair, "'{}'"]

    def _field(self, oid: int, modifier: int, sql: str) -> str:
        return next(iter(self.candidates(oid, modifier, sql)), "NULL")


def _texts_of(kind: Type, modifier: int, conditions: tuple[str, ...]) -> list[str]:
    """Return values of a base type as the text that its input function takes."""
    if kind.name in _TEXTS:
        return list(texts(conditions))
    if kind.name in {"vector", "halfvec"}:
        return [f"[{','.join(['7'] * max(modifier, 1))}]"]
    if kind.name == "sparsevec":
        return [f"{{1:7}}/{max(modifier, 1)}"]
    known = _PLAIN.get(kind.name, ("(,)",) if kind.kind == "r" else _UNKNOWN)
    if kind.name in _NUMBERS:
        known = (*_fitting(known, kind.name, modifier), *_below(numbers(conditions), kind.name))
    elif kind.name in _QUOTED or kind.kind == "r" or kind.name not in _PLAIN:
        known = (*known, *labels(conditions))
    return list(dict.fromkeys(known))


def _fitting(known: tuple[str, ...], name: str, modifier: int) -> tuple[str, ...]:
    """Return the numbers that a `numeric(p, s)` has room for, without rounding where possible."""
    if name != "numeric" or modifier < 0:
        return known
    precision, scale = (modifier - 4) >> 16, ((modifier - 4) & 0x7FF ^ 1024) - 1024
    if scale > precision:
        return (f"0.{'0' * (scale - 1)}1", "0")
    room = 10 ** (precision - scale)
    return tuple(n for n in known if abs(float(n)) < room and (scale > 0 or "." not in n)) or ("0",)


def _below(found: tuple[str, ...], name: str) -> tuple[str, ...]:
    most = _LARGEST.get(name)
    return found if most is None else tuple(n for n in found if "." not in n and abs(int(n)) <= most)
