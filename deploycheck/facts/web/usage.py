"""Whether a definition is ever used: what is defined and never called is no part of the app."""

from __future__ import annotations

import ast
from functools import lru_cache
from typing import TYPE_CHECKING

from deploycheck.facts.web.syntax import function_of
from deploycheck.python.scopes import Scope, contains
from deploycheck.python.syntax import KEPT, nodes_in

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sequence

    from deploycheck.facts.web.apps import App
    from deploycheck.python.modules import Module
    from deploycheck.python.program import Program

MAX_DEPTH = 8


class Usage:
    """Finds uses by name, in the code itself: comments and strings use nothing."""

    def __init__(self, program: Program, paths: Container[str], apps: Sequence[App] = ()) -> None:
        """Look in the modules of `paths`; a function that makes one of `apps` is used by the server."""
        self._program = program
        self._paths = paths
        self._known: dict[int, bool] = {}
        for app in apps:
            if app.call.function is not None:
                self._known[id(app.call.function)] = True

    def runs(self, scope: Scope) -> bool:
        """Tell whether code in a scope is ever run: at import, or in a definition that is used."""
        found: Scope | None = scope
        while found is not None:
            node = found.node
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                return self.used(found)
            found = found.parent
        return True

    def used(self, scope: Scope, depth: int = MAX_DEPTH) -> bool:
        """Tell whether the definition of a scope is used anywhere that is itself run."""
        node, outer = scope.node, scope.parent
        if isinstance(node, (ast.Module, ast.Lambda)) or outer is None or depth == 0:
            return True
        if id(node) in self._known:
            return self._known[id(node)]
        self._known[id(node)] = False  # while it is looked into: what only uses itself is not used
        answer = self._look(scope, outer, node, depth)
        self._known[id(node)] = answer
        return answer

    def _look(
        self,
        scope: Scope,
        outer: Scope,
        node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef,
        depth: int,
    ) -> bool:
        if isinstance(outer.node, ast.ClassDef):
            return self.used(outer, depth - 1)  # a method: whoever has the class may call it
        if node.decorator_list:
            return outer.parent is None or self.used(outer, depth - 1)
        for module, place in self._uses(node.name):
            if module is scope.module and contains(node, place):
                continue
            around = self._scope_around(module, place)
            if around is None or around.node is node or self.used(around, depth - 1):
                return True
        return False

    def _scope_around(self, module: Module, place: ast.AST) -> Scope | None:
        from deploycheck.facts.web.syntax import scope_at

        scope = scope_at(self._program, module, place)
        function = function_of(self._program, scope)
        return None if function is None else function.scope

    def _uses(self, name: str) -> Iterator[tuple[Module, ast.AST]]:
        for path in self._program.modules.paths:
            module = self._program.module_at(path) if path in self._paths else None
            if module is not None and name in module.words:
                for node in _loaded(module.tree).get(name, ()):
                    yield module, node


@lru_cache(KEPT)
def _loaded(tree: ast.Module) -> dict[str, list[ast.AST]]:
    """Return where a module reads each name or attribute; several searches ask it of the same module."""
    found: dict[str, list[ast.AST]] = {}
    for name, node in _loads(tree):
        found.setdefault(name, []).append(node)
    return found


def _loads(tree: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    for node in nodes_in(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Load()) | ast.Attribute(attr=name, ctx=ast.Load()):
                yield name, node
