"""Real runs in processes of their own, to be ended in every way that a run can end."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

from deploycheck.rehearsal.server import reaper
from deploycheck.rehearsal.server.folder import PREFIX

_PATIENCE = 30.0


class Run:
    """A Python program of its own, with `TMPDIR` in a folder of the test."""

    def __init__(self, temporary: Path, program: str, **variables: str) -> None:
        self._temporary = temporary
        self.process = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(program)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "TMPDIR": str(temporary), **variables},
            start_new_session=True,
        )

    def first_line(self) -> str:
        assert self.process.stdout
        line = self.process.stdout.readline().strip()
        if not line:
            raise AssertionError(self.process.communicate()[1])
        return line

    def ended(self) -> tuple[int, str]:
        """Return the code it ended with, and what it said on its error output."""
        _, errors = self.process.communicate(timeout=_PATIENCE)
        return self.process.returncode, errors


def folders(temporary: Path) -> list[Path]:
    return sorted(temporary.glob(PREFIX + "*"))


def servers(folder: Path) -> list[int]:
    return reaper.servers_of(folder)


def eventually(holds: Callable[[], bool]) -> bool:
    """Wait until something holds; how long it takes does not matter, only that it comes."""
    end = time.monotonic() + _PATIENCE
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True
