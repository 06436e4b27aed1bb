"""What could not be read, and why: said once, in plain words, and never passed over."""

from __future__ import annotations

from dataclasses import dataclass

from deploycheck.findings import Location


@dataclass(frozen=True, slots=True, order=True)
class Unread:
    """Something of the project that could not be read.

    `path` is relative to the target. `reason` is one line that completes "<path>: …" and says what
    to do. `at` is the line where reading failed, or the file's first.
    """

    path: str
    reason: str
    at: Location


@dataclass(frozen=True, slots=True, order=True)
class Note:
    """Something odd about a file that was read all the same (a guessed encoding, a skipped line)."""

    path: str
    text: str
    at: Location


class ReadError(Exception):
    """A file could not be read or understood; carries what an `Unread` says."""

    def __init__(self, path: str, reason: str, at: Location | None = None) -> None:
        """Take the file, one plain line that says what to do, and the place (the first line if none)."""
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason
        self.at = at or Location(path)

    @property
    def unread(self) -> Unread:
        """The same as a record."""
        return Unread(self.path, self.reason, self.at)
