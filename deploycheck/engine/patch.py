"""From edits to one unified diff that `git apply` takes from the target's folder."""

from __future__ import annotations

import ast
import difflib
import itertools
import os
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from deploycheck.sources.errors import ReadError
from deploycheck.sources.text import read_bytes

if TYPE_CHECKING:
    from deploycheck.findings import Edit
    from deploycheck.sources.tree import Tree

_CONTEXT = 3
_NO_NEWLINE = "\n\\ No newline at end of file\n"


class PatchError(Exception):
    """Edits that do not fit their file, or each other: the fault of the check that made them."""


def unified_diff(edits: Iterable[Edit], tree: Tree) -> str | None:
    """Return one diff for all edits, or None where none can be made (no edits, a file that is not UTF-8).

    Line ends of each file are kept as they are. Raises `PatchError` for edits that overlap, lie
    outside of their file, or leave Python that does not parse.
    """
    files: dict[str, list[Edit]] = {}
    for edit in dict.fromkeys(edits):
        files.setdefault(edit.path, []).append(edit)
    diffs = [_file_diff(path, files[path], tree) for path in sorted(files)]
    return "".join(d for d in diffs if d) or None if None not in diffs else None


def _file_diff(path: str, edits: list[Edit], tree: Tree) -> str | None:
    """Return the diff of one file (empty when nothing changes), or None where none can be made."""
    if not re.fullmatch(r"(?!/)(?!.*(?:^|/)\.\.?(?:/|$))[^\0]+", path):
        raise PatchError(f"an edit of {path!r} leads out of the target")
    is_new = not tree.exists(path)
    if is_new and os.path.lexists(tree.root / path):
        return None  # there, but no part of the project: nothing we know
    old = "" if is_new else _original(tree, path)
    if old is None:
        return None
    old_lines = _lines(old)
    new_lines = _edited(old_lines, edits, "\r\n" if "\r\n" in old else "\n")
    if path.endswith(".py"):
        _must_parse("".join(new_lines), path)
    return _diff(path, old_lines, new_lines, is_new=is_new)


def _original(tree: Tree, path: str) -> str | None:
    """Return a file's text with its own line ends, or None where a patch could not carry it."""
    try:
        text = read_bytes(tree.root / path, path).decode()
    except (ReadError, UnicodeDecodeError):
        return None
    return None if re.search(r"\r(?!\n)", text) else text


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


def _must_parse(text: str, path: str) -> None:
    try:
        ast.parse(text.removeprefix("\ufeff"))
    except SyntaxError as error:
        raise PatchError(
            f"{path} would not parse after the edit: line {error.lineno}: {error.msg}"
        ) from error


def _diff(path: str, old: list[str], new: list[str], *, is_new: bool) -> str:
    if old == new and not is_new:
        return ""
    a, b = _name("a/", path), _name("b/", path)
    head = f"diff --git {a} {b}\n" + ("new file mode 100644\n" if is_new else "")
    hunks = list(difflib.unified_diff(old, new, n=_CONTEXT))[2:]
    # A name with a space ends in a tab, as git itself writes it, so that other tools see where it ends.
    tab = "\t" if " " in path else ""
    names = f"--- {'/dev/null' if is_new else a + tab}\n+++ {b}{tab}\n" if hunks else ""
    return head + names + "".join(line if line.endswith("\n") else line + _NO_NEWLINE for line in hunks)


def _name(side: str, path: str) -> str:
    """Quote a path as git does, only where it must be."""
    if not re.search(r"[\"\\\x00-\x1f\x7f]", path):
        return side + path
    escaped = re.sub(r"[\"\\]", r"\\\g<0>", side + path)
    return '"' + re.sub(r"[\x00-\x1f\x7f]", lambda m: f"\\{ord(m[0]):03o}", escaped) + '"'
