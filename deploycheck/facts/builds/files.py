"""Every build file of a project, and which of them a tool finds from a folder."""

from __future__ import annotations

import posixpath
from functools import cached_property
from typing import TYPE_CHECKING

from deploycheck.facts.builds import just, make, npm, pyproject, taskfile, tox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.facts.builds.model import BuildFile, Recipe
    from deploycheck.sources.tree import Tree

_READERS = {
    "just": just.read,
    "make": make.read,
    "npm": npm.read,
    "task": taskfile.read,
    "python": pyproject.read,
    "tox": tox.read,
}
_UPWARDS = frozenset({"just", "task", "npm", "poe", "pdm", "hatch", "taskipy", "rye", "pixi", "pipenv"})
"""Tools that look for their file in the folders above, too."""


class Builds:
    """The build files of a tree, read on first use, one tool at a time."""

    def __init__(self, tree: Tree) -> None:
        """Look at `tree`."""
        self.tree = tree
        self._kept: dict[str, tuple[BuildFile, ...]] = {}

    def _files(self, reader: str) -> tuple[BuildFile, ...]:
        if reader not in self._kept:
            self._kept[reader] = _READERS[reader](self.tree)
        return self._kept[reader]

    def of_tool(self, tool: str) -> tuple[BuildFile, ...]:
        """Return the files of one tool, in path order."""
        reader = {"nox": "tox"}.get(tool, tool if tool in _READERS else "python")
        return tuple(f for f in self._files(reader) if f.tool == tool)

    @cached_property
    def all(self) -> tuple[BuildFile, ...]:
        """Every file, those nearest to the root first."""
        found = [f for reader in _READERS for f in self._files(reader)]
        return tuple(sorted(found, key=lambda f: (f.path.count("/"), f.path, f.tool)))

    def nearest(self, tool: str, directory: str) -> BuildFile | None:
        """Return the file that a tool started in a folder takes, or None."""
        files = self.of_tool(tool)
        for folder in _upwards(directory) if tool in _UPWARDS else (directory,):
            for file in files:
                if file.directory == folder:
                    return file
        return None

    def at(self, tool: str, path: str) -> BuildFile | None:
        """Return the file of a tool at a path, or None."""
        clean = posixpath.normpath(path)
        return next((f for f in self.of_tool(tool) if f.path == clean), None)

    def find(self, tool: str, directory: str, name: str) -> tuple[BuildFile, Recipe] | None:
        """Return the recipe that a tool started in a folder runs by a name, with its file."""
        file = self.nearest(tool, directory)
        recipe = file.recipes.get(name) if file is not None else None
        return (file, recipe) if file is not None and recipe is not None else None


def _upwards(directory: str) -> Iterator[str]:
    while directory:
        yield directory
        directory = posixpath.dirname(directory)
    yield ""
