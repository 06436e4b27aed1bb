"""Where a folder lies in its git repository."""

from __future__ import annotations

import os
from pathlib import Path


def inside_of(root: Path) -> str:
    """Return a folder's path in its repository with forward slashes, empty for the root.

    Outside of any repository the working directory stands for its root, where it holds the folder.
    """
    real = Path(os.path.realpath(root))
    repository = repository_of(real)
    if repository is not None:
        return _below(real, repository)
    here = Path(os.path.realpath("."))
    return _below(real, here) if real.is_relative_to(here) else ""


def repository_of(folder: Path) -> Path | None:
    """Return the root of the repository that a folder lies in, None outside of any."""
    real = Path(os.path.realpath(folder))
    return next((each for each in (real, *real.parents) if os.path.lexists(each / ".git")), None)


def _below(folder: Path, root: Path) -> str:
    inside = folder.relative_to(root).as_posix()
    return "" if inside == "." else inside
