"""What is installed in production: every file that lists Python requirements, and what it lists."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from deploycheck.facts.requirements import conda, locks, pip_files, setup_files, tables
from deploycheck.facts.requirements.lines import parse_line
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
    "parse_line",
    "read_requirements",
]

Reader = Callable[["Tree", str], RequirementFile | None]

READERS: tuple[tuple[tuple[str, ...], Reader], ...] = (
    (("pyproject.toml",), tables.read_pyproject),
    (("Pipfile",), tables.read_pipfile),
    (("setup.cfg",), setup_files.read_cfg),
    (("setup.py",), setup_files.read_py),
    (conda.NAMES, conda.read),
    (locks.NAMES, locks.read),
)
"""One a kind of file: the names of such files, and what reads one."""
_TEXTS = ("*requirements*.txt", "*requirements*.in", "requirements/*.txt", "*/requirements/*.txt")


def read_requirements(tree: Tree) -> tuple[RequirementFile, ...]:
    """Return every requirements file of the tree, in path order; `tree.unread` has unreadable ones."""
    found = [
        f for names, reader in READERS for path in tree.matching(*names) for f in _guarded(tree, path, reader)
    ]
    own = tables.project_names(tree)
    for path in tree.matching(*_TEXTS, "requirements/*.in", "*/requirements/*.in"):
        found.extend(_guarded(tree, path, lambda tree, path: pip_files.read(tree, path, own)))
    return tuple(sorted(found, key=lambda f: f.path))


def _guarded(tree: Tree, path: str, read: Reader) -> Iterator[RequirementFile]:
    """Yield what is read; nothing for a file that lists nothing, or that cannot be read: the tree knows."""
    try:
        found = read(tree, path)
    except ReadError:
        return
    if found is not None:
        yield found
