"""The private folder of one run: all that a rehearsal makes stands in it, and goes with it."""

from __future__ import annotations

import os
import re
import secrets
import subprocess
import sys
import tempfile
from pathlib import Path

from deploycheck.rehearsal.server import reaper
from deploycheck.rehearsal.server.interface import ServerProblem

PREFIX = "deploycheck-rehearsal-"
MARKER = "owner"
"""The file that makes a folder ours. Its owner holds a lock on it, which ends with the owner, in any way."""

_LONGEST = 60
"""A socket's path may have 107 bytes (103 on macOS), with what comes below the folder; see unix(7)."""


class RunFolder:
    """A new folder of mode 0700, and the watchdog that removes it if this process cannot.

    Raises `ServerProblem` where none can be made.
    """

    def __init__(self) -> None:
        """Make the folder, lock its marker, and start the watchdog."""
        if sys.platform == "win32":
            raise ServerProblem("A rehearsal does not run on Windows: run it in WSL, or in a container.")
        try:
            self.path, self._lock = _new()
        except OSError as error:
            raise ServerProblem(f"No folder for the rehearsal could be made: {_told(error)}.") from None
        self._watchdog = _watchdog(self.path)

    def remove(self) -> None:
        """Stop what still runs in it, remove it, and let the watchdog go; a second time does nothing."""
        if self.path.exists():
            reaper.clear(self.path)
        if self._watchdog.stdin and not self._watchdog.stdin.closed:
            self._watchdog.stdin.close()
            self._watchdog.wait()
            os.close(self._lock)


def base() -> Path:
    """Return where the folders of all runs stand: the place for temporary files.

    Where its path is too long for a socket, or has characters that would need quoting, it is `/tmp`.
    """
    usual = tempfile.gettempdir()
    plain = re.fullmatch(r"[\w./+-]+", usual) and len(os.fsencode(usual)) <= _LONGEST
    return Path(usual if plain else "/tmp")  # noqa: S108 - the folder itself is private


def take(folder: Path) -> int | None:
    """Take the lock of a folder's marker: an open file, or None where its owner lives (or it has none)."""
    import fcntl

    try:
        marker = os.open(folder / MARKER, os.O_RDWR | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(marker, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(marker)
        return None
    return marker


def _new() -> tuple[Path, int]:
    while True:
        folder = base() / (PREFIX + secrets.token_hex(4))
        try:
            folder.mkdir(mode=0o700)
            (folder / MARKER).touch(mode=0o600, exist_ok=False)
        except (FileExistsError, FileNotFoundError):
            continue
        marker = take(folder)
        if marker is not None and (folder / MARKER).exists():  # else a sweep came between
            os.write(marker, f"{os.getpid()}\n".encode())
            return folder, marker


def _watchdog(folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - ourselves
        [sys.executable, "-I", "-S", reaper.__file__, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        start_new_session=True,  # so that Ctrl-C ends the parent alone
    )


def _told(error: OSError) -> str:
    return f"{error.strerror} ({error.filename})" if error.filename else str(error.strerror)
