"""How a Databricks app.yaml is rewritten in its own layout: a variable more, a text made a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploycheck.sources.editing import line_edits, yaml
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from deploycheck.findings import Edit, Location
    from deploycheck.sources.editing import Key
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


def with_value(tree: Tree, at: Location, value: yaml.Data) -> tuple[Edit, ...]:
    """Return the edit that gives another value to the variable which a YAML file sets at a place."""
    try:
        roots, text = tree.yaml(at.path), tree.text(at.path)
    except ReadError:
        return ()
    place = next(_values_at(roots, at), None)
    return line_edits(at.path, text, yaml.set_value(text, place[1], value, place[0])) if place else ()


def _values_at(roots: tuple[YamlNode, ...], at: Location) -> Iterator[tuple[int, tuple[Key, ...]]]:
    """Yield where the value of a variable is: beside its name, or below it."""
    stack: list[tuple[int, tuple[Key, ...], YamlNode]] = [(n, (), root) for n, root in enumerate(roots)]
    while stack:
        document, path, node = stack.pop()
        name = node.get("name") if node.is_mapping else None
        starts = [each.at for each in (node, node.key("name"), name) if name is not None and each is not None]
        if _is_among(at, starts) and node.get("value") is not None:
            yield document, (*path, "value")
        for key, value in node.entries:
            if key.is_scalar and value.is_scalar and _is_among(at, [key.at]):
                yield document, (*path, key.text)
        stack += [(document, (*path, index), item) for index, item in enumerate(node.items)]
        stack += [(document, (*path, key.text), value) for key, value in node.entries if key.is_scalar]


def _is_among(at: Location, starts: Iterable[Location]) -> bool:
    return any((at.line, at.column) == (start.line, start.column) for start in starts)


def _read(tree: Tree, path: str) -> tuple[YamlNode | None, str]:
    """Return the one document of a file, None where there is another number of them, and its text."""
    try:
        (root,) = tree.yaml(path)
        return root, tree.text(path)
    except (ReadError, ValueError):
        return None, ""
