"""What the readers of pipelines share: texts, lists and mappings out of YAML nodes."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from deploycheck.facts.builds.model import Script
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.findings import Location
    from deploycheck.sources.tree import Tree
    from deploycheck.sources.yaml import YamlNode

_OTHER_SHELLS = {"pwsh": "powershell", "powershell": "powershell", "cmd": "cmd", "python": "python"}


def root(tree: Tree, path: str) -> YamlNode | None:
    """Return a file's first document if it is a mapping; None for anything else, unreadable files too."""
    try:
        documents = tree.yaml(path)
    except ReadError:
        return None
    return documents[0] if documents and documents[0].is_mapping else None


def text(node: YamlNode | None) -> str:
    """Return a scalar's text, nothing for anything else."""
    return node.text if node is not None and node.is_scalar else ""


def texts(node: YamlNode | None) -> tuple[str, ...]:
    """Return the texts of a list, or of the one scalar that stands in its place."""
    if node is None:
        return ()
    found = node.items if node.is_sequence else (node,)
    return tuple(item.text for item in found if item.is_scalar and item.text)


def mapping(node: YamlNode | None) -> dict[str, str]:
    """Return a mapping's scalars by their keys."""
    if node is None:
        return {}
    return {key.text: value.text for key, value in node.entries if value.is_scalar}


def places(node: YamlNode | None) -> dict[str, Location]:
    """Return where a mapping's values stand, by their keys."""
    return {key.text: value.at for key, value in entries(node)}


def entries(node: YamlNode | None) -> tuple[tuple[YamlNode, YamlNode], ...]:
    """Return a mapping's keys and values; none of anything else."""
    return node.entries if node is not None and node.is_mapping else ()


def items(node: YamlNode | None) -> tuple[YamlNode, ...]:
    """Return a list's items; none of anything else."""
    return node.items if node is not None and node.is_sequence else ()


def script(node: YamlNode | None, shell: str = "", *, tolerant: bool = False) -> Script | None:
    """Return the script that a scalar holds, None for none."""
    if node is None or not node.is_scalar or not node.text.strip():
        return None
    first = shell.partition(" ")[0]
    return Script(node.text, node.at, _OTHER_SHELLS.get(first, "sh"), tolerant)


def scripts(node: YamlNode | None) -> Iterator[Script]:
    """Yield the scripts of a list of commands, lists within it too, or of one scalar."""
    if node is None:
        return
    if node.is_sequence:
        for item in node.items:
            yield from scripts(item)
    else:
        found = script(node)
        yield from (found,) if found is not None else ()


def folder(*parts: str) -> str:
    """Return a folder as a path in the project; the root for one outside of it, or not known."""
    path = posixpath.normpath(posixpath.join(*(p.lstrip("/") for p in parts if p), ""))
    return "" if path == "." or path.startswith("..") or "$" in path else path
