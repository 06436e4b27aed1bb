"""What tells the parent where a step hangs: the stack, written down when it takes too long."""

from __future__ import annotations

import faulthandler
import os


class Alarm:
    """Writes every thread's stack to a file once the limit has passed; the parent then ends this process."""

    def __init__(self, path: str, seconds: float) -> None:
        """Open the file for the whole life of this process."""
        self._file = open(path, "w", encoding="utf-8")  # noqa: SIM115
        os.set_inheritable(self._file.fileno(), False)
        self._seconds = seconds

    def arm(self) -> None:
        """Start to count, from nothing."""
        faulthandler.dump_traceback_later(self._seconds, file=self._file)

    def disarm(self) -> None:
        """Stop counting: the time goes to the parent."""
        faulthandler.cancel_dump_traceback_later()
