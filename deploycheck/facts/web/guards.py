"""The `try` statements around a place, and whether they let the program go on after an exception."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from deploycheck.facts.web.syntax import own_nodes
from deploycheck.python.scopes import contains
from deploycheck.python.syntax import KEPT

if TYPE_CHECKING:
    from deploycheck.findings import Location
    from deploycheck.python.scopes import Scope

EXITS = frozenset({"sys.exit", "exit", "quit", "os._exit", "os.abort"})


@dataclass(frozen=True, slots=True, eq=False)
class Guard:
    """One `except` around a place.

    `catches` are the exceptions as the source names them, `Exception` for a bare one. `swallows` tells
    that no way through the handler raises or exits, so that what follows runs on.
    """

    catches: tuple[str, ...]
    swallows: bool
    handler: ast.ExceptHandler
    at: Location

    @property
    def catches_all(self) -> bool:
        """Whether it catches every ordinary exception."""
        return bool({"Exception", "BaseException"} & set(self.catches))


def guards_around(scope: Scope, node: ast.AST) -> tuple[Guard, ...]:
    """Return the handlers of the `try` bodies in a scope that a node stands in, outermost first."""
    found: list[Guard] = []
    for outer in _guarding(scope.node):
        if isinstance(outer, (ast.Try, ast.TryStar)) and any(contains(s, node) for s in outer.body):
            found.extend(_guard(scope, handler) for handler in outer.handlers)
        elif isinstance(outer, (ast.With, ast.AsyncWith)) and contains(outer, node):
            found.extend(_suppressed(scope, outer))
    return tuple(found)


@lru_cache(KEPT)
def _guarding(node: ast.AST) -> tuple[ast.AST, ...]:
    """Return the statements of a body that may catch what others raise, found once."""
    kinds = (ast.Try, ast.TryStar, ast.With, ast.AsyncWith)
    return tuple(n for n in own_nodes(node) if isinstance(n, kinds))


def _guard(scope: Scope, handler: ast.ExceptHandler) -> Guard:
    return Guard(_caught(handler.type), not _stops(handler), handler, scope.module.location(handler))


def _caught(kind: ast.expr | None) -> tuple[str, ...]:
    if kind is None:
        return ("Exception",)
    parts = kind.elts if isinstance(kind, ast.Tuple) else [kind]
    return tuple(ast.unparse(p) for p in parts)


def _stops(handler: ast.ExceptHandler) -> bool:
    """Tell whether anything in a handler raises or ends the process."""
    for node in own_nodes(handler):
        if isinstance(node, ast.Raise):
            return True
        if isinstance(node, ast.Call) and ast.unparse(node.func) in EXITS:
            return True
    return False


def _suppressed(scope: Scope, statement: ast.With | ast.AsyncWith) -> list[Guard]:
    """Read `with suppress(Exception):` as the handler that it is."""
    found = []
    for item in statement.items:
        call = item.context_expr
        if isinstance(call, ast.Call) and ast.unparse(call.func).rpartition(".")[2] == "suppress":
            kinds = ast.Tuple(list(call.args), ast.Load())
            handler = ast.ExceptHandler(kinds, None, [ast.Pass()])
            found.append(
                Guard(_caught(kinds), swallows=True, handler=handler, at=scope.module.location(call))
            )
    return found
