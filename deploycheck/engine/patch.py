"""From edits to one unified diff that `git apply` takes."""

from __future__ import annotations

import difflib
import itertools
import os
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from deploycheck.engine.parsing import fault_of
from deploycheck.sources.errors import ReadError
from deploycheck.sources.text import read_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from deploycheck.findings import Edit
    from deploycheck.sources.tree import Tree

_CONTEXT = 3
_NO_NEWLINE = "\n\\ No newline at end of file\n"


class PatchError(Exception):
    """Edits that do not fit their file, or each other: the fault of the check that made them."""


def unified_diff(edits: Iterable[Edit], tree: Tree, inside: str = "") -> str | None:
    """Return one diff for all edits, or None where none can be made.

    Its paths count from the folder that has the tree at `inside`: git counts them from its repository's root,
    and passes in silence over those that it does not find there.

    There may be no edits, a file may not be UTF-8, or YAML, TOML or JSON would not be right after them.

    Line ends of each file are kept as they are. Raises `PatchError` for edits that overlap, lie
    outside of their file, or leave Python that does not parse.
    """
    files: dict[str, list[Edit]] = {}
    for edit in dict.fromkeys(edits):
        files.setdefault(edit.path, []).append(edit)
    diffs = [_file_diff(path, files[path], tree, inside) for path in sorted(files)]
    return "".join(d for d in diffs if d) or None if None not in diffs else None


def _file_diff(path: str, edits: list[Edit], tree: Tree, inside: str) -> str | None:
    """Return the diff of one file (empty when nothing changes), or None where none can be made."""
    if not re.fullmatch(r"(?!/)(?!.*(?:^|/)\.\.?(?:/|$))[^\0]+", path):
        raise PatchError(f"an edit of {path!r} leads out of the target")
    is_new = not tree.exists(path)
    if is_new and os.path.lexists(tree.root / path):
        return None  # there, but no part of the project: nothing we know
    old = None if is_new else original(tree.root / path, path)
    if old is None and not is_new:
        return None
    new = edited(old or "", edits)
    if (fault := fault_of(path, old or "", new)) and path.endswith(".py"):
        raise PatchError(f"{path} would not parse after the edit: {fault}")
    # What other files hold already may stand in the way (a name that is there twice then): no fault of ours.
    return None if fault else difference(f"{inside}/{path}" if inside else path, old, new)


def original(file: Path, path: str) -> str | None:
    """Return a file's text with its own line ends, or None where a patch could not carry it."""
    try:
        text = read_bytes(file, path).decode()
    except (ReadError, UnicodeDecodeError):
        return None
    return None if re.search(r"\r(?!\n)", text) else text


def edited(text: str, edits: Iterable[Edit]) -> str:
    """Return a file's text after all edits, with its own line ends.

    Insertions at one place keep their order. Raises `PatchError` where two edits overlap or one does not fit.
    """
    return "".join(_edited(_lines(text), list(edits), "\r\n" if "\r\n" in text else "\n"))


def _lines(text: str) -> list[str]:
    lines = text.split("\n")
    return [f"{line}\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])


def _edited(lines: Sequence[str], edits: list[Edit], end_of_line: str) -> list[str]:
    """Return the lines after all edits. Raises `PatchError` where two overlap or one does not fit."""
    ordered = sorted(edits, key=lambda e: (e.start, e.end))
    for edit in ordered:
        if not 1 <= edit.start <= edit.end + 1 <= len(lines) + 1:
            raise PatchError(
                f"an edit of {edit.path}:{edit.start}-{edit.end} does not fit {len(lines)} lines"
            )
    for before, after in itertools.pairwise(ordered):
        if after.start <= before.end:
            raise PatchError(f"two edits of {after.path} overlap at line {after.start}")
    result, at = list[str](), 0
    for edit in ordered:
        result += lines[at : edit.start - 1]
        result += [
            f"{line.rstrip(chr(13))}{end_of_line}" for line in edit.text.split("\n")[: _count(edit.text)]
        ]
        at = edit.end
    result += lines[at:]
    return [line if line.endswith("\n") else line + end_of_line for line in result[:-1]] + result[-1:]


def _count(text: str) -> int:
    """Return how many whole lines a text is; a missing last line end does not matter."""
    return len(text.split("\n")) - (not text or text.endswith("\n"))


def difference(path: str, old: str | None, new: str) -> str:
    """Return the diff of one file, empty when nothing changes; `old` is None for a file that is new."""
    if old == new:
        return ""
    a, b = _name("a/", path), _name("b/", path)
    head = f"diff --git {a} {b}\n" + ("new file mode 100644\n" if old is None else "")
    hunks = list(difflib.unified_diff(_lines(old or ""), _lines(new), n=_CONTEXT))[2:]
    # A name with a space ends in a tab, as git itself writes it, so that other tools see where it ends.
    tab = "\t" if " " in path else ""
    names = f"--- {'/dev/null' if old is None else a + tab}\n+++ {b}{tab}\n" if hunks else ""
    return head + names + "".join(line if line.endswith("\n") else line + _NO_NEWLINE for line in hunks)


def _name(side: str, path: str) -> str:
    """Quote a path as git does, only where it must be."""
    if not re.search(r"[\"\\\x00-\x1f\x7f]", path):
        return side + path
    escaped = re.sub(r"[\"\\]", r"\\\g<0>", side + path)
    return '"' + re.sub(r"[\x00-\x1f\x7f]", lambda m: f"\\{ord(m[0]):03o}", escaped) + '"'
