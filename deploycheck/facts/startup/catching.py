"""Which exceptions are caught where they are raised, and do not go further."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from deploycheck.facts.web.syntax import DEFINITIONS
from deploycheck.python.scopes import contains
from deploycheck.python.syntax import children_of, nodes_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from deploycheck.python.scopes import Scope

EXITS = frozenset({"sys.exit", "exit", "quit", "os._exit", "os.abort"})
HARMLESS = frozenset({"ImportError", "ModuleNotFoundError"})
"""What is caught to do without a package; the rest of what a place raises goes on."""


def tries_around(body: Sequence[ast.AST], node: ast.AST) -> Iterator[ast.Try]:
    """Yield the `try` statements in whose body (not handlers) a node stands, outermost first."""
    for statement in body:
        if not hasattr(statement, "lineno") or not contains(statement, node):
            if isinstance(statement, (ast.ExceptHandler, ast.match_case)):
                yield from tries_around(statement.body, node)
            continue
        if isinstance(statement, ast.Try):
            if any(contains(s, node) for s in statement.body):
                yield statement
                yield from tries_around(statement.body, node)
            else:
                rest = (
                    *statement.orelse,
                    *statement.finalbody,
                    *(s for h in statement.handlers for s in h.body),
                )
                yield from tries_around(rest, node)
        elif not isinstance(statement, (*DEFINITIONS, ast.expr)):
            yield from tries_around(children_of(statement), node)


def is_caught(scope: Scope, node: ast.AST) -> bool:
    """Tell whether an exception at a node is caught in its own scope, and not raised again."""
    return any(
        any(not (handled(h) & HARMLESS) and not raises(h.body) for h in each.handlers)
        for each in tries_around(scope.body, node)
    )


def only_raises(tree: ast.Module, line: int) -> bool:
    """Tell whether every handler of the `try` on a line raises: whoever comes past it, nothing had failed."""
    tries = [n for n in nodes_in(tree) if isinstance(n, ast.Try) and n.lineno == line]
    return bool(tries) and all(raises(h.body) for one in tries for h in one.handlers)


def handled(handler: ast.ExceptHandler) -> frozenset[str]:
    """Return the last names of the exceptions that a handler takes; `BaseException` for a bare one."""
    if handler.type is None:
        return frozenset({"BaseException"})
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return frozenset(ast.unparse(k).rpartition(".")[2] for k in kinds)


def raises(body: Sequence[ast.stmt]) -> bool:
    """Tell whether running these statements certainly raises or ends the process."""
    for statement in body:
        match statement:
            case ast.Raise():
                return True
            case ast.Expr(value=ast.Call(func=func)) if ast.unparse(func) in EXITS:
                return True
            case ast.If() if statement.orelse and raises(statement.body) and raises(statement.orelse):
                return True
            case ast.With() | ast.AsyncWith() if raises(statement.body):
                return True
            case ast.Try() if raises(statement.finalbody) or (
                raises(statement.body) and not statement.handlers
            ):
                return True
    return False
