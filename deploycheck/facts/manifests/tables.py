"""TOML as the nodes that readers of YAML and JSON take, so that the format is no matter of the reader."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploycheck.findings import Location
from deploycheck.sources.nodes import CORE, YamlNode

if TYPE_CHECKING:
    from deploycheck.sources.toml import Key, TomlDocument

_TAGS = ((bool, "bool"), (int, "int"), (float, "float"))


def nodes_of(document: TomlDocument) -> YamlNode:
    """Return a TOML file as one mapping. A value's place is that of its key, to the end of its lines."""
    return _node(document, (), document.data)


def _node(document: TomlDocument, keys: tuple[Key, ...], data: object) -> YamlNode:
    at = document.locate(*keys) if keys else Location(document.path)
    if isinstance(data, dict):
        entries = tuple(
            (_key(document, (*keys, name)), _node(document, (*keys, name), value))
            for name, value in data.items()
        )
        return YamlNode(at, "mapping", CORE + "map", entries=entries)
    if isinstance(data, list):
        items = tuple(_node(document, (*keys, i), item) for i, item in enumerate(data))
        return YamlNode(at, "sequence", CORE + "seq", items=items)
    tag = next((tag for kind, tag in _TAGS if isinstance(data, kind)), "str")
    text = str(data).lower() if isinstance(data, bool) else str(data)
    place = Location(at.path, at.line, at.column, at.line + text.count("\n") + 1) if "\n" in text else at
    return YamlNode(place, "scalar", CORE + tag, text)


def _key(document: TomlDocument, keys: tuple[Key, ...]) -> YamlNode:
    return YamlNode(document.locate(*keys), "scalar", CORE + "str", str(keys[-1]))
