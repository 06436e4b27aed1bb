"""Walks the target once: which files are the project's own, and what was left out or could not be listed."""

# ruff: noqa: PTH116, PTH118
# Paths are plain strings here: making Path objects for thousands of files takes longer than the walk.

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass, field

from deploycheck.findings import Location
from deploycheck.sources import vendored
from deploycheck.sources.errors import ReadError, Unread
from deploycheck.sources.ignore import Ignores
from deploycheck.sources.text import cause, decode, kind_of, read_bytes

_SURROGATES = re.compile("[\ud800-\udfff]")

EXCLUDED = "excluded by the configuration"
"""Why the walk leaves out what the user does not want read."""


@dataclass(frozen=True, slots=True, order=True)
class Skipped:
    """A folder or link that was left out on purpose, and why."""

    path: str
    reason: str


@dataclass(slots=True)
class Walk:
    """The outcome of a walk. `links` leads from a linked file or folder to its target in the project."""

    root: str
    ignores: Ignores
    files: list[str] = field(default_factory=list)
    directories: set[str] = field(default_factory=set)
    links: dict[str, str] = field(default_factory=dict)
    skipped: list[Skipped] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    templates: set[str] = field(default_factory=set)
    waiting: list[str] = field(default_factory=list)


def walk(root: str, exclude: tuple[str, ...] = (), base: str = "") -> Walk:
    """List the project's own files below `root`, a real path (no link in it).

    The patterns of `exclude` count from the folder that has `root` at `base`.

    Nothing is opened but ignore files and copier.yml, no link is followed, and what is left out is
    never entered. Everything in the result is sorted, so the same tree gives the same result.
    """
    found = Walk(root, Ignores(root, exclude, base))
    found.waiting.append("")
    while found.waiting:
        _enter(found, found.waiting.pop())
    _settle_links(found)
    found.unread.extend(found.ignores.unread)
    found.files.sort()
    found.skipped.sort()
    found.unread.sort()
    return found


def _enter(found: Walk, folder: str) -> None:
    try:
        with os.scandir(os.path.join(found.root, folder)) as listing:
            entries = {entry.name: entry for entry in listing}
    except OSError as error:
        reason = f"{cause(error)}; its files were not looked at"
        found.unread.append(Unread(folder or ".", reason, Location(folder or ".")))
        return
    if folder and (kind := vendored.by_content(entries)):
        found.skipped.append(Skipped(folder, kind))
        return
    found.directories.add(folder)
    if (own := entries.get(".gitignore")) and own.is_file(follow_symlinks=False):
        found.ignores.load(folder)
    for name in vendored.COPIER_FILES:
        if name in entries:
            _note_template(found, folder, name)
    prefix = folder + "/" if folder else ""
    entries.pop(".git", None)  # A folder, or a file that names one.
    for name, entry in entries.items():
        _sort_in(found, prefix + name, name, entry)


def _sort_in(found: Walk, path: str, name: str, entry: os.DirEntry[str]) -> None:
    """Decide what one entry of a folder is."""
    is_directory = entry.is_dir(follow_symlinks=False)
    if is_directory and (kind := vendored.by_name(name)):
        if kind != "version control":
            found.skipped.append(Skipped(path, kind))
        return
    if found.ignores.ignores(path, is_directory=is_directory):
        return
    if found.ignores.excludes(path, is_directory=is_directory):
        found.skipped.append(Skipped(path, EXCLUDED))
    elif not name.isascii() and _SURROGATES.search(name):
        shown = path.encode(errors="surrogateescape").decode(errors="backslashreplace")
        reason = "its name is not valid UTF-8, so it was not read: rename it"
        found.unread.append(Unread(shown, reason, Location(shown)))
    elif vendored.is_template_name(name) or path in found.templates:
        found.skipped.append(Skipped(path, "a template"))
    elif is_directory:
        found.waiting.append(path)
    elif entry.is_file(follow_symlinks=False):
        found.files.append(path)
    elif entry.is_symlink():
        _follow(found, path)
    else:
        kind = kind_of(entry.stat(follow_symlinks=False).st_mode)
        found.unread.append(Unread(path, f"it is {kind}, not a file: it was not opened", Location(path)))


def _follow(found: Walk, path: str) -> None:
    """Find where a link leads, without opening anything."""
    try:
        target = os.path.realpath(os.path.join(found.root, path), strict=True)
        mode = os.stat(target).st_mode
    except OSError as error:
        missing = isinstance(error, (FileNotFoundError, NotADirectoryError))
        reason = "it is a link to something that does not exist: remove it or restore its target"
        found.unread.append(Unread(path, reason if missing else cause(error), Location(path)))
        return
    inside = found.root.rstrip("/") + "/"
    if target + "/" == inside:
        found.links[path] = ""
    elif not target.startswith(inside):
        reason = "it is a link out of the project and was not followed: copy what it needs into the project"
        found.unread.append(Unread(path, reason, Location(path)))
    elif stat.S_ISREG(mode) or stat.S_ISDIR(mode):
        found.links[path] = target[len(inside) :]
    else:
        reason = f"it is a link to {kind_of(mode)}, not to a file: it was not opened"
        found.unread.append(Unread(path, reason, Location(path)))


def _settle_links(found: Walk) -> None:
    """Drop links to what is not the project's own: in a fresh checkout they lead nowhere."""
    files = set(found.files)
    for path, target in sorted(found.links.items()):
        if target not in files and target not in found.directories:
            del found.links[path]
            found.skipped.append(Skipped(path, f"a link to {target}, which is not part of the project"))


def _note_template(found: Walk, folder: str, name: str) -> None:
    path = f"{folder}/{name}" if folder else name
    try:
        template = vendored.copier_template(
            decode(read_bytes(os.path.join(found.root, path), path), path).text
        )
    except ReadError:
        return  # The file is listed like any other: whoever needs it will say that it cannot be read.
    if template:
        found.templates.add(f"{folder}/{template}" if folder else template)
