"""Finds the file that configures a target: the nearest one, from the target up to its repository's root."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from deploycheck.configuration.errors import ConfigurationError
from deploycheck.sources.errors import ReadError
from deploycheck.sources.text import decode, read_bytes
from deploycheck.sources.toml import parse

if TYPE_CHECKING:
    from deploycheck.sources.toml import TomlDocument

OWN, SHARED = "deploycheck.toml", "pyproject.toml"
_TABLE = ("tool", "deploycheck")


@dataclass(frozen=True, slots=True)
class Found:
    """A file that configures us: its folder's real path, its TOML, and the keys above our table in it.

    `target` is the real path that the search began at, and `beside` names a second file of the same folder
    that speaks of us too and is not used, or is empty.
    """

    target: Path
    folder: Path
    document: TomlDocument
    prefix: tuple[str, ...]
    beside: str = ""

    @property
    def table(self) -> dict[str, object]:
        """Our table. Raises `ConfigurationError` when it is none."""
        table = self.document.get(*self.prefix)
        if not isinstance(table, dict):
            place = self.document.locate(*self.prefix)
            raise ConfigurationError(f"{place}: tool.deploycheck must be a table: [tool.deploycheck]")
        return table

    @property
    def base(self) -> str:
        """The target's path from the file's folder, with forward slashes; empty where both are one."""
        relative = self.target.relative_to(self.folder).as_posix()
        return "" if relative == "." else relative


def nearest(target: Path) -> Found | None:
    """Return the file that applies to a folder (its real path), or None. Raises `ConfigurationError`.

    In one folder deploycheck.toml goes before pyproject.toml, which is passed by without our table.
    """
    for folder in (target, *target.parents):
        own, shared = _own(folder, target), _shared(folder, target)
        if own is not None:
            return Found(target, folder, own, (), shared.path if shared is not None else "")
        if shared is not None:
            return Found(target, folder, shared, _TABLE)
        if os.path.lexists(folder / ".git"):  # A folder, or the file of a worktree or submodule.
            break
    return None


def _own(folder: Path, target: Path) -> TomlDocument | None:
    """Return deploycheck.toml. It is meant for us, so one that cannot be read is an error."""
    file = folder / OWN
    if not os.path.lexists(file):
        return None
    try:
        return _parsed(file, _shown(file, target))
    except ReadError as error:
        raise ConfigurationError(f"{error.at}: {error.reason}") from error


def _shared(folder: Path, target: Path) -> TomlDocument | None:
    """Return a pyproject.toml that has our table. A broken one that does not name it is not ours to judge."""
    file = folder / SHARED
    if not file.is_file():
        return None
    shown = _shown(file, target)
    try:
        document = (
            _parsed(file, shown) if b"deploycheck" in read_bytes(os.path.realpath(file), shown) else None
        )
    except ReadError as error:
        if "[tool.deploycheck" not in _raw(file):
            return None  # The report names it among the unread.
        raise ConfigurationError(f"{error.at}: {error.reason}") from error
    return document if document is not None and document.get(*_TABLE) is not None else None


def _parsed(file: Path, shown: str) -> TomlDocument:
    return parse(decode(read_bytes(os.path.realpath(file), shown), shown).text, shown)


def _shown(file: Path, target: Path) -> str:
    """Name a file as seen from the target, so that no message holds the machine's own paths."""
    return Path(os.path.relpath(file, target)).as_posix()


def _raw(file: Path) -> str:
    try:
        return read_bytes(os.path.realpath(file), file.name).decode(errors="replace")
    except ReadError:
        return ""
