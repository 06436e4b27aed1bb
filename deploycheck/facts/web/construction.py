"""What a project's subclass hands to the library's constructor."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from deploycheck.python import calling
from deploycheck.python.classes import ancestry
from deploycheck.python.models import Arguments
from deploycheck.python.scopes import ClassSymbol, Point, Scope
from deploycheck.python.syntax import nodes_in
from deploycheck.python.values import Instance

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.python.program import Program


def library_arguments(program: Program, symbol: ClassSymbol, arguments: Arguments) -> Arguments:
    """Return what reaches the library's own `__init__` when a project's class is called with `arguments`.

    Each `__init__` of the project on the way is followed through its `super().__init__(…)`; one without
    such a call gives no arguments, marked as partial.
    """
    for one in ancestry(program.evaluator, symbol):
        if not isinstance(one, ClassSymbol):
            continue
        init = next(
            (n for n in one.node.body if isinstance(n, ast.FunctionDef) and n.name == "__init__"), None
        )
        if init is not None:
            arguments = _handed_on(program, one, init, symbol, arguments)
    return arguments


def _handed_on(
    program: Program, owner: ClassSymbol, init: ast.FunctionDef, symbol: ClassSymbol, arguments: Arguments
) -> Arguments:
    ev = program.evaluator
    scope = ev.scope_of(owner.scope.module, init, owner.scope)
    bound = scope.called_with(calling.bind(ev, scope, arguments, Instance(symbol.name, symbol)))
    for call, explicit_self in _super_calls(init):
        return _read(program, call, bound, explicit_self=explicit_self)
    return Arguments((), {}, arguments.at, arguments.text, partial=True)


def _read(program: Program, call: ast.Call, scope: Scope, *, explicit_self: bool) -> Arguments:
    found = calling.arguments_of(program.evaluator, call, Point(scope, call))
    positional = found.positional[1:] if explicit_self else found.positional
    return Arguments(positional, found.keywords, found.at, found.text, found.partial)


def _super_calls(init: ast.FunctionDef) -> Iterator[tuple[ast.Call, bool]]:
    for node in nodes_in(init):
        match node:
            case ast.Call(func=ast.Attribute(attr="__init__", value=ast.Call(func=ast.Name(id="super")))):
                yield node, False
            case ast.Call(func=ast.Attribute(attr="__init__", value=ast.Name() | ast.Attribute())):
                yield node, True
