"""How a Databricks app.yaml is rewritten in its own layout: a variable more, a text made a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploycheck.sources.editing import line_edits, yaml
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from deploycheck.findings import Edit
    from deploycheck.sources.tree import Tree
    from deploycheck.sources.yaml import YamlNode


def quoted(text: str) -> str:
    """Return a text as a YAML scalar that every reader takes for that text."""
    if yaml.is_plain(text):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def with_variable(tree: Tree, path: str, name: str, value: str) -> tuple[Edit, ...]:
    """Return the edit that adds a variable to a Databricks app.yaml's `env`, in the file's own layout."""
    root, text = _read(tree, path)
    if root is None:
        return ()
    entry: yaml.Data = {"name": name, "value": value}
    node = root.get("env")
    if node is not None and node.is_sequence and node.items:
        return line_edits(path, text, yaml.append(text, ("env",), entry))
    if node is None or (node.is_scalar and node.data is None):
        return line_edits(path, text, yaml.set_value(text, ("env",), [entry]))
    return ()


def flow(words: Sequence[str]) -> str:
    """Return words as a YAML list on one line."""
    return "[" + ", ".join(quoted(word) for word in words) + "]"


def env_as_list(tree: Tree, path: str) -> tuple[Edit, ...]:
    """Return the edit that makes a list of name and value out of an `env` that is a mapping.

    Nothing where that would lose a comment, or a value is no text.
    """
    root, text = _read(tree, path)
    node = root.get("env") if root is not None else None
    if node is None or not node.is_mapping or not node.entries or node.merged or node.duplicates:
        return ()
    if not all(key.is_scalar and value.is_scalar for key, value in node.entries):
        return ()
    entries: yaml.Data = [{"name": key.text, "value": value.text} for key, value in node.entries]
    return line_edits(path, text, yaml.set_value(text, ("env",), entries))


def _read(tree: Tree, path: str) -> tuple[YamlNode | None, str]:
    """Return the one document of a file, None where there is another number of them, and its text."""
    try:
        (root,) = tree.yaml(path)
        return root, tree.text(path)
    except (ReadError, ValueError):
        return None, ""
