"""Where a process hung: read from the stacks that Python's faulthandler wrote down."""

from __future__ import annotations

import re
from pathlib import Path

from deploycheck.findings import Location

_FRAME = re.compile(r'^  File "(?P<path>.*)", line (?P<line>\d+) in ')
_LIBRARIES = ("site-packages", "dist-packages")


def where_it_hung(stacks: Path, root: Path, revision_file: str = "") -> Location | None:
    """Return the deepest line of the project's own, in the revision's file where it ran there."""
    try:
        text = stacks.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    found = [place for line in text.splitlines() if (place := _own_line(line, root))]
    return next((p for p in found if p.path == revision_file), found[0] if found else None)


def _own_line(line: str, root: Path) -> Location | None:
    match = _FRAME.match(line)
    if not match or not (path := Path(match["path"]).resolve()).is_relative_to(root):
        return None
    inside = path.relative_to(root)
    if any(part in inside.parts for part in _LIBRARIES):
        return None
    return Location(inside.as_posix(), int(match["line"]))
