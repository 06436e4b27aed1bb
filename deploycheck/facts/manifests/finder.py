"""Where the files that a command names are in the project."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deploycheck.sources.tree import Tree


@dataclass(frozen=True, slots=True)
class Finder:
    """Where the files that a command names are: the working directory, and an image's paths.

    `mapped` gives the project's path of an absolute path in the image, or None.
    """

    tree: Tree
    directory: str = ""
    mapped: Callable[[str], str | None] = lambda _path: None

    def find(self, path: str) -> str | None:
        """Return the project's file that a command means by `path`, or None."""
        if "$" in path or not path:
            return None
        if not path.startswith("/"):
            inside = posixpath.normpath(posixpath.join(self.directory, path))
            return inside if self.tree.exists(inside) else self._only(path)
        known = self.mapped(path)
        return known if known and self.tree.exists(known) else self._only(path)

    def _only(self, path: str) -> str | None:
        """Return the one file of that name: images put scripts where no `COPY` line tells."""
        if not re.search(r"\.(?:sh|bash|env)$|entrypoint|start|run", path):
            return None
        found = self.tree.matching(posixpath.basename(path))
        return found[0] if len(found) == 1 else None

    def enter(self, path: str) -> Finder:
        """Return where commands find files after `cd path`."""
        if not path or "$" in path:
            return self
        if path.startswith("/"):
            known = self.mapped(path)
            return self if known is None else replace(self, directory=known)
        inside = posixpath.normpath(posixpath.join(self.directory, path))
        return replace(self, directory="" if inside == "." else inside)
