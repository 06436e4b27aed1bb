"""Nothing is left running: every process that descends from the child is ended with it."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from pathlib import Path

MARKER = "DEPLOYCHECK_REHEARSAL"
"""The variable in the environment of every process of a rehearsal; its value names the rehearsal."""

_ROUNDS = 5


def sweep(marker: str) -> None:
    """End every process of this rehearsal, those that left its process group included (Linux)."""
    for _ in range(_ROUNDS):
        found = marked(marker)
        for pid in found:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        if not found:
            return


def marked(marker: str) -> list[int]:
    """Return the processes that carry the marker and still run."""
    if sys.platform != "linux":
        return []
    wanted = f"{MARKER}={marker}".encode()
    return sorted(pid for pid in _processes() if wanted in _environment(pid) and not _is_dead(pid))


def _processes() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _environment(pid: int) -> list[bytes]:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:  # gone by now, or somebody else's
        return []


def _is_dead(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return True
    return state in {"Z", "X"}


def end_group(leader: int) -> None:
    """End the process group of this leader."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)
