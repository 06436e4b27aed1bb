"""Waits until its parent is gone, then stops what the parent left in its folder, and removes that.

Run by its path as a program of its own, so that it starts at once and needs nothing but the standard library:
its input is a pipe that ends with the parent, however that ends. Its functions serve the other clean-ups too.
"""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

_PROGRAMS = frozenset({"postgres", "initdb"})
_PATIENCE = 2.0
_TRIES = 5


def data_folder(folder: Path) -> Path:
    """Return where the server of a run's folder keeps its data."""
    return folder / "data"


def servers_of(folder: Path) -> list[int]:
    """Return the ids of the processes that serve a run's folder, by the very words of their command lines."""
    data = str(data_folder(folder))
    return [
        number
        for number, words in _command_lines()
        if words and Path(words[0]).name in _PROGRAMS and ("-D", data) in itertools.pairwise(words)
    ]


def clear(folder: Path) -> None:
    """Stop the server of a run's folder, and remove the folder; what is gone already is fine."""
    for kind in (signal.SIGQUIT, signal.SIGKILL):
        _signal(servers_of(folder), kind)
        _wait_for_none(folder)
    for _ in range(_TRIES):  # a process that is just ending may still write
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(0.05)


def _wait_for_none(folder: Path) -> None:
    end = time.monotonic() + _PATIENCE
    while servers_of(folder) and time.monotonic() < end:
        time.sleep(0.01)


def _signal(numbers: list[int], kind: signal.Signals) -> None:
    for number in numbers:
        try:
            os.kill(number, kind)
        except (ProcessLookupError, PermissionError):
            continue


def _command_lines() -> list[tuple[int, list[str]]]:
    return _from_proc() if Path("/proc/self/cmdline").exists() else _from_ps()


def _from_proc() -> list[tuple[int, list[str]]]:
    found: list[tuple[int, list[str]]] = []
    for entry in os.listdir("/proc"):  # noqa: PTH208 - names are all that is wanted
        if not entry.isdigit():
            continue
        try:
            text = Path("/proc", entry, "cmdline").read_bytes()
        except OSError:
            continue
        found.append((int(entry), os.fsdecode(text).split("\0")))
    return found


def _from_ps() -> list[tuple[int, list[str]]]:
    listed = subprocess.run(
        ["/bin/ps", "-axww", "-o", "pid=,args="], capture_output=True, text=True, check=False
    )
    lines = (line.split() for line in listed.stdout.splitlines())
    return [(int(words[0]), words[1:]) for words in lines if words]


def main() -> None:
    """Wait for the end of the input; then, if the folder is still there, the parent could not clear it."""
    folder = Path(sys.argv[1])
    sys.stdin.buffer.read()
    if folder.exists():
        clear(folder)


if __name__ == "__main__":
    main()
