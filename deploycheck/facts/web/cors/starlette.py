"""CORS by Starlette's middleware, FastAPI's too, and by the project's subclasses of it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from deploycheck.facts.web.construction import library_arguments
from deploycheck.facts.web.cors.policy import CorsPolicy, Option, given, option
from deploycheck.python.classes import ancestry
from deploycheck.python.models import Arguments
from deploycheck.python.scopes import ClassSymbol
from deploycheck.python.values import Unknown, Value

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from deploycheck.facts.web.middleware import Middleware
    from deploycheck.python.program import Program

CORS = "starlette.middleware.cors.CORSMiddleware"
ORIGINS = Option("allow_origins", 1, [], "allows no other origin")
METHODS = Option("allow_methods", 2, ["GET"])
HEADERS = Option("allow_headers", 3, [])
CREDENTIALS = Option("allow_credentials", 4, default=False)
REGEX = Option("allow_origin_regex", 5, None)
DECIDES = "is_allowed_origin"
"""The method that a subclass overrides to decide by itself."""


def policies(program: Program, middleware: Sequence[Middleware]) -> Iterator[CorsPolicy]:
    """Yield the policy of each CORS middleware that is installed, whichever way."""
    for one in middleware:
        if one.is_a(CORS):
            yield _policy(program, one)


def _policy(program: Program, middleware: Middleware) -> CorsPolicy:
    arguments = _reaching_starlette(program, middleware)
    origins: Value = option(arguments, ORIGINS, "Starlette")
    target = middleware.target
    if isinstance(target, ClassSymbol) and _overrides(program, target):
        origins = Unknown(f"{middleware.name}.{DECIDES} decides", at=middleware.at)
    return CorsPolicy(
        "starlette",
        middleware.app,
        middleware.at,
        origins,
        option(arguments, REGEX, "Starlette"),
        option(arguments, CREDENTIALS, "Starlette"),
        option(arguments, METHODS, "Starlette"),
        option(arguments, HEADERS, "Starlette"),
        conditions=middleware.conditions,
        given=given(arguments, ORIGINS, METHODS, HEADERS, CREDENTIALS, REGEX),
        middleware=middleware,
    )


def _reaching_starlette(program: Program, middleware: Middleware) -> Arguments:
    """Return the arguments of Starlette's own `__init__`, the wrapped app first."""
    own = middleware.arguments
    inner = Unknown("the app inside", at=own.at)
    arguments = Arguments((inner, *own.positional), own.keywords, own.at, own.text, own.partial)
    if isinstance(middleware.target, ClassSymbol):
        return library_arguments(program, middleware.target, arguments)
    return arguments


def _overrides(program: Program, symbol: ClassSymbol) -> bool:
    return any(
        isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == DECIDES
        for one in ancestry(program.evaluator, symbol)
        if isinstance(one, ClassSymbol)
        for node in one.node.body
    )
