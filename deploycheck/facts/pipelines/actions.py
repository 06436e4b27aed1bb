"""Which version of an action a step uses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from deploycheck.sources.tree import Tree
    from deploycheck.sources.yaml import YamlNode

_TAG = re.compile(r"v?\d+(?:\.\d+)*(?:[-+.][\w.]+)?$")
_HASH = re.compile(r"[0-9a-f]{40,64}$", re.IGNORECASE)
_COMMENT = re.compile(r"#.*?(?<![\w.])(v?\d+(?:\.\d+)*)(?![\w.]*@)")
_MAJOR = re.compile(r"v?(\d+)(?:\.(\d+))?")


def version(tree: Tree, uses: YamlNode | None) -> str:
    """Return the version of what `uses` names: its tag, or the comment behind a commit's hash.

    Empty where neither tells: a branch, or a hash without a comment.
    """
    if uses is None or not uses.is_scalar:
        return ""
    reference = uses.text.partition("@")[2]
    if _HASH.match(reference):
        return _commented(tree, uses)
    return reference if _TAG.match(reference) else ""


def _commented(tree: Tree, uses: YamlNode) -> str:
    try:
        line = tree.lines(uses.at.path)[uses.at.end_line - 1]
    except (ReadError, IndexError):
        return ""
    found = _COMMENT.search(line, max(0, uses.at.end_column - 1))
    return found[1] if found else ""


def numbers(text: str) -> tuple[int, int | None] | None:
    """Return the major and, where it is told, the minor number of a version; None for none."""
    found = _MAJOR.match(text)
    if found is None:
        return None
    return int(found[1]), int(found[2]) if found[2] else None
