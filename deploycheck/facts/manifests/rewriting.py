"""How a Databricks app.yaml is rewritten in its own layout: a variable more, a text made a list."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from deploycheck.findings import Edit
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from deploycheck.sources.tree import Tree
    from deploycheck.sources.yaml import YamlNode

_PLAIN = re.compile(r"[A-Za-z_./][\w./:@+-]*")
_LIKE_OTHERS = re.compile(
    r"(?i)(?:true|false|yes|no|on|off|null|y|n|\.inf|\.nan)|.*:(?:\s|$)|[.\d_]+(?:e\d+)?"
)


def quoted(text: str) -> str:
    """Return a text as a YAML scalar that every reader takes for that text."""
    if _PLAIN.fullmatch(text) and not _LIKE_OTHERS.fullmatch(text):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def with_variable(tree: Tree, path: str, name: str, value: str) -> tuple[Edit, ...]:
    """Return the edit that adds a variable to a Databricks app.yaml's `env`, in the file's own layout."""
    try:
        (root,) = tree.yaml(path)
        lines = tree.lines(path)
    except (ReadError, ValueError):
        return ()
    key, node = next(((k, v) for k, v in root.entries if k.text == "env"), (None, None))
    if key is None or node is None:
        return (_entry(path, len(lines), "  - ", name, value, before="\nenv:\n"),)
    if node.is_scalar and node.data is None:
        return (_entry(path, key.at.line, "  - ", name, value),)
    dash = _dash(node, lines)
    return (_entry(path, node.items[-1].at.end_line, dash, name, value),) if dash else ()


def _entry(path: str, after: int, dash: str, name: str, value: str, before: str = "") -> Edit:  # noqa: PLR0913, PLR0917 - a line of layout
    indent = " " * len(dash)
    return Edit(path, after + 1, after, f"{before}{dash}name: {name}\n{indent}value: {quoted(value)}\n")


def _dash(node: YamlNode, lines: Sequence[str]) -> str:
    """Return what stands before an item of a block list, empty for a list in brackets."""
    if not node.is_sequence or not node.items:
        return ""
    first = node.items[0].at
    before = lines[first.line - 1][: first.column - 1]
    return before if before.strip() == "-" else ""


def flow(words: Sequence[str]) -> str:
    """Return words as a YAML list on one line."""
    return "[" + ", ".join(quoted(word) for word in words) + "]"


def env_as_list(tree: Tree, path: str) -> tuple[Edit, ...]:
    """Return the edit that makes a list of name and value out of an `env` that is a mapping.

    Nothing where a line holds more than one entry, a comment, or a value that is no text.
    """
    try:
        (root,) = tree.yaml(path)
        lines = tree.lines(path)
    except (ReadError, ValueError):
        return ()
    node = root.get("env")
    if node is None or not node.is_mapping or not node.entries:
        return ()
    first, last = node.entries[0][0].at.line, node.entries[-1][1].at.end_line
    alone = {key.at.line for key, _ in node.entries} == set(range(first, last + 1))
    if not alone or any(not _simple(key, value, lines) for key, value in node.entries):
        return ()
    indent = " " * (node.entries[0][0].at.column - 1)
    text = "".join(
        f"{indent}- name: {key.text}\n{indent}  value: {quoted(value.text)}\n" for key, value in node.entries
    )
    return (Edit(path, first, last, text),)


def _simple(key: YamlNode, value: YamlNode, lines: Sequence[str]) -> bool:
    line = lines[key.at.line - 1]
    return key.is_scalar and value.is_scalar and "#" not in line and not line[: key.at.column - 1].strip()
