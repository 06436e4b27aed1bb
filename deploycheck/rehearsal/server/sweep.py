"""Removes what earlier runs left behind whose end left them no time to, as `kill -9` of all at once does."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from typing import TYPE_CHECKING

from deploycheck.rehearsal.server import reaper
from deploycheck.rehearsal.server.folder import MARKER, PREFIX, base, take

if TYPE_CHECKING:
    from pathlib import Path


def sweep_folders() -> tuple[str, ...]:
    """Remove the folders of runs that are over, with the servers in them; return the folders' names.

    A run that still lives holds the lock of its folder's marker; a folder of another user, or without
    our marker, is left alone.
    """
    if sys.platform == "win32":
        return ()
    return tuple(folder.name for folder in sorted(base().glob(PREFIX + "*")) if _swept(folder))


def _swept(folder: Path) -> bool:
    if not _is_ours(folder):
        return False
    if not (folder / MARKER).exists():
        with contextlib.suppress(OSError):
            folder.rmdir()  # left before its marker was made; or not ours, and then not empty
        return False
    marker = take(folder)
    if marker is None:
        return False
    reaper.clear(folder)
    os.close(marker)
    return True


def _is_ours(folder: Path) -> bool:
    try:
        status = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid()
