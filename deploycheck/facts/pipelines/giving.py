"""Edits that give a step of a workflow some inputs, its other lines as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploycheck.sources.editing import line_edits, yaml
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.facts.pipelines.model import Step
    from deploycheck.findings import Edit, Location
    from deploycheck.sources.editing import Key
    from deploycheck.sources.tree import Tree
    from deploycheck.sources.yaml import YamlNode

Inputs = list[tuple[str, str]]


def given(tree: Tree, step: Step, inputs: Inputs) -> tuple[Edit, ...]:
    """Return the edits that give a step some inputs; none where its lines are written in another way."""
    if step.uses_at is None:
        return ()
    path = step.uses_at.path
    try:
        text = tree.text(path)
        document, place = next(_places(tree.yaml(path), step.uses_at))
    except (ReadError, StopIteration):
        return ()
    new: str | None = text
    if not step.inputs:
        new = yaml.set_value(text, (*place, "with"), {n: _typed(v) for n, v in inputs}, document)
    for name, value in inputs if step.inputs else ():
        new = yaml.set_value(new, (*place, "with", name), _typed(value), document) if new else None
    return line_edits(path, text, new)


def _typed(value: str) -> str | bool:
    return value == "true" if value in {"true", "false"} else value


def _places(roots: tuple[YamlNode, ...], at: Location) -> Iterator[tuple[int, tuple[Key, ...]]]:
    """Yield the document and the path of the mapping whose `uses` stands at a place."""
    stack: list[tuple[int, tuple[Key, ...], YamlNode]] = [(n, (), root) for n, root in enumerate(roots)]
    while stack:
        document, path, node = stack.pop()
        uses = node.get("uses") if node.is_mapping else None
        if uses is not None and uses.at == at:
            yield document, path
        stack += [(document, (*path, index), item) for index, item in enumerate(node.items)]
        stack += [(document, (*path, key.text), value) for key, value in node.entries if key.is_scalar]
