"""Where a folder lies in its git repository."""

from __future__ import annotations

import os
from pathlib import Path


def inside_of(root: Path) -> str:
    """Return a folder's path in its repository with forward slashes, empty for its root or outside of any."""
    real = Path(os.path.realpath(root))
    for folder in (real, *real.parents):
        if os.path.lexists(folder / ".git"):
            inside = real.relative_to(folder).as_posix()
            return "" if inside == "." else inside
    return ""
