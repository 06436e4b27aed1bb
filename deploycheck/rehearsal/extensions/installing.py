"""Puts the stand-ins where the server finds them, and tells which of them a database uses."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from deploycheck.rehearsal.session import StatementFailed, literal, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from deploycheck.rehearsal.session import Session

_HERE = Path(__file__).with_name("stand_ins")
_MARK = "stand-in by deploycheck: "
"""How the comments of stand-ins begin, in their control files and so in the catalogue."""


_AVAILABLE = "SELECT 1 FROM pg_catalog.pg_available_extensions WHERE name = "
_COMMENTED = (
    "SELECT extname::text FROM pg_catalog.pg_extension "
    "WHERE pg_catalog.obj_description(oid, 'pg_extension') LIKE "
)


def install(folder: Path) -> None:
    """Copy the stand-ins into a folder that a server's `extension_control_path` names. Raises OSError."""
    shutil.copytree(_HERE, folder / "extension", dirs_exist_ok=True)


def provide(session: Session, names: Iterable[str]) -> tuple[str, ...]:
    """Create extensions that production has from elsewhere; return those that the server has not.

    Nothing is committed.
    """
    missing: list[str] = []
    for name in names:
        if session.query(_AVAILABLE + literal(name)):
            session.run(f"CREATE EXTENSION IF NOT EXISTS {quoted(name)}")
        else:
            missing.append(name)
    return tuple(missing)


def stubbed(session: Session) -> tuple[str, ...]:
    """Return the extensions of a database that a stand-in of ours replaces, sorted; none on SQLite."""
    if session.backend != "postgresql":
        return ()
    try:
        rows = session.query(_COMMENTED + literal(_MARK + "%") + " ORDER BY 1")
    except StatementFailed:
        return ()
    return tuple(str(name) for (name,) in rows)
