"""How a command ends other than by its report."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from deploycheck.engine.report import ExitCode


class Stop(Exception):  # noqa: N818 - an end, not always an error
    """Ends a command with one plain line and the exit code that goes with it."""

    def __init__(self, reason: str, code: ExitCode, target: str = ".") -> None:
        """Take the line (masked already), the code, and the target for a machine format's document."""
        super().__init__(reason)
        self.reason = reason
        self.code = code
        self.target = target
        self.formats: tuple[str, ...] | None = None


@contextmanager
def documents_for(formats: tuple[str, ...]) -> Iterator[None]:
    """Give each of these formats its document also where this ends by a `Stop`."""
    try:
        yield
    except Stop as stop:
        stop.formats = formats
        raise
