"""Edits that give a step of a workflow some inputs, its other lines as they are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from deploycheck.findings import Edit
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from deploycheck.facts.pipelines.model import Step
    from deploycheck.sources.tree import Tree

Inputs = list[tuple[str, str]]
_USES = re.compile(r"(\s*(?:-\s+)?)uses:\s")
_FLOW = re.compile(r"(\s*with:\s*\{.*[^\s,{])(\s*\}\s*(?:#.*)?)$")
_INNER = re.compile(r"(\s+)[\w.-]+:\s")


def given(tree: Tree, step: Step, inputs: Inputs) -> tuple[Edit, ...]:
    """Return the edits that give a step some inputs; none where its lines are written in another way."""
    try:
        lines = tree.lines(step.uses_at.path) if step.uses_at is not None else ()
    except ReadError:
        return ()
    if any(name in step.input_places for name, _ in inputs):
        return _changed(step, inputs, lines)
    return _added(step, inputs, lines)


def _added(step: Step, inputs: Inputs, lines: Sequence[str]) -> tuple[Edit, ...]:
    uses = step.uses_at
    key = _USES.match(lines[uses.line - 1]) if uses is not None else None
    if uses is None or key is None:
        return ()
    indent = " " * len(key[1])
    if not step.inputs:
        added = "".join(f"{indent}  {name}: {value}\n" for name, value in inputs)
        return (Edit(uses.path, uses.line + 1, uses.line, f"{indent}with:\n{added}"),)
    places = sorted(step.input_places.values(), key=lambda at: (at.line, at.column))
    return _among(places[0].line, places[-1].end_line, len(indent), uses.path, inputs, lines)


def _among(  # noqa: PLR0913, PLR0917 - all of it is one place
    first: int, last: int, indent: int, path: str, inputs: Inputs, lines: Sequence[str]
) -> tuple[Edit, ...]:
    """Return the edit that adds inputs to others, which stand from one line to another."""
    line = lines[first - 1]
    flow, inner = _FLOW.match(line), _INNER.match(line)
    if flow is not None:
        added = "".join(f", {name}: {value}" for name, value in inputs)
        return (Edit(path, first, first, flow[1] + added + flow[2]),)
    if inner is None or len(inner[1]) <= indent:
        return ()
    added = "".join(f"{inner[1]}{name}: {value}\n" for name, value in inputs)
    return (Edit(path, last + 1, last, added),)


def _changed(step: Step, inputs: Inputs, lines: Sequence[str]) -> tuple[Edit, ...]:
    """Return the edit that puts other values into inputs that each have a line."""
    edits = []
    for name, value in inputs:
        at = step.input_places.get(name)
        if at is None or step.uses_at is None or at.path != step.uses_at.path or at.end_column <= 0:
            return ()
        line = lines[at.line - 1]
        changed = line[: at.column - 1] + value + line[at.end_column - 1 :]
        edits.append(Edit(at.path, at.line, at.line, changed))
    return tuple(edits)
