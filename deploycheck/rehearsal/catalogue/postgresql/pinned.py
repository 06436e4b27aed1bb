"""Queries under settings of ours: how PostgreSQL writes a definition follows the session's settings.

Each setting is local to the transaction and put back after the query, so that the migration never sees it.
With nothing but `pg_catalog` on the search path every other name is written with its schema, whatever stands
in which schema; a table that hides another's name changes no text.
"""

from __future__ import annotations

import json
from typing import Any

from deploycheck.rehearsal.session import Cell, Session, literal

_PINNED = {
    "search_path": "pg_catalog",
    "TimeZone": "UTC",
    "DateStyle": "ISO, MDY",
    "IntervalStyle": "postgres",
    "bytea_output": "hex",
    "extra_float_digits": "1",
    "quote_all_identifiers": "off",
}


def pinned(session: Session, query: str) -> Any:  # noqa: ANN401 - JSON
    """Return the one JSON cell of a query that runs under our settings. Raises `StatementFailed`."""
    before = session.query("SELECT " + ", ".join(f"current_setting('{name}')" for name in _PINNED))[0]
    if before == tuple(_PINNED.values()):
        return _json(session.query(f"SELECT ({query})::text"))
    # A CASE is worked out in its order, and the query in it only once it is come to. Where it fails, the
    # settings go with whatever is rolled back.
    settings = " AND ".join(_set(name, value) for name, value in _PINNED.items())
    answer = _json(session.query(f"SELECT CASE WHEN {settings} THEN ({query})::text END"))
    back = " AND ".join(_set(name, value) for name, value in zip(_PINNED, before, strict=True))
    session.query(f"SELECT {back}")
    return answer


def _set(name: str, value: Cell) -> str:
    return f"set_config('{name}', {literal(str(value))}, true) IS NOT NULL"


def _json(rows: list[tuple[Cell, ...]]) -> Any:  # noqa: ANN401 - JSON
    return json.loads(str(rows[0][0]))
