"""What is installed in production: every file that lists Python requirements, and what it lists."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from typing import TYPE_CHECKING

from deploycheck.facts.requirements.model import (
    DEVELOPMENT,
    Installed,
    Requirement,
    RequirementFile,
    canonical,
    installed_for,
)
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from deploycheck.sources.tree import Tree

__all__ = [
    "DEVELOPMENT",
    "Installed",
    "Requirement",
    "RequirementFile",
    "canonical",
    "installed_for",
    "installed_near",
    "read_requirements",
]

Reader = Callable[["Tree", str], RequirementFile | None]

_TEXTS = ("*requirements*.txt", "*requirements*.in", "requirements/*.txt", "*/requirements/*.txt")


def read_requirements(tree: Tree, folders: Container[str] | None = None) -> tuple[RequirementFile, ...]:
    """Return every requirements file of the tree, or of some folders, in path order.

    `tree.unread` has those that cannot be read.
    """
    from deploycheck.facts.requirements import pip_files, tables

    def listed(*patterns: str) -> Iterator[str]:
        yield from (p for p in tree.matching(*patterns) if folders is None or p.rpartition("/")[0] in folders)

    found = [
        f for names, reader in _readers() for path in listed(*names) for f in _guarded(tree, path, reader)
    ]
    own = tables.project_names(tree, listed("pyproject.toml"))
    for path in listed(*_TEXTS, "requirements/*.in", "*/requirements/*.in"):
        found.extend(_guarded(tree, path, lambda tree, path: pip_files.read(tree, path, own)))
    return tuple(sorted(found, key=lambda f: f.path))


def installed_near(tree: Tree, folder: str) -> Installed:
    """Return what production installs for the app in a folder, without a look at other folders' files."""
    upward = {folder}
    while folder:
        folder = folder.rpartition("/")[0]
        upward.add(folder)
    near = {*upward, *(f"{each}/requirements".lstrip("/") for each in upward)}
    return installed_for(read_requirements(tree, near), max(upward, key=len))


def _readers() -> tuple[tuple[tuple[str, ...], Reader], ...]:
    """Return, for each kind of file, the names of such files and what reads one."""
    from deploycheck.facts.requirements import conda, locks, setup_files, tables

    return (
        (("pyproject.toml",), tables.read_pyproject),
        (("Pipfile",), tables.read_pipfile),
        (("setup.cfg",), setup_files.read_cfg),
        (("setup.py",), setup_files.read_py),
        (conda.NAMES, conda.read),
        (locks.NAMES, locks.read),
    )


def _guarded(tree: Tree, path: str, read: Reader) -> Iterator[RequirementFile]:
    """Yield what is read; nothing for a file that lists nothing, or that cannot be read: the tree knows."""
    try:
        found = read(tree, path)
    except ReadError:
        return
    if found is not None:
        yield found
