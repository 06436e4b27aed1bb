"""The line of a class: its bases, the project's own and the libraries', nearest first."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from deploycheck.python.scopes import ClassSymbol, Point
from deploycheck.python.values import Branch, Reference, Value, peel

if TYPE_CHECKING:
    from deploycheck.python.evaluator import Evaluator

Base = ClassSymbol | str


def ancestry(ev: Evaluator, symbol: ClassSymbol) -> tuple[Base, ...]:
    """Return the class, its project bases and the names of its library bases, in method resolution order.

    A class that (wrongly, or through a cycle of imports) is its own base appears once.
    """
    return ev.lines.get(id(symbol.node)) or _kept(ev, symbol)


def _kept(ev: Evaluator, symbol: ClassSymbol) -> tuple[Base, ...]:
    line = tuple(_line(ev, symbol, ()))
    if not ev.memory.is_cut and symbol.scope.parent is not None and symbol.scope.parent.bindings is None:
        ev.lines[id(symbol.node)] = line
    return line


def _line(ev: Evaluator, symbol: ClassSymbol, above: tuple[ClassSymbol, ...]) -> list[Base]:
    """Return the class and its bases, a base that several of them share after the last of these."""
    point = Point(symbol.scope.parent or symbol.scope, symbol.node)
    found: list[Base] = []
    for node in symbol.node.bases:
        for base in _bases(ev, node, point):
            if not isinstance(base, ClassSymbol):
                found.append(base)
            elif base.node is not symbol.node and all(base.node is not a.node for a in above):
                found.extend(_line(ev, base, (*above, symbol)))
    last: list[Base] = []
    for base in reversed(found):
        if not any(_same(base, one) for one in last):
            last.append(base)
    return [symbol, *reversed(last)]


def depth_first(ev: Evaluator, symbol: ClassSymbol) -> tuple[Base, ...]:
    """Return the class and its bases, each before its sisters: the order in which pydantic takes fields."""
    found: list[Base] = []
    stack: list[Base] = [symbol]
    while stack:
        one = stack.pop(0)
        if any(_same(one, f) for f in found):
            continue
        found.append(one)
        if isinstance(one, ClassSymbol):
            point = Point(one.scope.parent or one.scope, one.node)
            stack = [*(b for n in one.node.bases for b in _bases(ev, n, point)), *stack]
    return tuple(found)


def _same(one: Base, other: Base) -> bool:
    if isinstance(one, ClassSymbol) and isinstance(other, ClassSymbol):
        return one.node is other.node
    return one == other


def _bases(ev: Evaluator, node: ast.expr, point: Point) -> list[Base]:
    if isinstance(node, ast.Subscript):
        node = node.value
    value: Value = peel(ev.evaluate(node, point))
    if isinstance(value, Branch):
        value = next((v for v in value.leaves() if isinstance(v, Reference)), value)
    if isinstance(value, Reference):
        return [value.target if isinstance(value.target, ClassSymbol) else value.name]
    return [ast.unparse(node)] if isinstance(node, (ast.Name, ast.Attribute)) else ["?"]


def inherits(ev: Evaluator, symbol: ClassSymbol, *names: str) -> bool:
    """Tell whether a class is, at whatever distance, below one of the named library classes."""
    return any(isinstance(a, str) and a in names for a in ancestry(ev, symbol))
