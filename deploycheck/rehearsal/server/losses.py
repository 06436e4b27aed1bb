"""How a server is lost, in one line."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_DISK_FULL = "53100"
_FULL = re.compile(r"no space left on device|disk quota exceeded|database or disk is full", re.IGNORECASE)
_COMPLAINT = re.compile(r"(?:PANIC|FATAL|ERROR|error):\s+(.+)")
_MEGABYTE = 1024 * 1024
_NEEDED = 32 * _MEGABYTE
"""What a new PostgreSQL takes, and a little."""


def is_disk_full(sqlstate: str, *texts: str) -> bool:
    """Return whether a failure, by its SQLSTATE or any text about it, is a full disk's."""
    return sqlstate == _DISK_FULL or any(_FULL.search(text) for text in texts)


def is_too_small(folder: Path) -> bool:
    """Return whether the disk of a folder has no room for a server, whose log has none to say so either."""
    try:
        return shutil.disk_usage(folder).free < _NEEDED
    except OSError:
        return False


def disk_full_in(folder: Path) -> str:
    """Return the line that says that the disk of a folder is full."""
    try:
        free = f", {shutil.disk_usage(folder).free // _MEGABYTE} MB free"
    except OSError:
        free = ""
    return (
        f"The disk is full where the throwaway database stands ({folder}{free}): "
        "make room, or set TMPDIR to another folder (of a path up to 60 bytes long)."
    )


def telling_line(log: str) -> str:
    """Return the line of a server's log that says most: its last complaint, else its last line."""
    complaints = _COMPLAINT.findall(log)
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    return str(next(iter(complaints[-1:] or lines[-1:]), "it ended without a word"))
