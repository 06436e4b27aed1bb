"""Which file an absolute import means: import roots, packages, and names that only look like ours."""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import PurePosixPath

MARKERS = (
    "pyproject.toml",
    "setup.py",
    "setup.cfg",
    "requirements.txt",
    "Pipfile",
    "manage.py",
    "Dockerfile",
)
"""A folder with one of these is where a part of a monorepo is run from."""
_LIBRARIES = frozenset({"src", "lib", "libs", "python", "packages"})
_RELATIVE = re.compile(r"^[ \t]*from[ \t]+\.", re.MULTILINE)

Text = Callable[[str], str]
"""Gives a file's text, empty where it cannot be read."""


class Finder:
    """Finds modules by dotted name among the paths of a project."""

    def __init__(
        self, paths: Sequence[str], files: Sequence[str], is_app: Callable[[str], bool], text: Text
    ) -> None:
        """Index `paths` (Python) among all `files`; `is_app` tells deployed folders from tests and such."""
        self.known = frozenset(paths)
        self.packages = frozenset(
            p.rpartition("/")[0] for p in paths if p.rpartition("/")[2] == "__init__.py"
        )
        self._is_app = is_app
        self._text = text
        self._marked = {f.rpartition("/")[0] for f in files if f.rpartition("/")[2] in MARKERS}
        self._by_tail: dict[str, list[str]] = defaultdict(list)
        self._in_folder: dict[str, list[str]] = defaultdict(list)
        for path in paths:
            parts = dotted_parts(path)
            if parts:
                self._by_tail[parts[-1]].append(path)
            self._in_folder[path.rpartition("/")[0]].append(path)
        self._folders = {str(f) for path in paths for f in PurePosixPath(path).parents}
        self._found: dict[tuple[str, str], str | None] = {}
        self._inside: dict[str, bool] = {}

    def find(self, name: str, near: str) -> str | None:
        """Return the path that `import name` means for code in the file or folder `near`."""
        folder = near.rpartition("/")[0] if near.endswith(".py") else near
        key = (name, folder)
        if key not in self._found:
            self._found[key] = self._search(name, folder)
        found = self._found[key]
        return None if found == near and "." not in name and not near.endswith("__init__.py") else found

    def path_in(self, folder: str, name: str) -> str | None:
        """Return the module or package of that name directly in a folder."""
        stem = f"{folder}/{name}" if folder else name
        return next((p for p in (f"{stem}.py", f"{stem}/__init__.py") if p in self.known), None)

    def is_folder(self, name: str, near: str) -> bool:
        """Tell whether a dotted name is a folder with Python in it, beside `near` or further up."""
        folder = near.rpartition("/")[0] if near.endswith(".py") else near
        tail = name.replace(".", "/")
        while True:
            if (f"{folder}/{tail}" if folder else tail) in self._folders:
                return True
            if not folder:
                return False
            folder = folder.rpartition("/")[0]

    def _search(self, name: str, folder: str) -> str | None:
        top, _, rest = name.partition(".")
        tail = name.replace(".", "/")
        candidates = []
        for path in self._by_tail.get(tail.rpartition("/")[2], ()):
            stem = path.removesuffix(".py").removesuffix("/__init__")
            if stem != tail and not stem.endswith("/" + tail):
                continue
            root = stem[: -len(tail)].rstrip("/")
            if self._allowed(root, folder, top, deep=bool(rest)):
                candidates.append((_distance(root, folder), not path.endswith("__init__.py"), path))
        if not candidates:
            return None
        best = min(candidates)[2]
        return best if not rest or self._same_package(best, top, tail, folder) else None

    def _same_package(self, path: str, top: str, tail: str, folder: str) -> bool:
        """Refuse `app.x` of another part of the project where a nearer `app` is a package without `x`."""
        nearest = self.find(top, folder)
        if nearest is None or not nearest.endswith("__init__.py"):
            return True
        stem = path.removesuffix(".py").removesuffix("/__init__")
        root = stem[: -len(tail)].rstrip("/")
        return nearest == (f"{root}/{top}/__init__.py" if root else f"{top}/__init__.py")

    def _allowed(self, root: str, folder: str, top: str, *, deep: bool) -> bool:
        """Tell whether code in `folder` may import from `root`.

        A package's inside is no root, unless a script beside the modules runs there; the standard
        library's names are only ours beside such a script; another part of the project is a root when
        it looks like one, or when the name leads deep into it.
        """
        if root in self.packages or top in sys.stdlib_module_names:
            return root == folder and not self._is_package(root)
        if _is_within(folder, root):
            return not self._is_package(root)
        marked = root in self._marked or root.rpartition("/")[2] in _LIBRARIES
        return self._is_app(root) and (deep or marked) and not self._is_package(root)

    def _is_package(self, folder: str) -> bool:
        """Tell whether the modules of a folder import one another as parts of a package of its name."""
        if not folder:
            return False
        kept = self._inside.get(folder)
        if kept is None:
            name = re.escape(folder.rpartition("/")[2])
            own = re.compile(rf"^[ \t]*(from|import)[ \t]+{name}\b", re.MULTILINE)
            texts = [self._text(p) for p in self._in_folder[folder]]
            kept = any(own.search(t) or _RELATIVE.search(t) for t in texts)
            self._inside[folder] = kept
        return kept


def dotted_parts(path: str) -> list[str]:
    """Return the parts of the dotted name that a path has from its own root."""
    parts = path.removesuffix(".py").split("/")
    return parts[:-1] if parts[-1] == "__init__" else parts


def _distance(root: str, folder: str) -> int:
    """Return how far a root is from a folder: the folders around it first, then its siblings."""
    if _is_within(folder, root):
        return folder.count("/") - root.count("/") + (0 if root else 1)
    shared = 0
    for a, b in zip(root.split("/"), folder.split("/"), strict=False):
        if a != b:
            break
        shared += 1
    return 100 - shared + root.count("/")


def _is_within(folder: str, root: str) -> bool:
    return not root or folder == root or folder.startswith(root + "/")
