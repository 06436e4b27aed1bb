"""Databases of runs that are over, on a user's server: dropped only when their notes say they are ours."""

from __future__ import annotations

import contextlib
import json
import os
import platform
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from deploycheck.rehearsal.server.databases import dropped
from deploycheck.rehearsal.server.folder import PREFIX, take

if TYPE_CHECKING:
    import psycopg

NAME = "deploycheck_rehearsal_"
"""What the names of our databases begin with; the token of the run and a number follow."""

_OURS = r"""
SELECT d.datname, shobj_description(d.oid, 'pg_database')
FROM pg_database d JOIN pg_roles r ON r.oid = d.datdba
WHERE d.datname ~ '^deploycheck_rehearsal_[0-9a-f]{8}_[0-9]+$' AND r.rolname = current_user
  AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.datid = d.oid)
ORDER BY d.datname
"""


@dataclass(frozen=True, slots=True)
class Note:
    """Whose a database is: the machine (or container) that the run is on, and the run's folder there."""

    machine: str
    folder: str

    @classmethod
    def of(cls, folder: Path) -> Note:
        """Return the note of a run of this machine."""
        return cls(_machine(), str(folder))

    @classmethod
    def read(cls, text: str) -> Note | None:
        """Return the note that a comment holds, if it is one of ours."""
        try:
            held = json.loads(text)
            return cls(held["machine"], held["folder"])
        except (ValueError, KeyError, TypeError):
            return None

    @property
    def token(self) -> str:
        """Return what is the run's own in the names of its databases."""
        return Path(self.folder).name.removeprefix(PREFIX)

    @property
    def text(self) -> str:
        """Return the comment for a database."""
        return json.dumps({"what": "made by deploycheck rehearse", **asdict(self)}, sort_keys=True)

    def is_over(self) -> bool:
        """Return whether its run has surely ended: it was here, and its folder is gone or has no owner."""
        if self.machine != _machine():
            return False
        folder = Path(self.folder)
        if not folder.exists():
            return True
        lock = take(folder)
        if lock is None:
            return False
        os.close(lock)
        return True


def sweep_databases(connection: psycopg.Connection) -> tuple[str, ...]:
    """Drop what runs of this machine left on a server, when nobody is in it; return the names."""
    rows = connection.execute(_OURS).fetchall()
    over = [
        name
        for name, comment in rows
        if (note := Note.read(comment or "")) and name.startswith(f"{NAME}{note.token}_") and note.is_over()
    ]
    for name in over:
        dropped(connection, name)
    return tuple(over)


def _machine() -> str:
    """Return what tells this machine, this boot of it and this container from every other."""
    parts = [platform.node()]
    with contextlib.suppress(OSError):  # Linux alone has them
        parts.append(Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip())
        parts.append(str(Path("/proc/self/ns/mnt").readlink()))
    return " ".join(parts)
