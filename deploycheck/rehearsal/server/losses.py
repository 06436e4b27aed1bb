"""How a server is lost, in one line."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

_DISK_FULL = "53100"
_FULL = re.compile(r"no space left on device|disk quota exceeded|database or disk is full", re.IGNORECASE)
_LEVEL = re.compile(r"(?:PANIC|FATAL|ERROR|error):\s+(.+)")
_MEGABYTE = 1024 * 1024


def disk_full(sqlstate: str, message: str, log: str, folder: Path) -> str:
    """Return the line that says that the disk is full, if anything says so; else nothing."""
    if sqlstate != _DISK_FULL and not _FULL.search(message) and not _FULL.search(log):
        return ""
    return (
        f"The disk is full where the throwaway database stands ({folder.parent}{_free(folder.parent)}): "
        "make room, or set TMPDIR to a folder that has some."
    )


def telling_line(log: str) -> str:
    """Return the line of a server's log that says most: its last complaint, else its last line."""
    complaints = _LEVEL.findall(log)
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    return str(next(iter(complaints[-1:] or lines[-1:]), "it ended without a word"))


def _free(folder: Path) -> str:
    try:
        return f", {shutil.disk_usage(folder).free // _MEGABYTE} MB free"
    except OSError:
        return ""
