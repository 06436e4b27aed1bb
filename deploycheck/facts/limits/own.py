"""Code of the app that refuses callers itself, and libraries that are known by their name alone."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeGuard

from deploycheck.facts.limits.model import Limiter
from deploycheck.python.resolution import holds
from deploycheck.python.syntax import decorators, last_name, nodes_in

if TYPE_CHECKING:
    from deploycheck.facts.limits.context import Context
    from deploycheck.python.modules import Module
    from deploycheck.python.scopes import ClassSymbol, FunctionSymbol

TOO_MANY = 429
NAMES = frozenset({"HTTP_429_TOO_MANY_REQUESTS", "TOO_MANY_REQUESTS"})
HANDLERS = frozenset({"exception_handler", "errorhandler", "app_errorhandler"})
KNOWN = frozenset({"slowapi", "flask_limiter", "fastapi_limiter", "limits", "pyrate_limiter"})
"""Packages that are read by name: importing them limits nothing yet."""
OUTWARD = frozenset({"limits", "sleep_and_retry", "RateLimitException", "RateLimitDecorator"})
"""What the package `ratelimit` gives for calls to others."""
_LIBRARY = re.compile(r"(?:^|_)(?:rate_?limit\w*|limiter|throttl\w*)$")
_MIDDLEWARE = re.compile(r"rate_?limit|throttl", re.IGNORECASE)
_RELAYS = re.compile(r"\b(?:429|status_code)\b")


def middleware(context: Context) -> Iterator[Limiter]:
    """Yield the installed middleware of a library that is called after rate limits."""
    for one in context.deployment.middleware:
        name = one.name.rpartition(".")[2]
        known = one.target is not None or one.name.partition(".")[0] in KNOWN
        there = holds(one.conditions, context.environment) is not False
        if there and not known and _MIDDLEWARE.search(name):
            yield Limiter("library", one.at, name)


def libraries(context: Context) -> Iterator[Limiter]:
    """Yield each use of what a library gives whose name tells that it limits rates."""
    for word in ("limit", "throttl"):
        for module in context.modules(word):
            for names in _imported(context, module):
                for node in nodes_in(module.tree):
                    if _loads(node, names) and context.served.runs(module, node):
                        yield Limiter("library", module.location(node), module.source(node))
                        break


def _imported(context: Context, module: Module) -> Iterator[frozenset[str]]:
    for node in nodes_in(module.tree):
        if not isinstance(node, ast.ImportFrom) or node.level or not node.module:
            continue
        parts = node.module.split(".")
        if parts[0] in KNOWN or not any(_LIBRARY.search(p) for p in parts):
            continue
        if context.program.find_module(node.module, module.path) is not None:
            continue
        names = frozenset(a.asname or a.name for a in node.names if a.name not in OUTWARD)
        if names:
            yield names


def _loads(node: ast.AST, names: frozenset[str]) -> bool:
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in names


def refusals(context: Context) -> Iterator[Limiter]:
    """Yield the places in the app's own code that answer 429 by themselves, and that requests reach.

    A handler of errors only says what another refused, and code that passes another service's 429 on limits
    nobody. Middleware counts where it is installed in this environment.
    """
    absent = {id(s.node) for s in _absent(context)}
    modules = {m.path: m for word in ("429", "TOO_MANY_REQUESTS") for m in context.modules(word)}
    handlers = _handler_names(context) if modules else frozenset()
    for _, module in sorted(modules.items()):
        for outer in _functions(module.tree):
            if decorators(outer) & HANDLERS or getattr(outer, "name", "") in handlers:
                continue
            for node in nodes_in(outer):
                if not _refuses(node) or _relays(outer, node) or _inside(module, node, absent):
                    continue
                if context.served.runs(module, node):
                    told = context.writes_retry_after
                    yield Limiter("own", module.location(node), module.source(node), tells_when=told)


def errors(context: Context) -> Iterator[Limiter]:
    """Yield the places that raise an exception of the app's own whose class says 429."""
    modules = {m.path: m for word in ("429", "TOO_MANY_REQUESTS") for m in context.modules(word)}
    names = {n.name for m in modules.values() for n in nodes_in(m.tree) if _is_error_class(n)}
    for name in sorted(names):
        for module in context.modules(name):
            for node in nodes_in(module.tree):
                raised = node.exc if isinstance(node, ast.Raise) else None
                called = raised.func if isinstance(raised, ast.Call) else raised
                if called is not None and last_name(called) == name and context.served.runs(module, node):
                    told = context.writes_retry_after
                    yield Limiter("own", module.location(node), module.source(node), tells_when=told)


def _is_error_class(node: ast.AST) -> TypeGuard[ast.ClassDef]:
    """Tell whether a class gives its objects the status 429 as an attribute."""
    return isinstance(node, ast.ClassDef) and any(
        isinstance(s, (ast.Assign, ast.AnnAssign)) and s.value is not None and _is_429(s.value)
        for s in node.body
    )


def _functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield the functions that are not inside another one: what is inside belongs to them."""
    inner: set[int] = set()
    for node in nodes_in(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and id(node) not in inner:
            inner |= {id(n) for n in nodes_in(node) if n is not node}
            yield node


def _refuses(node: ast.AST) -> bool:
    match node:
        case ast.Call(args=args, keywords=keywords):
            given = [*args, *(k.value for k in keywords if k.arg in {"status_code", "status", "code"})]
            return any(_is_429(a) for a in given)
        case ast.Return(value=ast.Tuple(elts=items)):
            return any(_is_429(i) for i in items)
        case ast.Dict(keys=keys, values=values):  # a raw ASGI message
            pairs = zip(keys, values, strict=True)
            return any(isinstance(k, ast.Constant) and k.value == "status" and _is_429(v) for k, v in pairs)
    return False


def _is_429(node: ast.expr) -> bool:
    if isinstance(node, ast.Constant):
        return node.value == TOO_MANY and isinstance(node.value, int)
    return isinstance(node, (ast.Attribute, ast.Name)) and last_name(node) in NAMES


def _relays(outer: ast.AST, node: ast.AST) -> bool:
    """Tell whether a refusal stands under a test of another's status."""
    return any(
        isinstance(one, ast.If)
        and any(n is node for s in one.body for n in nodes_in(s))
        and _RELAYS.search(ast.unparse(one.test)) is not None
        for one in nodes_in(outer)
    )


def _absent(context: Context) -> Iterator[ClassSymbol | FunctionSymbol]:
    """Yield the middleware of the project that is installed only in other environments."""
    installed: dict[int, list[bool]] = {}
    targets: dict[int, ClassSymbol | FunctionSymbol] = {}
    for one in context.deployment.middleware:
        if one.target is not None:
            there = holds(one.conditions, context.environment) is not False
            installed.setdefault(id(one.target.node), []).append(there)
            targets[id(one.target.node)] = one.target
    yield from (targets[key] for key, found in installed.items() if not any(found))


def _inside(module: Module, node: ast.AST, outer: set[int]) -> bool:
    return bool(outer) and any(
        id(n) in outer and any(x is node for x in nodes_in(n))
        for n in nodes_in(module.tree)
        if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
    )


def _handler_names(context: Context) -> frozenset[str]:
    """Return the names of functions that are registered as handlers of errors."""
    found: set[str] = set()
    for module in context.modules("handler"):
        for call in context.program.method_calls_in(
            module, "add_exception_handler", "register_error_handler"
        ):
            found |= {last_name(a) for a in call.node.args[1:2]}
    return frozenset(found)
