"""Comprehensions, turn by turn over what is known."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from deploycheck.facts.migrations.operations import attributes
from deploycheck.facts.migrations.operations.frames import Frame
from deploycheck.facts.migrations.operations.objects import Looked
from deploycheck.python.values import Listing, Table, Unknown, Value

if TYPE_CHECKING:
    from deploycheck.facts.migrations.operations.running import Run

MAX_ITEMS = 2_000


def comprehension(
    run: Run, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, frame: Frame
) -> Value:
    """Return the items of a comprehension, after doing what its parts ask for."""
    inner = Frame(frame.module, {}, frame)
    found: list[tuple[Value, ...]] = []
    reason = _generate(run, node, 0, inner, found)
    if reason is not None:
        return reason
    if isinstance(node, ast.DictComp):
        return Table(tuple((pair[0], pair[1]) for pair in found))
    return Listing(tuple(one[0] for one in found), "set" if isinstance(node, ast.SetComp) else "list")


def _generate(
    run: Run,
    node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp,
    level: int,
    frame: Frame,
    found: list[tuple[Value, ...]],
) -> Unknown | None:
    """Add what the turns of a comprehension give; return why it is not known, if it is not."""
    if level == len(node.generators):
        parts = (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,)
        found.append(tuple(run.evaluate(p, frame) for p in parts))
        return None
    generator = node.generators[level]
    whole = run.evaluate(generator.iter, frame)
    listed = run.items(whole)
    if listed is None or len(listed) > MAX_ITEMS:
        return _once(run, node, level, frame, whole)
    for item in listed:
        run.bind(generator.target, item, frame)
        truths = [run.truth(run.evaluate(test, frame)) for test in generator.ifs]
        if any(t is False for t in truths):
            continue
        if any(t is None for t in truths):
            return Unknown("a comprehension whose test is not decided")
        reason = _generate(run, node, level + 1, frame, found)
        if reason is not None:
            return reason
    return None


def _once(
    run: Run,
    node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp,
    level: int,
    frame: Frame,
    whole: Value,
) -> Unknown:
    """Follow one turn of a comprehension over what is not known."""
    generator = node.generators[level]
    run.bind(generator.target, attributes.item(whole), frame)
    with run.under(whole, generator.iter, frame):
        values = [run.evaluate(test, frame) for test in generator.ifs]
        parts = (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,)
        values += [run.evaluate(part, frame) for part in parts]
    looked = next((v for v in (whole, *values) if isinstance(v, Looked)), None)
    return looked or Unknown("a comprehension over what is not known")
