"""Which folder of the project a location in Alembic's settings means."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from deploycheck.facts.migrations.ini import HERE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from deploycheck.python.program import Program
    from deploycheck.sources.tree import Tree

_SEPARATORS = {"space": " ", "newline": "\n", "os": ":", ":": ":", ";": ";"}
_LEGACY = re.compile(r", *|(?: +)")


def split_locations(options: Mapping[str, str]) -> tuple[str, ...]:
    """Return what `version_locations` lists, by the rules of `Config.get_version_locations_list`.

    Alembic refuses a separator that it does not know; its first word is taken, as a comment after it is
    the usual reason (ini files have none at the end of a line).
    """
    text = options.get("version_locations", "")
    given = next((options[k] for k in ("path_separator", "version_path_separator") if k in options), None)
    if not text:
        return ()
    if given is None:
        return tuple(_LEGACY.split(text))
    separator = _SEPARATORS.get(given) or _SEPARATORS.get((given.split() or [""])[0], ":")
    return tuple(part.strip() for part in text.split(separator) if part)


class Folders:
    """Finds folders of the project by the locations that settings give."""

    def __init__(self, tree: Tree, program: Program) -> None:
        """Look among the folders of `tree`, and among the packages of `program`."""
        self._tree = tree
        self._modules = program.modules

    def is_folder(self, path: str) -> bool:
        """Tell whether it is a folder of the project."""
        return self._tree.is_directory(path)

    def real(self, folder: str) -> str:
        """Return where a folder really is, links inside of the project followed."""
        for link, target in self._tree.links.items():
            if folder == link or folder.startswith(link + "/"):
                return join(target, folder[len(link) :].lstrip("/"))
        return folder

    def env_in(self, folder: str) -> str:
        """Return the path of a folder's env.py, or an empty string."""
        return self._tree.resolve(join(folder, "env.py")) or ""

    def find(self, location: str, near: str, *, script: bool = False) -> tuple[str, str] | None:
        """Return the folder that a location means, and the folder that it is relative to; None for none here.

        `near` is the folder of the file that says it. A relative one is tried from there, then from each
        folder above: any may be the working directory. `script` prefers a folder with an env.py.
        """
        found = [(f, base) for f, base in self._candidates(location, near) if self._tree.is_directory(f)]
        if script:
            found = [c for c in found if self.env_in(c[0])] or found[:1]
        return (self.real(found[0][0]), found[0][1]) if found else None

    def _candidates(self, location: str, near: str) -> Iterator[tuple[str, str]]:
        if location.startswith(HERE):
            yield from _joined(near, location[len(HERE) :].lstrip("/"), near)
        elif location.startswith("/"):
            yield from self._absolute(location, near)
        elif ":" in location:
            yield from self._resource(location, near)
        else:
            for base in upward(near):
                yield from _joined(base, location, base)
            yield from self._somewhere(posixpath.normpath(location), near)

    def _absolute(self, location: str, near: str) -> Iterator[tuple[str, str]]:
        """Yield what a path in an image may mean here: the longest end of it that is a folder."""
        parts = posixpath.normpath(location).strip("/").split("/")
        for start in range(len(parts)):
            for base in upward(near):
                yield from _joined(base, "/".join(parts[start:]), near)

    def _resource(self, location: str, near: str) -> Iterator[tuple[str, str]]:
        package, *rest = location.split(":")
        path = self._modules.find_path(package, near)
        if path is not None and path.endswith("__init__.py"):
            yield from _joined(posixpath.dirname(path), "/".join(rest), near)
        yield from self._somewhere("/".join((*package.split("."), *rest)), near)

    def _somewhere(self, tail: str, near: str) -> Iterator[tuple[str, str]]:
        """Yield the one folder below another part of the project that ends so and holds an env.py."""
        found = [p for p in self._modules.paths if p.endswith(f"/{tail}/env.py")]
        if len(found) == 1:
            yield posixpath.dirname(found[0]), found[0].removesuffix(f"/{tail}/env.py") or near


def join(folder: str, name: str) -> str:
    """Return a path below a folder of the project (`""` is the root)."""
    return f"{folder}/{name}" if folder and name else folder or name


def upward(folder: str) -> Iterator[str]:
    """Yield a folder and each folder above it, up to the root."""
    yield folder
    while folder:
        folder = posixpath.dirname(folder)
        yield folder


def _joined(base: str, tail: str, origin: str) -> Iterator[tuple[str, str]]:
    path = posixpath.normpath(join(base, tail)) if tail else base
    if path != ".." and not path.startswith("../"):
        yield ("" if path == "." else path), origin
