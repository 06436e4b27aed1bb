"""Where a GitHub job runs: its labels, the values of its matrix, its container."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from deploycheck.facts.pipelines import nodes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.sources.yaml import YamlNode

MOST = 256
"""GitHub's own limit for the jobs of one matrix."""
_FROM_MATRIX = re.compile(r"\$\{\{\s*matrix\.([\w.-]+)\s*\}\}")


def matrix(job: YamlNode) -> dict[str, tuple[str, ...]]:
    """Return the values of each key of a job's matrix, those that `include` adds too.

    A key whose values are objects gives one key for each of their fields (`target.os`).
    """
    found: dict[str, list[str]] = {}
    given = job.get("strategy", "matrix")
    for key, node in nodes.entries(given):
        if key.text == "include":
            for item in nodes.items(node):
                _take(found, "", item)
        elif key.text != "exclude":
            for item in node.items if node.is_sequence else (node,):
                _take(found, key.text, item)
    return {name: tuple(dict.fromkeys(values)) for name, values in found.items()}


def _take(found: dict[str, list[str]], name: str, node: YamlNode) -> None:
    if node.is_scalar and name:
        found.setdefault(name, []).append(node.text)
    for key, value in nodes.entries(node):
        if value.is_scalar:
            found.setdefault(f"{name}.{key.text}".lstrip("."), []).append(value.text)


def labels(job: YamlNode) -> tuple[str, ...]:
    """Return the labels of the runners that a job asks for, those of its matrix put in."""
    node = job.get("runs-on")
    if node is None:
        return ()
    values = matrix(job)
    return tuple(dict.fromkeys(label for text in _asked(node) for label in filled(text, values)))


def _asked(node: YamlNode) -> Iterator[str]:
    if node.is_mapping:
        yield from nodes.texts(node.get("labels"))
        yield from (f"group:{name}" for name in nodes.texts(node.get("group")))
    else:
        yield from nodes.texts(node)


def filled(text: str, values: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Return what a text with `${{ matrix.x }}` in it stands for; itself where that is not known."""
    found = _FROM_MATRIX.search(text)
    if found is None or not values.get(found[1]):
        return (text,)
    put = (text.replace(found.group(), value) for value in values[found[1]] if "${{" not in value)
    return tuple(one for each in put for one in filled(each, values))[:MOST] or (text,)


def container(job: YamlNode) -> str:
    """Return the image of the container that a job's steps run in, nothing for none."""
    node = job.get("container")
    return nodes.text(node.get("image") if node is not None and node.is_mapping else node)
