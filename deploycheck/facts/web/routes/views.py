"""What answers a route: functions, and the methods of class-based views."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from deploycheck.facts.web.objects import definitions
from deploycheck.python.classes import ancestry
from deploycheck.python.scopes import ClassSymbol, FunctionSymbol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.python.program import Program
    from deploycheck.python.scopes import Point
    from deploycheck.python.values import Value

VERBS = ("get", "post", "put", "patch", "delete", "head", "options", "trace")


def views(
    program: Program, expression: ast.expr, point: Point, methods: tuple[str, ...]
) -> Iterator[tuple[FunctionSymbol | None, tuple[str, ...]]]:
    """Yield each function that answers, with the methods that it answers to; None for one not seen."""
    match expression:
        case ast.Call(func=ast.Attribute(value=view_class, attr="as_view")):
            expression = view_class
    yield from views_in(program, program.evaluate(expression, point), methods)


def views_in(
    program: Program, value: Value | None, methods: tuple[str, ...]
) -> Iterator[tuple[FunctionSymbol | None, tuple[str, ...]]]:
    """Yield what answers for a value: a function, or the verbs of a class of the project."""
    found = list(definitions(value)) if value is not None else []
    for one in found:
        if isinstance(one, FunctionSymbol):
            yield one, methods
        else:
            verbs = list(class_verbs(program, one))
            yield from ((f, (verb.upper(),)) for verb, f in verbs)
            if not verbs:
                yield None, methods
    if not found:
        yield None, methods


def class_verbs(program: Program, symbol: ClassSymbol) -> Iterator[tuple[str, FunctionSymbol]]:
    """Yield the methods of a class that are named like HTTP's, its project bases' too."""
    seen: set[str] = set()
    for one in ancestry(program.evaluator, symbol):
        for node in one.node.body if isinstance(one, ClassSymbol) else ():
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and isinstance(one, ClassSymbol):
                target = program.evaluator.definition(node, one.scope).target
                if node.name in VERBS and node.name not in seen and isinstance(target, FunctionSymbol):
                    seen.add(node.name)
                    yield node.name, target
