"""Nodes of YAML put over each other, as Kustomize does: strategic merges, and single operations by path."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from deploycheck.facts.manifests.reading import is_null, text_at

if TYPE_CHECKING:
    from collections.abc import Sequence

    from deploycheck.findings import Location
    from deploycheck.sources.nodes import YamlNode

_KEYS = ("name", "mountPath", "containerPort")
"""What tells the items of a list apart, in the lists that matter here."""


def merged(base: YamlNode, patch: YamlNode) -> YamlNode:
    """Return `base` with a strategic merge patch over it."""
    if base.is_mapping and patch.is_mapping:
        return _mapping(base, patch)
    if base.is_sequence and patch.is_sequence and (key := _key(base, patch)):
        return _sequence(base, patch, key)
    return patch


def _mapping(base: YamlNode, patch: YamlNode) -> YamlNode:
    entries = {key.text: (key, value) for key, value in base.entries}
    for key, value in patch.entries:
        if is_null(value) or text_at(value, "$patch") == "delete":
            entries.pop(key.text, None)
        elif key.text in entries:
            entries[key.text] = (key, merged(entries[key.text][1], value))
        elif key.text != "$patch":
            entries[key.text] = (key, value)
    return replace(base, entries=tuple(entries.values()), duplicates=())


def _key(base: YamlNode, patch: YamlNode) -> str:
    items = (*base.items, *patch.items)
    return next((k for k in _KEYS if items and all(text_at(i, k) for i in items)), "")


def _sequence(base: YamlNode, patch: YamlNode, key: str) -> YamlNode:
    items = {text_at(item, key): item for item in base.items}
    for item in patch.items:
        name = text_at(item, key)
        if text_at(item, "$patch") == "delete":
            items.pop(name, None)
        else:
            items[name] = merged(items[name], item) if name in items else item
    return replace(base, items=tuple(items.values()))


def changed(base: YamlNode, operation: str, path: Sequence[str], value: YamlNode | None) -> YamlNode | None:
    """Return `base` after one operation of a JSON patch; None where the path does not lead anywhere."""
    if not path:
        return value if operation in {"add", "replace"} else None
    head, rest = path[0], path[1:]
    if base.is_mapping:
        return _in_mapping(base, operation, head, rest, value)
    if base.is_sequence:
        return _in_sequence(base, operation, head, rest, value)
    return None


def _in_mapping(
    base: YamlNode, operation: str, head: str, rest: Sequence[str], value: YamlNode | None
) -> YamlNode | None:
    index = next((i for i, (key, _) in enumerate(base.entries) if key.text == head), None)
    entries = list(base.entries)
    if index is None:
        if rest or operation != "add" or value is None:
            return None
        entries.append((replace(value, kind="scalar", text=head, items=(), entries=()), value))
    elif operation == "remove" and not rest:
        del entries[index]
    else:
        key, old = entries[index]
        new = changed(old, operation, rest, value)
        if new is None:
            return None
        entries[index] = (key, new)
    return replace(base, entries=tuple(entries), duplicates=())


def _in_sequence(
    base: YamlNode, operation: str, head: str, rest: Sequence[str], value: YamlNode | None
) -> YamlNode | None:
    items = list(base.items)
    if head == "-" and operation == "add" and not rest and value is not None:
        return replace(base, items=(*items, value))
    if not head.isdigit() or int(head) >= len(items) + (operation == "add" and not rest):
        return None
    index = int(head)
    if not rest and operation == "add" and value is not None:
        items.insert(index, value)
    elif not rest and operation == "remove":
        del items[index]
    else:
        new = changed(items[index], operation, rest, value)
        if new is None:
            return None
        items[index] = new
    return replace(base, items=tuple(items))


def relocated(node: YamlNode, at: Location) -> YamlNode:
    """Return a node whose every part has one place: that of the text which it was written in."""
    return replace(
        node,
        at=at,
        items=tuple(relocated(item, at) for item in node.items),
        entries=tuple((relocated(key, at), relocated(value, at)) for key, value in node.entries),
        duplicates=(),
    )
