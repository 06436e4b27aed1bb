"""Files of the project that a command names, and whether they are where the process looks for them."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.facts.manifests.scripts import SHELLS
from deploycheck.facts.manifests.shell import program, unwrap

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from deploycheck.facts.manifests.model import Command, Manifest, Process, Word
    from deploycheck.sources.tree import Tree

_RUNS = {"chainlit": ("run",), "fastapi": ("run", "dev"), "streamlit": ("run",)}
_PATTERN = re.compile(r"[$*?\[{~`]")
_VALUED = frozenset({"-W", "-X", "-o", "+o", "--rcfile"})


@dataclass(frozen=True, slots=True)
class Lost:
    """A file that a command starts and that is not there. `path` is where the project would have it.

    `sure` is False where an image may hold what no file here tells of.
    """

    word: Word
    path: str
    command: Command
    sure: bool = True


def lost_files(tree: Tree, manifest: Manifest, process: Process) -> Iterator[Lost]:
    """Yield each script or Python file that a process starts and that the deployed project does not have."""
    last = process.command
    if last is None or not (process.directory == "" or tree.is_directory(process.directory)):
        return
    for command in dict.fromkeys((*last.via, last)):
        word = _file(unwrap(command))
        if word is None or _PATTERN.search(word.text) or command.unfollowed:
            continue
        found = _looked_up(tree, manifest, process, word.text)
        if found is not None:
            path, sure = found
            yield Lost(word, path, command, sure and command.certain)


def _file(command: Command) -> Word | None:
    """Return the word that names the file to run, if one does."""
    if not command.argv:
        return None
    name, first = program(command), command.argv[0]
    if posixpath.basename(first.text) in SHELLS or name == "python":
        return _first_plain(command.argv[1:])
    if name in _RUNS and command.words[1:2] and command.words[1] in _RUNS[name]:
        word = _first_plain(command.argv[2:])
        return word if word is not None and word.text.endswith(".py") else None
    return first if first.text.startswith(("./", "../")) else None


def _first_plain(words: Sequence[Word]) -> Word | None:
    """Return the first word that is no option; None where an option says that no file comes (`-c`, `-m`)."""
    skip = False
    for word in words:
        if skip:
            skip = False
        elif word.text in _VALUED:
            skip = True
        elif re.match(r"-\w*[cms]\w*$|--command|--version|-$|<", word.text):
            return None
        elif not word.text.startswith(("-", "+")):
            return word
    return None


def _looked_up(tree: Tree, manifest: Manifest, process: Process, text: str) -> tuple[str, bool] | None:
    """Return where a file should be and is not, and whether that is sure; None where it is or may be."""
    if not manifest.as_is:
        return _in_image(tree, manifest, process, text)
    if text.startswith("/"):
        return None
    path = posixpath.normpath(posixpath.join(process.directory, text))
    elsewhere = () if manifest.platform.closed else (posixpath.normpath(text),)
    if elsewhere and manifest.directory and tree.matching(posixpath.basename(text)):
        return None  # a Procfile below the root: who copies it, and where to, is not told
    if path.startswith("..") or any(_may_be(tree, p) for p in (path, *elsewhere)):
        return None
    return path, True


def _may_be(tree: Tree, path: str) -> bool:
    return tree.exists(path) or tree.is_directory(path) or tree.leaves_out(path)


def _in_image(tree: Tree, manifest: Manifest, process: Process, text: str) -> tuple[str, bool] | None:
    """Look a file up in an image: only below a folder that is copied in whole is its absence told."""
    if not process.workdir:
        return None
    full = posixpath.normpath(posixpath.join(process.workdir, text))
    held = {target for target, _ in manifest.contents}
    if any(full == v or full.startswith(v.rstrip("/") + "/") for v in manifest.volumes if v not in held):
        return None
    below = [(t, s) for t, s in manifest.contents if full == t or full.startswith(t.rstrip("/") + "/")]
    paths = [posixpath.normpath(posixpath.join(s, posixpath.relpath(full, t))) for t, s in below]
    if not paths or any(_may_be(tree, path) for path in paths) or tree.matching(posixpath.basename(text)):
        return None
    return paths[-1], False
