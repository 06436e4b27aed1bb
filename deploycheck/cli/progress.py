"""How far a rehearsal is, on stderr: a bar on a terminal, one line elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

    from deploycheck.rehearsal.options import Progress


def progress_on(stream: TextIO) -> Progress:
    """Return what shows progress on a stream."""
    return Bar(stream) if stream.isatty() else Line(stream)


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
            self._stream.write(
                f"deploycheck: rehearsing {total} {noun}; this runs the project's migrations\n"
            )
            self._stream.flush()

    def advance(self, revision: str) -> None:
        """Say nothing."""

    def end(self) -> None:
        """Say nothing."""


class Bar:
    """Shows a bar with the revision whose turn it is; it leaves nothing behind."""

    def __init__(self, stream: TextIO) -> None:
        """Show nothing yet."""
        self._stream = stream
        self._progress: RichProgress | None = None
        self._task: TaskID | None = None

    def begin(self, what: str, total: int) -> None:
        """Begin a new bar."""
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        self.end()
        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[revision]}", markup=False),
        )
        console = Console(file=self._stream, markup=False, highlight=False, emoji=False)
        self._progress = Progress(*columns, console=console, transient=True, redirect_stdout=False)
        self._progress.start()
        self._task = self._progress.add_task(what, total=total or None, revision="")

    def advance(self, revision: str) -> None:
        """Go one further."""
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, advance=1, revision=revision)

    def end(self) -> None:
        """Take the bar away."""
        if self._progress is not None:
            self._progress.stop()
        self._progress = self._task = None
