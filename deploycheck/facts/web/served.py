"""Whether code runs in the server's process: for requests, at start-up, or when it is imported.

Uses are followed by name from a function back to a handler, and not by value from every handler down:
that is cheap where few functions are asked about, and a call on an object that nobody can name counts.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from deploycheck.facts.web.syntax import scope_at
from deploycheck.python.parameters import TRANSPARENT
from deploycheck.python.scopes import FUNCTIONS
from deploycheck.python.syntax import decorators, nodes_in

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from deploycheck.python.modules import Module
    from deploycheck.python.program import Program
    from deploycheck.python.scopes import Scope

MAX_DEPTH = 8
MAX_LOOKED_AT = 300
ELSEWHERE = frozenset(
    {
        *(
            "task",
            "shared_task",
            "periodic_task",
            "db_task",
            "db_periodic_task",
            "actor",
            "job",
            "scheduled_job",
        ),
        *("cron", "command", "group", "flow", "asset", "op", "dag", "on_after_configure"),
        *("fixture", "worker_process_init", "periodic", "on_after_finalize", "timer"),
    }
)
"""Decorators of what another process runs: queues, schedules, command lines, tests."""
QUEUES = frozenset({"delay", "apply_async", "send", "enqueue", "defer", "kiq"})
"""Methods by which a use of a function only hands it to a queue."""
_PLAIN = TRANSPARENT | {
    "retry",
    "backoff",
    "on_exception",
    "setter",
    "timed",
    "deprecated",
    "traced",
    "observe",
}


class Served:
    """Answers for the modules that one server process loads."""

    def __init__(self, program: Program, within: Container[str], script: str = "") -> None:
        """Look in the modules of `within`; `script` is the one that is run itself, as `__main__`."""
        self._program = program
        self._within = within
        self._script = script
        self._known: dict[int, bool] = {}
        self._names: dict[str, list[tuple[Module, ast.AST]]] = {}

    def runs(self, module: Module, node: ast.AST) -> bool:
        """Tell whether a node is run by the server: not in a script's part, a task or a command."""
        return self._runs(scope_at(self._program, module, node), node, MAX_DEPTH)

    def _runs(self, scope: Scope, node: ast.AST, depth: int) -> bool:
        module = scope.module
        if module.path not in self._within:
            return False
        function = _function_around(scope)
        if function is None:
            return module.path == self._script or not _under_main(module, node)
        return self._used(function, depth)

    def _used(self, scope: Scope, depth: int) -> bool:
        node = scope.node
        if isinstance(node, ast.Lambda) and scope.parent is not None:
            return self._runs(scope.parent, node, depth)
        if id(node) not in self._known:
            if depth == 0 or len(self._known) > MAX_LOOKED_AT:
                return True
            self._known[id(node)] = False  # while it is looked into: what only uses itself is not used
            self._known[id(node)] = self._look(scope, depth)
        return self._known[id(node)]

    def _look(self, scope: Scope, depth: int) -> bool:
        node = scope.node
        names = decorators(node)
        if names & ELSEWHERE:
            return False
        if names - _PLAIN:
            return True  # a route, an event, a middleware: the framework calls it
        owner = scope.enclosing_class()
        name = getattr(node, "name", "")
        if owner is not None and _is_special(owner.class_node, name):
            name = owner.class_node.name
        return any(self._runs(around, use, depth - 1) for around, use in self._uses(name, node))

    def _uses(self, name: str, definition: ast.AST) -> Iterator[tuple[Scope, ast.AST]]:
        if name not in self._names:
            self._names[name] = list(self._find(name))
        for module, use in self._names[name]:
            inside = any(n is use for n in nodes_in(definition))
            if not inside:
                yield scope_at(self._program, module, use), use

    def _find(self, name: str) -> Iterator[tuple[Module, ast.AST]]:
        word = re.compile(rf"\b{re.escape(name)}\b")
        for module in self._program.app_modules():
            if module.path in self._within and word.search(module.text):
                queued = {
                    id(n.value)
                    for n in nodes_in(module.tree)
                    if isinstance(n, ast.Attribute) and n.attr in QUEUES
                }
                for node in nodes_in(module.tree):
                    if _loads(node, name) and id(node) not in queued:
                        yield module, node


def _loads(node: ast.AST, name: str) -> bool:
    match node:
        case ast.Name(id=found, ctx=ast.Load()) | ast.Attribute(attr=found, ctx=ast.Load()):
            return found == name
    return False


def _is_special(owner: ast.ClassDef, name: str) -> bool:
    """Tell whether others call a method without naming it: a constructor, a view's `get`, an override."""
    if name.startswith("__"):
        return True
    return bool(owner.bases) and name in {
        "get",
        "post",
        "put",
        "patch",
        "delete",
        "dispatch",
        "dispatch_request",
    }


def _function_around(scope: Scope) -> Scope | None:
    found: Scope | None = scope
    while found is not None and not isinstance(found.node, FUNCTIONS):
        found = found.parent
    return found


def _under_main(module: Module, node: ast.AST) -> bool:
    return any(
        isinstance(s, ast.If)
        and any(isinstance(n, ast.Name) and n.id == "__name__" for n in nodes_in(s.test))
        and any(n is node for n in nodes_in(s))
        for s in module.tree.body
    )
