"""How far a rehearsal is, on stderr: a bar on a terminal, one line elsewhere, and nothing with --quiet."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TextIO

from deploycheck.reports.style import harmless, wants_color, write

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

    from deploycheck.rehearsal.options import Progress


def progress_on(stream: TextIO, *, quiet: bool = False, color: str = "auto") -> Progress:
    """Return what shows progress on a stream. A terminal that cannot move its cursor has no bar."""
    if quiet:
        from deploycheck.rehearsal.options import Silent

        return Silent()
    is_terminal = stream.isatty()
    if not is_terminal or os.environ.get("TERM", "") in _PLAIN:
        return Line(stream)
    return Bar(stream, color=wants_color(color, os.environ, is_terminal=is_terminal))


_PLAIN = frozenset({"", "dumb", "unknown"})


class Line:
    """Says once that the project's code is run now."""

    def __init__(self, stream: TextIO) -> None:
        """Write nothing yet."""
        self._stream = stream
        self._said = False

    def begin(self, what: str, total: int) -> None:
        """Say so, the first time."""
        del what
        if not self._said:
            self._said = True
            noun = "revision" if total == 1 else "revisions"
            told = f"deploycheck: rehearsing {total} {noun}; this runs the project's migrations\n"
            write(self._stream, told)

    def advance(self, revision: str) -> None:
        """Say nothing."""

    def end(self) -> None:
        """Say nothing."""


class Bar:
    """Shows a bar with the revision whose turn it is; it leaves nothing behind."""

    def __init__(self, stream: TextIO, *, color: bool) -> None:
        """Show nothing yet."""
        self._stream = stream
        self._color = color
        self._progress: RichProgress | None = None
        self._task: TaskID | None = None
        self._what, self._total, self._done = "", 0, 0

    def begin(self, what: str, total: int) -> None:
        """Begin a new bar."""
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn

        self.end()
        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.fields[revision]}", markup=False),
        )
        console = Console(
            file=self._stream,
            force_terminal=True,
            color_system="standard" if self._color else None,
            no_color=not self._color,
            markup=False,
            highlight=False,
            emoji=False,
            legacy_windows=False,
            _environ={},
        )
        self._progress = Progress(*columns, console=console, transient=True, redirect_stdout=False)
        self._progress.start()
        self._what, self._total, self._done = what, total, 0
        self._task = self._progress.add_task(self._told(), total=total or None, revision="")

    def advance(self, revision: str) -> None:
        """Go one further."""
        if self._progress is not None and self._task is not None:
            self._done += 1
            told = self._told()
            self._progress.update(self._task, advance=1, description=told, revision=harmless(revision))

    def _told(self) -> str:
        """Say how far it is before what it is: a narrow terminal cuts from the right."""
        return f"{self._done}/{self._total} {self._what}" if self._total else self._what

    def end(self) -> None:
        """Take the bar away."""
        if self._progress is not None:
            self._progress.stop()
        self._progress = self._task = None
