"""Paths as plain data: `Path(__file__).parent / ".env"`, worked out without touching a disk."""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from pathlib import PurePosixPath

from deploycheck.python.errors import NotKnownError

PARTS = frozenset({"parent", "parents", "name", "stem", "suffix"})
"""Attributes of a path that are worked out."""

METHODS = frozenset({"resolve", "absolute", "joinpath", "as_posix", "with_name", "with_suffix", "with_stem"})
"""Methods of a path that are worked out; links are not followed, as nothing is opened."""


def part(name: str) -> Callable[..., object]:
    """Return the function that gives one of `PARTS`."""

    def read(path: object) -> object:
        if not isinstance(path, PurePosixPath):
            raise NotKnownError(f"`.{name}` of {type(path).__name__} is not followed")
        found = getattr(path, name)
        return tuple(found) if name == "parents" else found

    return read


def method(path: PurePosixPath, name: str, *arguments: object) -> object:
    """Return what one of `METHODS` gives. A relative path stays relative: the folder is not known."""
    if name in {"resolve", "absolute"}:
        return PurePosixPath(posixpath.normpath(path)) if path.is_absolute() else path
    if name not in METHODS:
        raise NotKnownError(f"`.{name}()` of a path is not followed")
    return getattr(path, name)(*arguments)


def from_parts(*parts: object) -> PurePosixPath:
    """Return `Path(...)`."""
    if not all(isinstance(p, (str, PurePosixPath)) for p in parts):
        raise TypeError("not a path")
    return PurePosixPath(*parts)  # type: ignore[arg-type]


def absolute(path: object) -> object:
    """Return `os.path.abspath(path)`, which is known for an absolute path only."""
    if not isinstance(path, (str, PurePosixPath)) or not posixpath.isabs(path):
        raise NotKnownError("the working directory is not known")
    return posixpath.normpath(path)
