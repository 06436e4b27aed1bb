"""The target database in the report: what it is, where it stands, and what of it is worth knowing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.engine.facts import Fact

if TYPE_CHECKING:
    from deploycheck.facts.migrations.standing import Standing
    from deploycheck.facts.target import Target
    from deploycheck.project import Project

_NAMES = {"postgresql": "PostgreSQL"}
_ENDED = {
    9: "2021-11-11",
    10: "2022-11-10",
    11: "2023-11-09",
    12: "2024-11-21",
    13: "2025-11-13",
    14: "2026-11-12",
}
"""The last day of each major version of PostgreSQL that gets no fixes any more (postgresql.org/support)."""
_UTC = frozenset({"", "UTC", "Etc/UTC", "GMT", "Etc/GMT", "Zulu", "Universal", "UCT"})
_UNICODE = frozenset({"", "UTF8", "UTF-8", "UTF-16le", "UTF-16be"})


def target_facts(project: Project) -> Iterator[Fact]:
    """Yield the line of the target, if there is one."""
    target = project.target
    if target is None:
        return
    value = f"SQLite {target.shown.removeprefix('sqlite:///')}"
    if target.dialect != "sqlite":
        value = f"{_NAMES.get(target.dialect, target.dialect)} {target.version} {target.shown}"
    notes = [*(_stands(s, target) for s in project.standings), *_remarks(target)]
    yield Fact("target", value, "; ".join(dict.fromkeys(notes)))


def _stands(standing: Standing, target: Target) -> str:
    """Say where the target stands in one history."""
    several = standing.table is not None and (
        standing.table.schema or standing.table.name != "alembic_version"
    )
    where = f" ({standing.table.shown})" if several and standing.table is not None else ""
    if standing.unknown:
        return f"at {', '.join(standing.unknown)}, which is not here{where}"
    if standing.current:
        at = ", ".join(r.id for r in standing.current)
        late = len(standing.pending)
        pending = f"{late} revision{'' if late == 1 else 's'} pending" if late else "the head"
        pending = "past what is deployed" if standing.beyond else pending
        return f"at {at}, {pending}{where}"
    if standing.table is not None:
        return f"no revision in its version table{where}"
    return "no version table" if target.tables else "empty"


def _remarks(target: Target) -> Iterator[str]:
    """Yield what is unusual about the server."""
    major = target.version.partition(".")[0]
    ended = _ENDED.get(int(major)) if target.dialect == "postgresql" and major.isdigit() else None
    if ended:
        yield f"PostgreSQL {major} gets no fixes since {ended}"
    if target.pooler:
        yield "seen through a pooler"
    if target.encoding == "SQL_ASCII":
        yield "encoding SQL_ASCII: it stores any bytes as text, unchecked"
    elif target.encoding not in _UNICODE:
        yield f"encoding {target.encoding}: it refuses what that has no character for"
    if target.time_zone not in _UTC:
        yield f"time zone {target.time_zone}"
