"""Middleware that answers by itself, without handing every request on."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from deploycheck.facts.web.syntax import own_nodes
from deploycheck.python.scopes import ClassSymbol, FunctionSymbol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.facts.web.middleware import Middleware

ANSWERING = (
    "slowapi.middleware.SlowAPIMiddleware",
    "slowapi.middleware.SlowAPIASGIMiddleware",
    "starlette.middleware.trustedhost.TrustedHostMiddleware",
    "starlette.middleware.authentication.AuthenticationMiddleware",
)
"""Libraries' middleware that refuses requests by itself."""
METHODS = frozenset({"dispatch", "__call__"})


def answers_early(middleware: Middleware) -> bool:
    """Tell whether some requests get their answer from this middleware itself."""
    if middleware.is_a(*ANSWERING):
        return True
    return any(_returns_own_answer(f) for f in _functions(middleware.target))


def _functions(target: FunctionSymbol | ClassSymbol | None) -> Iterator[ast.AST]:
    if isinstance(target, FunctionSymbol):
        yield target.node
    elif isinstance(target, ClassSymbol):
        for statement in target.node.body:
            if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)) and statement.name in METHODS:
                yield statement


def _returns_own_answer(function: ast.AST) -> bool:
    made: set[str] = set()
    for node in own_nodes(function):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as call) if _is_response(call):
                made.add(name)
            case ast.Return(value=ast.Call() as call) if _is_response(call):
                return True
            case ast.Await(value=ast.Call(func=ast.Call() as call)) if _is_response(call):
                return True
            case ast.Await(value=ast.Call(func=ast.Name(id=name))) if name in made:
                return True
    return False


def _is_response(call: ast.Call) -> bool:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    return name.endswith("Response") and name != "StreamingResponse"
