"""When an engine is made: at import, at start-up, or again and again for requests."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from deploycheck.facts.startup import start_up_of
from deploycheck.facts.web.requests import Reached, request_functions
from deploycheck.facts.web.routes import find_routes
from deploycheck.findings import Step
from deploycheck.python.syntax import decorators, nodes_in

if TYPE_CHECKING:
    from deploycheck.facts.databases.pool_settings import Opening
    from deploycheck.facts.deployment import Deployment
    from deploycheck.findings import Location
    from deploycheck.python.program import Program
    from deploycheck.python.scopes import Scope

IMPORT, START_UP, REQUEST, NOT_KNOWN = "import", "start-up", "request", ""

_KEEPS = re.compile(r"cache|singleton|memo|once", re.IGNORECASE)


def moment_of(deployment: Deployment, opening: Opening) -> str:
    """Tell when production makes an engine: IMPORT, START_UP, REQUEST, or NOT_KNOWN."""
    if opening.at_import:
        return IMPORT
    scope = _function_scope(opening.root)
    if scope is None:
        return NOT_KNOWN
    if start_up_of(deployment).runs(scope):
        return START_UP
    return REQUEST if id(scope.node) in _reached(deployment) else NOT_KNOWN


def made_for_each_request(deployment: Deployment, opening: Opening) -> tuple[Step, ...]:
    """Return how requests lead to an engine that each makes anew; nothing where one is kept, or may be."""
    scope = _function_scope(opening.root)
    call = opening.engine.call
    if call is None or scope is None or opening.at_import:
        return ()
    # Its own places first: they are in the text, and following every request is not.
    if any(_is_kept(deployment.program, at) for at in (call.location, *opening.via)):
        return ()
    if moment_of(deployment, opening) != REQUEST:
        return ()
    reached = _reached(deployment)[id(scope.node)]
    if any(_is_kept(deployment.program, s.location) for s in reached.steps if s.location is not None):
        return ()
    handler = reached.handler
    name = handler.name.rpartition(".")[2]
    first = Step(f"{name}() answers requests", handler.scope.module.location(handler.node))
    own = [Step(_line(deployment.program, at), at) for at in reversed(opening.via)]
    return (first, *reached.steps, *own, Step(opening.engine.text, opening.engine.at))


def _line(program: Program, at: Location) -> str:
    module = program.module_at(at.path)
    lines = module.text.splitlines() if module is not None else []
    return lines[at.line - 1].strip() if at.line <= len(lines) else ""


def _function_scope(scope: Scope | None) -> Scope | None:
    while scope is not None and not scope.is_function:
        scope = scope.parent
    return scope


def _is_kept(program: Program, at: Location) -> bool:
    """Tell whether the function around a place keeps what it makes: a cache, `if x is None`, a global.

    One that closes what it made before it ends is taken to be so too.
    """
    module = program.module_at(at.path)
    if module is None:
        return True
    around = [
        n
        for n in nodes_in(module.tree)
        if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
        and n.lineno <= at.line <= (n.end_lineno or n.lineno)
    ]
    if not around:
        return True
    if any(_KEEPS.search(d) for n in around for d in decorators(n)):
        return True
    innermost = max(around, key=lambda n: n.lineno)
    if isinstance(innermost, ast.ClassDef) or any(isinstance(n, ast.ClassDef) for n in around):
        return True  # An object may live longer than a request.
    return any(_looks_before(n) or _closes(n) for n in nodes_in(innermost))


def _looks_before(node: ast.AST) -> bool:
    match node:
        case ast.If(test=test) | ast.IfExp(test=test):
            text = ast.unparse(test)
            return bool(re.search(r"\bNone\b|\bnot\b|\bin\b|hasattr|getattr", text))
        case ast.Global() | ast.Nonlocal() | ast.Try():
            return True
        case ast.BoolOp(op=ast.Or()):
            return True
        case ast.NamedExpr():
            return True
    return False


def _closes(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr in {"dispose", "close", "disconnect", "setdefault"}


_KNOWN: WeakKeyDictionary[Program, dict[str, dict[int, Reached]]] = WeakKeyDictionary()


def _reached(deployment: Deployment) -> dict[int, Reached]:
    """Return the functions that requests run, by their nodes' ids (the program keeps the nodes)."""
    kept = _KNOWN.setdefault(deployment.program, {})
    if deployment.name not in kept:
        routes = find_routes(deployment.program, deployment.apps, deployment.modules)
        found = request_functions(deployment.program, routes, deployment.middleware)
        kept[deployment.name] = {id(r.scope.node): r for r in found}
    return kept[deployment.name]
