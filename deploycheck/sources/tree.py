"""The target folder: its files, and the one way in which anything of ours reads them."""

# ruff: noqa: PTH112, PTH116, PTH118
# Paths are plain strings here: making Path objects for thousands of files takes longer than the walk.

from __future__ import annotations

import fnmatch
import os
import posixpath
import re
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

from deploycheck.sources import dotenv, text
from deploycheck.sources.errors import Note, ReadError, Unread
from deploycheck.sources.walk import Skipped, Walk, walk

if TYPE_CHECKING:
    from deploycheck.sources.dotenv import DotenvEntry
    from deploycheck.sources.toml import TomlDocument
    from deploycheck.sources.yaml import YamlNode

__all__ = ["Note", "ReadError", "Skipped", "Tree", "Unread"]

T = TypeVar("T")


class Tree:
    """The project's own files below `root`. Listing is done once, on first use; every content is kept.

    Paths are relative to the root, with forward slashes; `./`, `..` and links inside of the project
    are resolved. A file that git ignores is no part of the project: no deployment from a checkout has it.
    """

    def __init__(
        self, root: Path, *, exclude: Iterable[str] = (), base: str = "", limit: int = text.LIMIT
    ) -> None:
        """Take the folder, patterns (as in .gitignore) of what to leave out, and the size limit in bytes.

        The patterns count from the folder that has `root` at `base`: a configuration may stand above it.
        """
        self.root = root
        self._limit = limit
        self._exclude = tuple(exclude)
        self._base = base
        self._kept: dict[tuple[str, str], object] = {}
        self._failed: list[Unread] = []
        self._notes: list[Note] = []

    @cached_property
    def _walk(self) -> Walk:
        return walk(os.path.realpath(self.root), self._exclude, self._base)

    @cached_property
    def files(self) -> tuple[str, ...]:
        """Every file of the project, sorted. A file that links lead to is listed once, where it really is."""
        return tuple(self._walk.files)

    @cached_property
    def _set(self) -> frozenset[str]:
        return frozenset(self._walk.files)

    @property
    def links(self) -> Mapping[str, str]:
        """Links inside of the project: the link's path, and what it leads to (a file or a folder)."""
        return self._walk.links

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """Folders, links and templates that are there and were left out on purpose, and why."""
        return tuple(self._walk.skipped)

    @property
    def unread(self) -> list[Unread]:
        """What could not be listed or read so far, each once, sorted."""
        return sorted({*self._walk.unread, *self._failed})

    @property
    def notes(self) -> list[Note]:
        """What was odd and read all the same so far, each once, sorted."""
        return sorted(set(self._notes))

    @cached_property
    def in_repository(self) -> bool:
        """Whether it is a folder inside of a git repository, and not that repository's root."""
        root = Path(os.path.realpath(self.root))
        return not os.path.lexists(root / ".git") and any(os.path.lexists(p / ".git") for p in root.parents)

    def matching(self, *patterns: str) -> tuple[str, ...]:
        """Return the files whose name (for a pattern with a slash: whole path) matches one of the patterns.

        `*` also matches a slash. A link whose name matches gives the file that it leads to.
        """
        test = _matcher(patterns)
        found = {path for path in self.files if test(path)}
        found.update(target for path, target in self.links.items() if target in self._set and test(path))
        return tuple(sorted(found))

    def resolve(self, path: str) -> str | None:
        """Return the listed path of a file, links and dots resolved; None for no file of the project."""
        if path in self._set:
            return path
        clean = self._clean(path)
        return clean if clean in self._set else None

    def exists(self, path: str) -> bool:
        """Tell whether it is a file of the project."""
        return self.resolve(path) is not None

    def is_directory(self, path: str) -> bool:
        """Tell whether it is a folder of the project (`""` is the root)."""
        return self._clean(path) in self._walk.directories

    def ignored(self, path: str) -> bool:
        """Tell whether something is there on disk, and git ignores it."""
        clean = _normal(path)
        if not clean:
            return False
        on_disk = os.path.join(self._walk.root, clean)
        if not os.path.lexists(on_disk):
            return False
        return self._walk.ignores.ignores_any_part(clean, is_directory=os.path.isdir(on_disk))

    def leaves_out(self, path: str) -> bool:
        """Tell whether git would ignore a file of that path, be it there or not: a build may make it."""
        clean = _normal(path)
        return bool(clean) and clean not in self._set and self._walk.ignores.ignores_any_part(str(clean))

    def size(self, path: str) -> int:
        """Return a file's size in bytes. Raises `ReadError`."""
        listed = self._listed(path)
        return self._keep("size", listed, lambda: os.stat(self._disk(listed)).st_size)

    def text(self, path: str) -> str:
        """Return a file's text: line ends as newlines, no byte order mark. Raises `ReadError`."""
        listed = self._listed(path)
        return self._keep("text", listed, lambda: self._decoded(listed))

    def mentions(self, path: str, words: str) -> bool:
        """Tell whether a listed file holds some ASCII words. One that cannot be read does not.

        That is no failure to record: this is a look over files that perhaps nobody else needs.
        """
        kept = self._kept.get(("text", path))
        if isinstance(kept, str):
            return words in kept
        try:
            return words.encode() in text.read_bytes(self._disk(path), path, self._limit)
        except ReadError:
            return False

    def lines(self, path: str) -> tuple[str, ...]:
        """Return a file's lines without their ends; line n is at n - 1. Raises `ReadError`."""
        listed = self._listed(path)
        return self._keep("lines", listed, lambda: _lines(self.text(listed)))

    def yaml(self, path: str) -> tuple[YamlNode, ...]:
        """Return a YAML file's documents. Raises `ReadError`."""
        # Imported late, with PyYAML behind it: not every project has a YAML file.
        from deploycheck.sources import yaml

        listed = self._listed(path)
        return self._keep("yaml", listed, lambda: yaml.parse(self.text(listed), listed))

    def toml(self, path: str) -> TomlDocument:
        """Return a TOML file's data, with places. Raises `ReadError`."""
        from deploycheck.sources import toml

        listed = self._listed(path)
        return self._keep("toml", listed, lambda: toml.parse(self.text(listed), listed))

    def dotenv(self, path: str) -> tuple[DotenvEntry, ...]:
        """Return a dotenv file's variables, in order; lines skipped go to `notes`. Raises `ReadError`."""
        listed = self._listed(path)
        return self._keep("dotenv", listed, lambda: self._entries(listed))

    def _entries(self, listed: str) -> tuple[DotenvEntry, ...]:
        entries, notes = dotenv.parse(self.text(listed), listed)
        self._notes.extend(notes)
        return entries

    def _decoded(self, listed: str) -> str:
        decoded = text.decode(text.read_bytes(self._disk(listed), listed, self._limit), listed)
        if decoded.note:
            self._notes.append(decoded.note)
        return decoded.text

    def _keep(self, kind: str, listed: str, make: Callable[[], T]) -> T:
        """Return what was made of a file before, or make it; a failure is recorded, kept and raised again."""
        key = (kind, listed)
        if key not in self._kept:
            try:
                self._kept[key] = make()
            except ReadError as error:
                self._kept[key] = error
            except OSError as error:
                self._kept[key] = ReadError(listed, text.cause(error))
        kept = self._kept[key]
        if isinstance(kept, ReadError):
            self._failed.append(kept.unread)
            raise ReadError(kept.path, kept.reason, kept.at) from kept
        return cast("T", kept)

    def _listed(self, path: str) -> str:
        """Return the listed path of a file that may be read. Raises `ReadError`, which is recorded."""
        if (listed := self.resolve(path)) is not None:
            return listed
        error = ReadError(path, self._why_not(path))
        self._failed.append(error.unread)
        raise error

    def _why_not(self, path: str) -> str:
        clean = _normal(path)
        if clean is None:
            return "it is outside of the project, so it was not read: copy it into the project"
        for known in self._walk.unread:
            if known.path == clean:
                return known.reason
        if self.ignored(clean):
            return "git ignores it, so no checkout of the project has it: commit it if production needs it"
        if self.is_directory(clean):
            return "it is a folder, not a file"
        return "there is no such file in the project"

    def _disk(self, listed: str) -> str:
        return os.path.join(self._walk.root, listed)

    def _clean(self, path: str) -> str | None:
        """Return a path without `./`, `..` and links, or None outside of the project."""
        clean = _normal(path)
        if not clean or not self.links:
            return clean
        if clean in self._set or clean in self._walk.directories:
            return clean
        real = os.path.realpath(self._disk(clean))
        inside = self._walk.root.rstrip("/") + "/"
        return "" if real + "/" == inside else real[len(inside) :] if real.startswith(inside) else None


def _normal(path: str) -> str | None:
    if path.startswith("/") or "\0" in path:
        return None
    clean = posixpath.normpath(path) if path else ""
    if clean == ".":
        return ""
    return None if clean == ".." or clean.startswith("../") else clean


def _lines(content: str) -> tuple[str, ...]:
    lines = content.split("\n")
    return tuple(lines[:-1] if lines[-1] == "" else lines)


@lru_cache(maxsize=256)
def _matcher(patterns: tuple[str, ...]) -> Callable[[str], bool]:
    paths = re.compile("|".join(fnmatch.translate(p) for p in patterns if "/" in p) or r"(?!)")
    names = re.compile("|".join(fnmatch.translate(p) for p in patterns if "/" not in p) or r"(?!)")
    return lambda path: bool(names.match(path.rpartition("/")[2]) or paths.match(path))
