"""Queries under settings of ours: how PostgreSQL writes a definition follows the session's settings.

Each setting is local to the transaction and put back after the query, so that the migration never sees it.
With nothing but `pg_catalog` on the search path every other name is written with its schema, whatever stands
in which schema; a table that hides another's name changes no text.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from deploycheck.rehearsal.session import literal

if TYPE_CHECKING:
    from deploycheck.rehearsal.session import Cell, Session

_PINNED = {
    "search_path": "pg_catalog",
    "TimeZone": "UTC",
    "DateStyle": "ISO, MDY",
    "IntervalStyle": "postgres",
    "bytea_output": "hex",
    "extra_float_digits": "1",
    "quote_all_identifiers": "off",
}


def pinned(session: Session, query: str, numbers: Mapping[str, str]) -> Any:  # noqa: ANN401 - JSON
    """Return the one JSON cell of a query that runs under our settings. Raises `StatementFailed`.

    `numbers` are what the query finds under these names with `current_setting`. They stand in settings, of
    names that nothing else has, so that the query's text stays the same and is planned once.
    """
    given = [_set(name, value, local=False) for name, value in sorted(numbers.items())]
    before = session.query("SELECT " + ", ".join([*_CURRENT, *given]))[0][: len(_PINNED)]
    if before == tuple(_PINNED.values()):
        return _json(session.query(f"SELECT ({query})::text"))
    # A CASE is worked out in its order, and the query in it only once it is come to; the columns of an answer
    # are, too. Where the query fails, the settings go with whatever is rolled back.
    settings = " AND ".join(_set(name, value) for name, value in _PINNED.items())
    back = " AND ".join(_set(name, value) for name, value in zip(_PINNED, before, strict=True))
    return _json(session.query(f"SELECT CASE WHEN {settings} THEN ({query})::text END, {back}"))


_CURRENT = [f"current_setting('{name}')" for name in _PINNED]


def _set(name: str, value: Cell, *, local: bool = True) -> str:
    return f"set_config('{name}', {literal(str(value))}, {str(local).lower()}) IS NOT NULL"


def _json(rows: list[tuple[Cell, ...]]) -> Any:  # noqa: ANN401 - JSON
    return json.loads(str(rows[0][0]))
