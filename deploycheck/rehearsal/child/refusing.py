"""What is refused: a call that would reach anything but the throwaway."""

from __future__ import annotations

import os
import sys
from types import FrameType


class Refused(ConnectionRefusedError):  # noqa: N818 - named for what it tells
    """A call was refused. An OSError, so that code that can do without the service goes on without it."""


class Project:
    """Where the project's own files are, to tell its lines from those of libraries."""

    root = ""

    @classmethod
    def owns(cls, path: str) -> bool:
        """Whether a file is the project's own."""
        real = os.path.realpath(path)
        inside = real[len(cls.root) :]
        return real.startswith(cls.root + os.sep) and not any(
            part in inside for part in ("site-packages", "dist-packages", os.sep + ".tox" + os.sep)
        )

    @classmethod
    def relative(cls, path: str) -> str:
        """Return a path of the project's as it is shown."""
        return os.path.relpath(os.path.realpath(path), cls.root).replace(os.sep, "/")


refusals: list[str] = []
"""What was refused so far, in order, each once."""


def refuse(what: str) -> Refused:
    """Return the error for a call, and remember it."""
    path, line = calling_line()
    text = "%s was refused: a rehearsal reaches nothing but its throwaway database" % what
    if path:
        text = "%s (called at %s:%d)" % (text, path, line)
    if text not in refusals:
        refusals.append(text)
    return Refused(text)


def calling_line() -> tuple[str, int]:
    """Return the project's own line that is running, deepest first, or ("", 0)."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        path = frame.f_code.co_filename
        if not path.startswith("<") and Project.owns(path):
            return Project.relative(path), frame.f_lineno
        frame = frame.f_back
    return "", 0
