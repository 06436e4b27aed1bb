"""Which versions production gets: what its installs read, and what of it nothing pins."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.facts.manifests.shell import program, unwrap
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from deploycheck.facts.manifests.model import Command, Manifest
    from deploycheck.facts.requirements.model import Requirement, RequirementFile
    from deploycheck.findings import Location
    from deploycheck.sources.tree import Tree

LOCKS = ("uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock", "pylock.toml")
_OWN_LOCK = {"uv": "uv.lock", "poetry": "poetry.lock", "pdm": "pdm.lock", "pipenv": "Pipfile.lock"}
_INSTALLERS = frozenset({"pdm", "pip", "pipenv", "poetry", "setuptools", "uv", "wheel"})
"""What only installs others: the app does not run on it."""
_EXACT = re.compile(r"={2,3}\s*[^*,\s]+(?:\s*,.*)?$")
_ADDRESS = re.compile(r"://|\s@\s|\.whl\b|--hash=")
_CONSTRAINED = re.compile(r"(?:^|\s)(?:-c|--constraint|--constraints)(?:[\s=]|$)", re.MULTILINE)

_WRITES = re.compile(r"(?:^|\s)(?:-o|--output(?:-file)?)[\s=](\S+\.txt)\b")
"""A requirements file that a command makes out of the project (`uv export -o requirements.txt`)."""


@dataclass(frozen=True, slots=True)
class Loose:
    """One file from which production installs packages whose versions nothing pins.

    `loose` are those, `count` is how many it lists in all. `how` is what installs them, by which command
    or platform, at `by`. `unused` is a lock file that lies there, and that this way of installing does not
    read.
    """

    path: str
    loose: tuple[Requirement, ...]
    count: int
    how: str
    by: Location
    unused: str = ""


def is_pinned(requirement: Requirement, tree: Tree) -> bool:
    """Tell whether a requirement allows one version only: by `==`, a hash or an address."""
    if _EXACT.match(requirement.specifier.strip()) or requirement.locked:
        return True
    try:
        line = tree.lines(requirement.at.path)[requirement.at.line - 1]
    except (ReadError, IndexError):
        return True
    return bool(_ADDRESS.search(line))


def loose_files(manifest: Manifest, files: Iterable[RequirementFile], tree: Tree) -> Iterator[Loose]:
    """Yield the files from which a manifest installs without pins, each once."""
    known = {f.path: f for f in files}
    told: set[str] = set()
    for path, how, by in _read(manifest, tree):
        file = known.get(path)
        if file is not None and path not in told and not _is_constrained(path, tree):
            told.add(path)
            asked = [r for r in file.requirements if not r.development and not r.locked and not r.group]
            asked = [r for r in asked if r.name not in _INSTALLERS]
            loose = tuple(r for r in asked if not is_pinned(r, tree))
            if loose:
                yield Loose(path, loose, len(asked), how, by, _unused(file.directory, tree))


def _read(manifest: Manifest, tree: Tree) -> Iterator[tuple[str, str, Location]]:
    """Yield what a manifest's installs read, for those that no lock file governs."""
    if not manifest.installs:
        for path in manifest.requirements:
            folder = posixpath.dirname(path)
            listed = posixpath.basename(path) == "requirements.txt"
            # Databricks Apps takes requirements.txt whatever lies beside it; of others that is not certain.
            decided = listed and manifest.platform.key == "databricks"
            if decided or not any(tree.exists(posixpath.join(folder, lock)) for lock in LOCKS):
                yield path, f"{manifest.platform.name} installs from {path}", manifest.at
        return
    if any(_is_governed(command, manifest, tree) for command in manifest.installs):
        return
    written: set[str] = set()
    for command in manifest.installs:
        for path in _files(command, manifest):
            if posixpath.basename(path) in written:
                continue  # what wrote it is told itself
            yield path, command.text or " ".join(command.words), command.at
        written.update(posixpath.basename(p) for p in _WRITES.findall(" ".join(command.words)))


def _is_governed(command: Command, manifest: Manifest, tree: Tree) -> bool:
    """Tell whether a lock file, or one that is not seen here, decides what a command installs."""
    name, text = program(command), " ".join(unwrap(command).words)
    if _CONSTRAINED.search(text) or "$" in text or "/dev/stdin" in text or "--require-hashes" in text:
        return True
    lock = _OWN_LOCK.get(name)
    if lock is not None and "pip" not in unwrap(command).words[:2]:
        return bool(tree.matching(lock))
    if name in {"conda", "mamba", "micromamba", "pixi", "rye"} or "--no-index" in text:
        return True
    # A file that the build itself writes (`poetry export`, `uv export`) is not in the project.
    listed = re.findall(r"(?:-r|--requirements?)[\s=]*(\S+)", text)
    return any(not _named(path, manifest) for path in listed)


def _named(path: str, manifest: Manifest) -> list[str]:
    base = posixpath.basename(path)
    return [p for p in manifest.requirements if posixpath.basename(p) == base]


def _files(command: Command, manifest: Manifest) -> Iterator[str]:
    words = unwrap(command).words
    listed = re.findall(r"(?:^|\s)(?:-r|--requirements?)[\s=]*(\S+)", " ".join(words))
    for path in listed:
        yield from _named(path, manifest)
    own = program(command) in _OWN_LOCK and "pip" not in words[:2]
    local = any(re.match(r"\.{1,2}(?:/|\[|$)", w) for w in words[1:]) and "--no-deps" not in words
    if not listed and (own or local):
        yield from (p for p in manifest.requirements if not p.endswith(".txt"))


def _is_constrained(path: str, tree: Tree) -> bool:
    try:
        return bool(_CONSTRAINED.search(tree.text(path))) if path.endswith((".txt", ".in")) else False
    except ReadError:
        return True


def _unused(directory: str, tree: Tree) -> str:
    paths = (posixpath.join(directory, lock) for lock in LOCKS)
    return next((p for p in paths if tree.exists(p)), "")
