"""What git ignores: nested .gitignore files, those above the target, and .git/info/exclude."""

# ruff: noqa: PTH118, PTH120
# Paths are plain strings here: making Path objects for thousands of files takes longer than the walk.

from __future__ import annotations

import os
from dataclasses import dataclass, field

from deploycheck.sources.errors import ReadError, Unread
from deploycheck.sources.patterns import Patterns
from deploycheck.sources.text import decode, read_bytes
from deploycheck.sources.tracked import git_folder, tracked_below


@dataclass(slots=True)
class Ignores:
    """All ignore files met so far. `root` is the target's real path on disk.

    `exclude` are the user's own patterns, from the folder that has the target at `base`.
    """

    root: str
    exclude: tuple[str, ...] = ()
    base: str = ""
    unread: list[Unread] = field(default_factory=list)
    _above: list[tuple[str, Patterns]] = field(default_factory=list)
    _own: dict[str, Patterns] = field(default_factory=dict)
    _excluded: Patterns | None = None
    _entered: set[str] = field(default_factory=set)  # ignored folders that hold something tracked
    _top: str | None = None
    _tracked: frozenset[str] | None = None

    def __post_init__(self) -> None:
        """Read what stands above the target: a target may be one folder of a repository."""
        if self.exclude:
            self._excluded = Patterns(self.exclude)
        self._top = top = _repository(self.root)
        if top is None:
            return
        self._add_above(os.path.join(git_folder(top), "info", "exclude"), top)
        for folder in _between(top, self.root):
            self._add_above(os.path.join(folder, ".gitignore"), folder)
        inner = [*_between(top, self.root), self.root]
        if any(self._is_ignored_above(folder, is_directory=True) for folder in inner if folder != top):
            # The target itself is ignored (a build folder, a scratch copy): whoever names it wants it read.
            self._above.clear()

    def load(self, folder: str) -> None:
        """Read the .gitignore of a folder of the target (`""` is the target itself)."""
        path = f"{folder}/.gitignore" if folder else ".gitignore"
        try:
            text = decode(read_bytes(os.path.join(self.root, path), path), path).text
        except ReadError as error:
            self.unread.append(error.unread)
            return
        self._own[folder] = Patterns(text.split("\n"))

    def ignores(self, path: str, *, is_directory: bool = False) -> bool:
        """Tell whether git ignores a path whose parents it does not ignore: never one that it tracks."""
        inside = bool(self._entered) and path.rpartition("/")[0] in self._entered
        if not inside and not self._matches(path, is_directory=is_directory):
            return False
        if not self._is_tracked(path):
            return True
        if is_directory:
            self._entered.add(path)
        return False

    def _matches(self, path: str, *, is_directory: bool) -> bool:
        folder = path
        while folder and self._own:
            folder = folder.rpartition("/")[0]
            if patterns := self._own.get(folder):
                verdict = patterns.verdict(
                    path[len(folder) + 1 :] if folder else path, is_directory=is_directory
                )
                if verdict is not None:
                    return verdict
        return bool(self._above) and self._is_ignored_above(f"{self.root}/{path}", is_directory=is_directory)

    def excludes(self, path: str, *, is_directory: bool = False) -> bool:
        """Tell whether the user's own exclusions name a path."""
        if self._excluded is None:
            return False
        seen = f"{self.base}/{path}" if self.base else path
        return bool(self._excluded.verdict(seen, is_directory=is_directory))

    def ignores_any_part(self, path: str, *, is_directory: bool = False) -> bool:
        """Tell whether git ignores a path or one of the folders above it."""
        parts = path.split("/")
        return any(
            self.ignores("/".join(parts[:count]), is_directory=count < len(parts) or is_directory)
            for count in range(1, len(parts) + 1)
        )

    def _is_tracked(self, path: str) -> bool:
        """Tell whether git tracks a file, or something in a folder, whatever the patterns say."""
        if self._tracked is None:
            self._tracked = tracked_below(self._top, self.root) if self._top else frozenset()
        return path in self._tracked

    def _add_above(self, file: str, folder: str) -> None:
        """Add a file that stands above the target, weakest first; one that cannot be read says nothing."""
        try:
            text = decode(read_bytes(file, ".gitignore"), ".gitignore").text
        except ReadError:
            return
        self._above.append((folder, Patterns(text.split("\n"))))

    def _is_ignored_above(self, file: str, *, is_directory: bool) -> bool:
        for folder, patterns in reversed(self._above):
            start = folder.rstrip("/") + "/"
            if file.startswith(start):
                verdict = patterns.verdict(file.removeprefix(start), is_directory=is_directory)
                if verdict is not None:
                    return verdict
        return False


def _repository(folder: str) -> str | None:
    """Return the nearest folder at or above that holds a `.git`."""
    while True:
        if os.path.lexists(os.path.join(folder, ".git")):
            return folder
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent


def _between(top: str, folder: str) -> list[str]:
    """Return the folders from `top` down to the parent of `folder`."""
    found = []
    while folder != top:
        folder = os.path.dirname(folder)
        found.append(folder)
    return found[::-1]
