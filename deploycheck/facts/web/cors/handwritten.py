"""CORS by hand: code that sets `Access-Control-Allow-Origin` on a response itself."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.facts.web.cors.origin import Origin, credentials_in
from deploycheck.facts.web.cors.policy import CorsPolicy, Option, default
from deploycheck.facts.web.syntax import function_of, scope_at
from deploycheck.python.scopes import ClassSymbol, FunctionSymbol, Point, contains
from deploycheck.python.syntax import nodes_in
from deploycheck.python.values import Literal, Unknown, peel

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from deploycheck.facts.web.apps import App
    from deploycheck.facts.web.middleware import Middleware
    from deploycheck.facts.web.search import Search
    from deploycheck.facts.web.usage import Usage
    from deploycheck.python.modules import Module
    from deploycheck.python.program import Program
    from deploycheck.python.scopes import Scope
    from deploycheck.python.values import Value

HEADER = "access-control-allow-origin"
CREDENTIALS = "access-control-allow-credentials"
SPELLINGS = ("Access-Control-Allow-Origin", "access-control-allow-origin", "ACCESS-CONTROL-ALLOW-ORIGIN")
SETTERS = frozenset(
    {"set", "add", "append", "setdefault", "add_header", "set_header", "send_header", "appendlist"}
)
"""Methods that put a header on a response, as `(name, value)`."""
NOTHING = Option("Access-Control-Allow-Methods", None, [])


@dataclass(frozen=True, slots=True, eq=False)
class Write:
    """One place that sets the header: the node that does, and the expression that it is set to."""

    module: Module
    node: ast.AST
    value: ast.expr
    scope: Scope


def policies(search: Search, usage: Usage, middleware: Sequence[Middleware]) -> Iterator[CorsPolicy]:
    """Yield a policy for each place that sets the header, in code that is used."""
    for module in search.modules_with(*SPELLINGS):
        for node, value in writes(module.tree, HEADER):
            scope = scope_at(search.program, module, node)
            if usage.runs(scope):
                yield _policy(search, Write(module, node, value, scope), middleware)


def writes(tree: ast.AST, header: str) -> Iterator[tuple[ast.AST, ast.expr]]:
    """Yield each node that sets a header, with the value's expression: items, methods, dicts, ASGI pairs."""
    for node in nodes_in(tree):
        match node:
            case ast.Assign(targets=[ast.Subscript(slice=key)], value=value) if _is(key, header):
                yield node, value
            case ast.Call(func=ast.Attribute(attr=method), args=[key, value]) if method in SETTERS and _is(
                key, header
            ):
                yield node, value
            case ast.Dict(keys=keys, values=given):
                yield from ((v, v) for k, v in zip(keys, given, strict=True) if _is(k, header))
            case ast.Tuple(elts=[key, value]) if _is(key, header):
                yield node, value


def _is(key: ast.expr | None, header: str) -> bool:
    if not isinstance(key, ast.Constant):
        return False
    text = key.value.decode("latin-1") if isinstance(key.value, bytes) else key.value
    return isinstance(text, str) and text.lower() == header


def _policy(search: Search, write: Write, middleware: Sequence[Middleware]) -> CorsPolicy:
    program, at = search.program, write.module.location(write.node)
    origin = Origin(program, write.scope, write.node)
    conditions = program.conditions(write.scope, write.node)
    around = _installed_by(program, write.scope, middleware)
    nothing = default(NOTHING, "a browser", at)
    function = function_of(program, write.scope)
    reflected = origin.is_read_in(write.value)
    check = origin.check(write.value) if reflected else None
    origins = None
    if not reflected:
        origins = _as_text(program.evaluate(write.value, Point(write.scope, write.node)))
    elif check is not None:
        origins = check.allowed or Unknown(f"`{check.text}` decides", at=check.at)
    return CorsPolicy(
        "hand-written",
        around.app if around is not None else _only(search),
        at,
        origins,
        default(Option("origin_regex", None, None), "a browser", at),
        credentials_in(program, write.scope, lambda tree: writes(tree, CREDENTIALS), at),
        nothing,
        nothing,
        conditions=(*around.conditions, *conditions) if around is not None else conditions,
        given=frozenset({"origins"}),
        reflected=reflected and check is None,
        checked_by=check.text if check is not None else "",
        middleware=around,
        route=function,
    )


def _as_text(value: Value) -> Value:
    """Return a header as text where raw ASGI code has it as bytes."""
    found = peel(value)
    if isinstance(found, Literal) and isinstance(found.data, bytes):
        return Literal(found.data.decode("latin-1"), at=found.at)
    return value


def _installed_by(program: Program, scope: Scope, middleware: Sequence[Middleware]) -> Middleware | None:
    """Return the middleware whose function or class a scope stands in."""
    function = function_of(program, scope)
    for one in middleware:
        target = one.target
        if isinstance(target, FunctionSymbol) and function is not None and target.node is function.node:
            return one
        inside = isinstance(target, ClassSymbol) and target.scope.module is scope.module
        if inside and target is not None and contains(target.scope.node, scope.node):
            return one
    return None


def _only(search: Search) -> App | None:
    return search.apps[0] if len(search.apps) == 1 else None
