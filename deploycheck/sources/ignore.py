"""What git ignores: nested .gitignore files, those above the target, and .git/info/exclude."""

# ruff: noqa: PTH118, PTH120
# Paths are plain strings here: making Path objects for thousands of files takes longer than the walk.

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from deploycheck.sources.errors import ReadError, Unread
from deploycheck.sources.text import decode, read_bytes

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec


class Patterns:
    """The patterns of one ignore file, compiled once. Paths are relative to the file's folder."""

    def __init__(self, lines: Iterable[str]) -> None:
        """Compile what can be compiled; a line that is no pattern is skipped, as git does."""
        # Imported late: a project without an ignore file does not pay for it.
        from pathspec import GitIgnoreSpec

        patterns = []
        for line in lines:
            try:
                patterns += [p for p in GitIgnoreSpec.from_lines([line]).patterns if p.include is not None]
            except ValueError:
                continue
        self._spec: GitIgnoreSpec = GitIgnoreSpec(patterns)
        # Most files match nothing. One regular expression says so far faster than asking each
        # pattern; the library gives the exact answer for the few that do match.
        expressions = [re.sub(r"\(\?P<\w+>", "(?:", p.regex.pattern) for p in patterns if p.regex]
        self._any = re.compile("|".join(f"(?:{e})" for e in expressions)) if expressions else None

    def verdict(self, path: str) -> bool | None:
        """Return True for ignored, False for taken back by a `!` pattern, None for not mentioned.

        A folder's path ends in a slash.
        """
        if self._any is None or not self._any.match(path):
            return None
        return self._spec.check_file(path).include


@dataclass(slots=True)
class Ignores:
    """All ignore files met so far. `root` is the target's real path on disk."""

    root: str
    exclude: tuple[str, ...] = ()
    unread: list[Unread] = field(default_factory=list)
    _above: list[tuple[str, Patterns]] = field(default_factory=list)
    _own: dict[str, Patterns] = field(default_factory=dict)
    _excluded: Patterns | None = None

    def __post_init__(self) -> None:
        """Read what stands above the target: a target may be one folder of a repository."""
        if self.exclude:
            self._excluded = Patterns(self.exclude)
        top = _repository(self.root)
        if top is None:
            return
        self._add_above(os.path.join(top, ".git", "info", "exclude"), top)
        for folder in _between(top, self.root):
            self._add_above(os.path.join(folder, ".gitignore"), folder)
        if self._is_ignored_above(self.root + "/"):
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
        """Tell whether git ignores a path whose parents it does not ignore."""
        asked = path + "/" if is_directory else path
        folder = path
        while folder and self._own:
            folder = folder.rpartition("/")[0]
            if patterns := self._own.get(folder):
                verdict = patterns.verdict(asked[len(folder) + 1 :] if folder else asked)
                if verdict is not None:
                    return verdict
        return bool(self._above) and self._is_ignored_above(f"{self.root}/{asked}")

    def excludes(self, path: str, *, is_directory: bool = False) -> bool:
        """Tell whether the user's own exclusions name a path."""
        return self._excluded is not None and bool(
            self._excluded.verdict(path + "/" if is_directory else path)
        )

    def ignores_any_part(self, path: str, *, is_directory: bool = False) -> bool:
        """Tell whether git ignores a path or one of the folders above it."""
        parts = path.split("/")
        return any(
            self.ignores("/".join(parts[:count]), is_directory=count < len(parts) or is_directory)
            for count in range(1, len(parts) + 1)
        )

    def _add_above(self, file: str, folder: str) -> None:
        """Add a file that stands above the target, weakest first; one that cannot be read says nothing."""
        try:
            text = decode(read_bytes(file, ".gitignore"), ".gitignore").text
        except ReadError:
            return
        self._above.append((folder, Patterns(text.split("\n"))))

    def _is_ignored_above(self, file: str) -> bool:
        for folder, patterns in reversed(self._above):
            verdict = patterns.verdict(file[len(folder.rstrip("/")) + 1 :])
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
