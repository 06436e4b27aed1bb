"""Where a folder lies in its git repository."""

from __future__ import annotations

import os
from pathlib import Path


def inside_of(root: Path) -> str:
    """Return a folder's path in its repository with forward slashes, empty for the root.

    Outside of any repository the working directory stands for its root, where it holds the folder.
    """
    real = Path(os.path.realpath(root))
    for folder in (real, *real.parents):
        if os.path.lexists(folder / ".git"):
            return _below(real, folder)
    here = Path(os.path.realpath("."))
    return _below(real, here) if real.is_relative_to(here) else ""


def _below(folder: Path, root: Path) -> str:
    inside = folder.relative_to(root).as_posix()
    return "" if inside == "." else inside
