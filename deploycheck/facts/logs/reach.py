"""Whether production ever runs a place in the code: at start-up, in a request, or only on other ways."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from deploycheck.facts.startup import start_up_of
from deploycheck.facts.web.syntax import scope_at
from deploycheck.python.resolution import holds
from deploycheck.python.scopes import FUNCTIONS, contains
from deploycheck.python.syntax import last_name, nodes_in

if TYPE_CHECKING:
    from deploycheck.facts.deployments import Deployment
    from deploycheck.python.modules import Module
    from deploycheck.python.scopes import Scope

MAX_DEPTH = 8
COMMANDS = frozenset({"callback", "command", "group"})
"""Decorators of click, typer and Flask whose functions only the command line runs."""


class Reach:
    """Answers for one deployment; a name that is used anywhere may be used in production.

    Where no file tells how the app is started, `python file.py` may be the way, unless `strict`.
    """

    def __init__(self, deployment: Deployment, *, strict: bool = False) -> None:
        """Look in the modules that the deployment loads."""
        self.deployment = deployment
        self.strict = strict
        self.program = deployment.program
        self._used: dict[int, bool] = {}
        self._loads: dict[str, dict[str, list[ast.AST]]] = {}

    @cached_property
    def modules(self) -> tuple[Module, ...]:
        """The modules that the deployment loads, in path order."""
        found = (self.program.module_at(path) for path in sorted(self.deployment.modules))
        return tuple(m for m in found if m is not None)

    @cached_property
    def neighbours(self) -> tuple[Module, ...]:
        """The app's modules beside those, in one folder at the top: what they do, production does not."""
        tops = {_top(m) for m in self.modules}
        known = self.deployment.modules
        return tuple(m for m in self.program.app_modules() if m.path not in known and _top(m) in tops)

    @property
    def _script(self) -> str:
        server = self.deployment.server
        return server.entry if server is not None else ""

    def verdict(self, scope: Scope, node: ast.AST) -> bool | None:
        """Tell whether production runs a node: surely at start-up, perhaps (None), or never."""
        if scope.module.path not in self.deployment.modules:
            return False
        start_up = start_up_of(self.deployment)
        if self._only_run_by_hand(scope, node) or self._decided(scope, node) is False:
            return False
        run = start_up.run_of(scope, node)
        if run is not None:
            return True if run.sure else None
        return None if self._may_enter(scope, MAX_DEPTH) else False

    def _decided(self, scope: Scope, node: ast.AST) -> bool | None:
        start_up = start_up_of(self.deployment)
        return holds(start_up.conditions(scope, node), self.deployment.environment)

    def may_be_used(self, scope: Scope) -> bool:
        """Tell whether production may run the definition of a scope, or use the class."""
        return scope.module.path in self.deployment.modules and self._may_enter(scope, MAX_DEPTH)

    def _only_run_by_hand(self, scope: Scope, node: ast.AST) -> bool:
        """Tell whether a node stands under `if __name__ == "__main__"` of a file that is not started."""
        if (self.deployment.server is None and not self.strict) or scope.module.path == self._script:
            return False
        return any(
            isinstance(statement, ast.If)
            and "__name__" in ast.dump(statement.test)
            and any(contains(one, node) for one in statement.body)
            for statement in scope.module.tree.body
        )

    def _may_enter(self, scope: Scope, depth: int) -> bool:
        """Tell whether the definition around a place is used by anything that production may run."""
        found: Scope | None = scope
        while found is not None:
            if isinstance(found.node, (*FUNCTIONS, ast.ClassDef)) and not isinstance(found.node, ast.Lambda):
                return self._is_used(found, depth)
            found = found.parent
        return True

    def _is_used(self, scope: Scope, depth: int) -> bool:
        node, outer = scope.node, scope.parent
        if depth == 0 or outer is None or isinstance(node, (ast.Module, ast.Lambda)):
            return True
        if id(node) not in self._used:
            self._used[id(node)] = False  # what only uses itself is not used
            self._used[id(node)] = self._look(scope, outer, node, depth)
        return self._used[id(node)]

    def _look(
        self,
        scope: Scope,
        outer: Scope,
        node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef,
        depth: int,
    ) -> bool:
        if isinstance(outer.node, ast.ClassDef):
            return self._is_used(outer, depth - 1)  # a method: whoever has the class may call it
        if any(_called(d) in COMMANDS for d in node.decorator_list):
            return False
        if node.decorator_list and not isinstance(node, ast.ClassDef):
            return self._may_enter(outer, depth - 1)
        return any(self._may_be_reached(module, place, depth) for module, place in self._uses(scope, node))

    def _may_be_reached(self, module: Module, place: ast.AST, depth: int) -> bool:
        around = scope_at(self.program, module, place)
        if self._only_run_by_hand(around, place):
            return False
        start_up = start_up_of(self.deployment)
        if start_up.runs(around) and self._decided(around, place) is False:
            return False
        return self._may_enter(around, depth - 1)

    def _uses(self, scope: Scope, node: ast.AST) -> Iterator[tuple[Module, ast.AST]]:
        name = getattr(node, "name", "")
        for module in self.modules:
            if name in module.words:
                for place in self._loaded(module).get(name, ()):
                    if module is not scope.module or not contains(node, place):
                        yield module, place

    def _loaded(self, module: Module) -> dict[str, list[ast.AST]]:
        """Return where a module reads each name or attribute; a dotted name in a string counts too."""
        if module.path not in self._loads:
            found: dict[str, list[ast.AST]] = {}
            for node in nodes_in(module.tree):
                for name in _names(node):
                    found.setdefault(name, []).append(node)
            self._loads[module.path] = found
        return self._loads[module.path]


def _top(module: Module) -> tuple[str, str]:
    """Return where a module's imports start, and the first part of its name from there."""
    return module.root, module.name.partition(".")[0]


def _called(decorator: ast.expr) -> str:
    return last_name(decorator.func if isinstance(decorator, ast.Call) else decorator)


def _names(node: ast.AST) -> tuple[str, ...]:
    match node:
        case ast.Name(id=name, ctx=ast.Load()) | ast.Attribute(attr=name, ctx=ast.Load()):
            return (name,)
        case ast.Constant(value=str(text)) if re.fullmatch(r"[A-Za-z_][\w.:]*", text):
            return (re.split(r"[.:]", text)[-1],) if re.search(r"[.:]", text) else ()
        case ast.ImportFrom(names=names):
            return tuple(a.name for a in names if a.asname)
    return ()
