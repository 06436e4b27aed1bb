"""The arguments of a call, and the parameters that they become."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from deploycheck.python.models import Arguments
from deploycheck.python.syntax import parameters
from deploycheck.python.values import Branch, Listing, Literal, Table, Unknown, Value, Via

if TYPE_CHECKING:
    from collections.abc import Sequence

    from deploycheck.findings import Step
    from deploycheck.python.evaluator import Evaluator
    from deploycheck.python.scopes import Point, Scope

NOT_GIVEN = Unknown("it is not given on this path")
"""Stands for a keyword that only the other arm of a test gives."""


def arguments_of(ev: Evaluator, node: ast.Call, point: Point) -> Arguments:
    """Return a call's arguments, `*args` and `**kwargs` unpacked where they are known."""
    positional: list[Value] = []
    keywords: dict[str, Value] = {}
    partial = False
    for argument in node.args:
        if isinstance(argument, ast.Starred):
            items = ev.items(ev.evaluate(argument.value, point)) if not partial else None
            partial = partial or items is None
            positional.extend(items or ())
        elif not partial:
            positional.append(ev.evaluate(argument, point))
    for keyword in node.keywords:
        if keyword.arg is not None:
            keywords[keyword.arg] = ev.evaluate(keyword.value, point)
            continue
        spread = spread_keywords(ev.evaluate(keyword.value, point))
        partial = partial or spread is None
        keywords.update(spread or {})
    return Arguments(
        tuple(positional), keywords, point.module.location(node), point.module.source(node), partial
    )


def has_spread(node: ast.Call) -> bool:
    """Tell whether `*` or `**` stands among a call's arguments: any of them may come from there."""
    return any(isinstance(a, ast.Starred) for a in node.args) or any(k.arg is None for k in node.keywords)


def written_argument(node: ast.Call, position: int | None, names: Sequence[str]) -> ast.expr | None:
    """Return the argument of a call without a spread, given by position or by one of `names`, or None."""
    if position is not None and position < len(node.args):
        return node.args[position]
    named = {keyword.arg: keyword.value for keyword in node.keywords}
    return next((named[name] for name in names if name in named), None)


def spread_keywords(value: Value) -> dict[str, Value] | None:
    """Return the entries of a dict of keyword arguments, or None when it is not known."""
    trail: list[Step] = []
    while isinstance(value, Via):
        trail.append(value.step)
        value = value.inner
    if isinstance(value, Table):
        if not all(isinstance(k, Literal) for k, _ in value.entries):
            return None
        named = {str(k.data): v for k, v in value.entries if isinstance(k, Literal)}
        return {k: _through(trail, v) for k, v in named.items()}
    if isinstance(value, Branch):
        one, two = spread_keywords(value.then), spread_keywords(value.otherwise)
        if one is None or two is None:
            return None
        keys = dict.fromkeys([*one, *two])
        return {
            k: _through(
                trail,
                Branch(value.test, one.get(k, NOT_GIVEN), two.get(k, NOT_GIVEN), value.text, at=value.at),
            )
            for k in keys
        }
    return None


def _through(trail: list[Step], value: Value) -> Value:
    for step in reversed(trail):
        value = Via(step, value)
    return value


def bind(_: Evaluator, scope: Scope, arguments: Arguments, receiver: Value | None) -> dict[str, Value]:
    """Return the bindings of a function's parameters for one call; a default is left to its parameter."""
    node = scope.function
    bindings: dict[str, Value] = {}
    names = [p.arg for p in (*node.args.posonlyargs, *node.args.args)]
    takes_receiver = receiver is not None and (bool(names) or node.args.vararg is not None)
    given = [*([receiver] if takes_receiver and receiver is not None else []), *arguments.positional]
    bindings.update(zip(names, given, strict=False))
    known = {p.arg for p in parameters(node)}
    extra: list[tuple[Value, Value]] = []
    for name, value in arguments.keywords.items():
        if name in known and name not in bindings:
            bindings[name] = value
        else:
            extra.append((Literal(name), value))
    rest = Unknown("arguments that cannot be followed")
    if node.args.vararg is not None:
        listed = Listing(tuple(given[len(names) :]), "tuple")
        bindings[node.args.vararg.arg] = rest if arguments.partial else listed
    if node.args.kwarg is not None:
        bindings[node.args.kwarg.arg] = rest if arguments.partial else Table(tuple(extra))
    if arguments.partial:
        for parameter in parameters(node):
            text = f"parameter `{parameter.arg}` comes from arguments that cannot be followed"
            bindings.setdefault(parameter.arg, Unknown(text))
    return bindings
