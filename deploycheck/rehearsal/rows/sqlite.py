"""SQLite's tables, for rows to be put into."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.rehearsal.rows.hints import labels, numbers
from deploycheck.rehearsal.rows.model import Check, Column, ForeignKey, Table
from deploycheck.rehearsal.rows.texts import texts
from deploycheck.rehearsal.session import literal, quoted

if TYPE_CHECKING:
    from deploycheck.rehearsal.session import Cell, Session

_WHOLE = ("7919", "1", "2", "0", "3", "5", "10", "100", "-1")
_FRACTIONS = ("7919.25", "0.5", "1", "0", "2", "10", "100", "-1")
_MOMENTS = ("2001-02-03 04:05:06.000789", "2001-02-04 04:05:06.000789", "2001-01-01 00:00:00.000000")
_UUID = "00000000000040008000000000007919"

_BY_NAME: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"BOOL", ("1", "0")),
    (r"DATETIME|TIMESTAMP", tuple(map(literal, _MOMENTS))),
    (r"DATE", ("'2001-02-03'", "'2001-02-04'", "'2001-01-01'")),
    (r"TIME", ("'04:05:06.000789'", "'05:06:07.000000'")),
    (r"JSON", ("""'{"r": 7919}'""", "'[]'", "'{}'")),
    (r"UUID|GUID", (literal(_UUID),)),
    (r"CHAR\(32\)", (literal(_UUID),)),
    (r"CHAR\(36\)", ("'00000000-0000-4000-8000-000000007919'",)),
    (r"INT", _WHOLE),
    (r"CHAR|CLOB|TEXT|STRING|ENUM", ()),
    (r"BLOB|BINARY|BYTEA", ("X'7919'", "X''")),
    (r"REAL|FLOA|DOUB|NUM|DEC|MONEY", _FRACTIONS),
)
"""Values by the declared type: what SQLAlchemy writes for it, then SQLite's own affinities."""

_TABLES = """
SELECT name, sql FROM sqlite_master
WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!' AND sql NOT LIKE 'CREATE VIRTUAL%'
ORDER BY name
"""
_COLUMNS = """
SELECT m.name, c.name, c.type, c."notnull", c.pk, c.hidden, c.dflt_value
FROM sqlite_master m JOIN pragma_table_xinfo(m.name) c
WHERE m.type = 'table' ORDER BY m.name, c.cid
"""
_KEYS = """
SELECT m.name, k.id, k."table", k."from", k."to"
FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) k
WHERE m.type = 'table' ORDER BY m.name, k.id, k.seq
"""


@dataclass(frozen=True, slots=True)
class Shape:
    """A table's columns as SQLite lists them, those that it computes left out."""

    name: str
    ddl: str
    columns: tuple[tuple[Cell, ...], ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Its columns."""
        return tuple(str(c[0]) for c in self.columns)

    @property
    def key(self) -> tuple[str, ...]:
        """Its primary key."""
        return tuple(str(c[0]) for c in sorted(self.columns, key=lambda c: int(str(c[3]))) if c[3])


def shapes(session: Session) -> dict[str, Shape]:
    """Return every table of the project's by name, Alembic's own left out."""
    columns: dict[str, list[tuple[Cell, ...]]] = {}
    for table, *column in session.query(_COLUMNS):
        if column[4] == 0:
            columns.setdefault(str(table), []).append(tuple(column))
    found = [Shape(str(n), str(ddl), tuple(columns.get(str(n), ()))) for n, ddl in session.query(_TABLES)]
    return {s.name: s for s in found if s.columns and s.names != ("version_num",)}


def described(session: Session, wanted: Sequence[Shape], every: dict[str, Shape]) -> list[Table]:
    """Return what has to be known of tables to put a row into each."""
    keys = _foreign_keys(session, every)
    return [_table(shape, keys.get(shape.name.casefold(), [])) for shape in wanted]


def _table(shape: Shape, keys: Sequence[ForeignKey]) -> Table:
    conditions = tuple(checks(shape.ddl))
    found = tuple(Check(sql, tuple(n for n in shape.names if _mentions(sql, n))) for sql in conditions)
    alone = len(shape.key) == 1
    columns = tuple(_column(c, found, rowid=alone) for c in shape.columns)
    return Table(shape.name, quoted(shape.name), columns, tuple(c for c in found if c.columns), tuple(keys))


def _mentions(sql: str, name: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", sql, re.IGNORECASE) is not None


def _column(column: tuple[Cell, ...], found: Sequence[Check], *, rowid: bool) -> Column:
    name, kind, required, key, _, default = column
    conditions = tuple(check.sql for check in found if name in check.columns)
    nullable = not required and not key
    values = _values(str(kind), conditions)
    if rowid and key and str(kind).upper() == "INTEGER":
        values = tuple(v for v in values if re.fullmatch(r"-?\d+", v))
    return Column(str(name), tuple(sorted(values, key=lambda v: v == str(default))), nullable)


def _values(kind: str, conditions: tuple[str, ...]) -> tuple[str, ...]:
    known = next((v for pattern, v in _BY_NAME if re.search(pattern, kind.upper())), _FRACTIONS)
    if known and not conditions:
        return known
    if known:
        return tuple(dict.fromkeys([*known, *numbers(conditions), *map(literal, labels(conditions))]))
    size = re.search(r"\((\d+)", kind)
    limit = int(size[1]) if size else None
    return tuple(dict.fromkeys(literal(text[:limit]) for text in texts(conditions)))


def checks(ddl: str) -> Iterator[str]:
    """Yield the conditions of a CREATE TABLE, as they are written between the brackets of CHECK."""
    for start in re.finditer(r"\bCHECK\s*\(", ddl, re.IGNORECASE):
        end = _closing(ddl, start.end())
        if end:
            yield ddl[start.end() : end]


def _closing(text: str, start: int) -> int:
    """Return where the bracket that is open at `start` closes, 0 where it does not."""
    depth = 1
    for token in re.finditer(r"'(?:[^']|'')*'|\"[^\"]*\"|[()]", text[start:]):
        depth += {"(": 1, ")": -1}.get(token[0], 0)
        if depth == 0:
            return start + token.start()
    return 0


def foreign_keys(session: Session) -> dict[str, list[ForeignKey]]:
    """Return the foreign keys of every table, by the table's name."""
    every = shapes(session)
    found = _foreign_keys(session, every)
    return {name: found[name.casefold()] for name in every if name.casefold() in found}


def _foreign_keys(session: Session, every: dict[str, Shape]) -> dict[str, list[ForeignKey]]:
    real = {name.casefold(): name for name in every}
    parts: dict[tuple[str, Cell], list[tuple[Cell, ...]]] = {}
    for table, number, *rest in session.query(_KEYS):
        parts.setdefault((str(table).casefold(), number), []).append(tuple(rest))
    keys: dict[str, list[ForeignKey]] = {}
    for (table, _), rows in parts.items():
        parent = real.get(str(rows[0][0]).casefold(), str(rows[0][0]))
        referred = tuple(str(r[2]) for r in rows if r[2] is not None)
        referred = referred or (every[parent].key if parent in every else ())
        if len(referred) == len(rows):
            keys.setdefault(table, []).append(ForeignKey(tuple(str(r[1]) for r in rows), parent, referred))
    return keys
