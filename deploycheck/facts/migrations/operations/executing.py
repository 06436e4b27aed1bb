"""What is executed: SQL as text, and statements built with SQLAlchemy's functions."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

from deploycheck.facts.migrations.operations import tables
from deploycheck.facts.migrations.operations.objects import Bound, Handle, Kind, Looked, Statement, tail
from deploycheck.facts.schema.model import Action, Change, Thing
from deploycheck.facts.schema.sql import read_sql
from deploycheck.python.values import Branch, Made, Unknown, Value, peel

if TYPE_CHECKING:
    from deploycheck.facts.migrations.operations.running import Run

METHODS = frozenset({"execute", "exec_driver_sql", "executemany", "scalar", "scalars", "exec", "stream"})

_CATALOG = re.compile(
    r"information_schema|pg_catalog|\bpg_[a-z]+\b|sqlite_(?:master|schema)|pragma\s|to_regclass|\bshow\s+\w|"
    r"all_tables|user_tables|sys\.(?:tables|columns|indexes|objects)",
    re.IGNORECASE,
)
_SELECT = re.compile(r"\s*(?:\(\s*)*(?:select|with|show|pragma|explain)\b", re.IGNORECASE)


def execute(run: Run, value: Value | None) -> Value:  # noqa: PLR0911 - one short return a case reads best
    """Do what executing something asks for, and return its result."""
    found = peel(value) if value is not None else None
    match found:
        case Statement(verb="select"):
            run.emit(Change(Action.NEUTRAL, Thing.ROWS, table=found.table))
            return Handle(kind=Kind.RESULT, table=found.table)
        case Statement(verb=verb, table=table, part=part):
            run.emit(written(verb, table, part=part))
            return Handle(kind=Kind.RESULT)
        case Handle(kind=Kind.QUERY):
            run.emit(Change(Action.NEUTRAL, Thing.ROWS, table=found.table))
            return Handle(kind=Kind.RESULT, table=found.table)
        case Made():
            return _made(run, found)
        case Bound():
            run.unknown("a statement that is not followed")
            return Unknown("a result")
    text = run.text(found) if found is not None else None
    if text is None:
        _undecided(run, found)
        return Unknown("a result")
    return sql(run, text)


def written(verb: str, table: str, *, part: bool) -> Change:
    """Return the change of a statement that SQLAlchemy writes; a DELETE tells whether it is of all rows."""
    text = (
        " ".join(["DELETE FROM", table, *(["WHERE …"] if part else [])]) if verb == "delete" and table else ""
    )
    return Change(Action.WRITE, Thing.ROWS, table=table, kind=verb, sql=text)


NARROWING = frozenset({"filter", "filter_by", "where", "limit", "offset", "join", "outerjoin", "having"})
"""Methods after which a query or statement is not about all rows."""


def _undecided(run: Run, found: Value | None) -> None:
    """Note each text that a branch may give; one that is not known at all is unknown."""
    arms = (found.then, found.otherwise) if isinstance(found, Branch) else ()
    if isinstance(found, Branch) and all(
        run.text(a) is not None or isinstance(peel(a), (Made, Statement)) for a in arms
    ):
        with run.undecided(found):
            for arm in arms:
                execute(run, arm)
        return
    run.unknown("SQL that is not known" + (f": {found.reason}" if isinstance(found, Unknown) else ""))


def sql(run: Run, text: str) -> Value:
    """Do what SQL text asks for."""
    if not text.strip():
        return Unknown("a result")
    for change in _read(text, run.dialect):
        run.emit(change)
    if _SELECT.match(text) and _CATALOG.search(text):
        return Looked("what stands in the catalog")
    return Handle(kind=Kind.RESULT)


@lru_cache(4096)
def _read(text: str, dialect: str) -> tuple[Change, ...]:
    return read_sql(text, dialect)


def _made(run: Run, value: Made) -> Value:
    name = tail(value.callee)
    first = peel(value.arguments[0]) if value.arguments else None
    if name in {"text", "DDL"}:
        text = run.text(first) if first is not None else None
        if text is not None:
            return sql(run, text)
        _undecided(run, first)
        return Unknown("a result")
    change = _DDL[name](run, first) if name in _DDL and first is not None else None
    if change is not None:
        run.emit(change)
    elif name not in {"ClauseElement", "func"} and not value.callee.startswith("sqlalchemy.func."):
        run.unknown(f"{name}() is executed and is not followed")
    else:
        run.unknown("a function of the database is executed")
    return Handle(kind=Kind.RESULT)


Maker = Callable[["Run", Value], Change | None]


def _sequence(action: Action) -> Maker:
    def make(run: Run, first: Value) -> Change | None:
        name = tables.named(run, first)
        return Change(action, Thing.SEQUENCE, name=name, reason="") if name else None

    return make


def _schema(action: Action) -> Maker:
    def make(run: Run, first: Value) -> Change | None:
        return Change(action, Thing.SCHEMA, name=run.text(first) or "")

    return make


def _table(action: Action) -> Maker:
    def make(run: Run, first: Value) -> Change | None:
        from deploycheck.facts.migrations.operations import constructs

        if action is Action.CREATE and isinstance(first, Made):
            return tables.created(run, first.arguments, dict(first.keywords))
        return Change(action, Thing.TABLE, table=constructs.table_of(run, first) or "")

    return make


_DDL = {
    "CreateSequence": _sequence(Action.CREATE),
    "DropSequence": _sequence(Action.DROP),
    "CreateSchema": _schema(Action.CREATE),
    "DropSchema": _schema(Action.DROP),
    "CreateTable": _table(Action.CREATE),
    "DropTable": _table(Action.DROP),
}
