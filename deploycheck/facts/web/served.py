"""Whether code runs in the server's process: for requests, at start-up, or when it is imported.

Uses are followed by name from a function back to a handler, and not by value from every handler down:
that is cheap where few functions are asked about, and a call on an object that nobody can name counts.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from deploycheck.facts.web.syntax import scope_at
from deploycheck.python.parameters import TRANSPARENT
from deploycheck.python.scopes import FUNCTIONS
from deploycheck.python.syntax import KEPT, decorators, last_name, nodes_in

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from deploycheck.facts.deployment import Deployment
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
        if owner is not None:
            # A method's bare name may be anybody's, so its class must be in use, too.
            special = _is_special(owner.class_node, name)
            return self._named(owner.class_node.name, owner, depth) and (
                special or self._named(name, scope, depth)
            )
        return self._named(name, scope, depth)

    def _named(self, name: str, scope: Scope, depth: int) -> bool:
        """Tell whether something outside a definition that means it is run itself."""
        return any(self._runs(around, use, depth - 1) for around, use in self._uses(name, scope))

    def _uses(self, name: str, scope: Scope) -> Iterator[tuple[Scope, ast.AST]]:
        inside = nodes_in(scope.node)
        for module in self._modules:
            for word in self._program.callers.renamed(name):
                for use in _names_of(module).used.get(word, ()) if word in module.words else ():
                    if self._means(module, use, name, scope) and not any(n is use for n in inside):
                        yield scope_at(self._program, module, use), use

    def _means(self, module: Module, use: ast.AST, name: str, scope: Scope) -> bool:
        """Tell whether a use of a name may mean a definition: one of a module by its import, a method any."""
        if scope.enclosing_class() is not None:
            return True
        if module is scope.module:
            return isinstance(use, ast.Name) or _last(use) in {"self", "cls"}
        imported = _names_of(module).imported
        if isinstance(use, ast.Name):
            return imported.get(use.id) == name or "*" in imported
        receiver = _last(use)  # the module itself, or a package that passes the name on
        return not {receiver, imported.get(receiver)}.isdisjoint(scope.module.name.split("."))

    @cached_property
    def _modules(self) -> tuple[Module, ...]:
        return tuple(m for m in self._program.app_modules() if m.path in self._within)


@dataclass(frozen=True, slots=True)
class _Names:
    """Where a module uses each name, without what it only hands to a queue, and what its imports mean."""

    used: dict[str, list[ast.AST]]
    imported: dict[str, str]


@lru_cache(KEPT)
def _names_of(module: Module) -> _Names:
    nodes = nodes_in(module.tree)
    queued = {id(n.value) for n in nodes if isinstance(n, ast.Attribute) and n.attr in QUEUES}
    found = _Names({}, {})
    for node in nodes:
        name = _used_name(node)
        if name and id(node) not in queued:
            found.used.setdefault(name, []).append(node)
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                found.imported[alias.asname or alias.name] = alias.name.rpartition(".")[2]
    return found


def _last(use: ast.AST) -> str:
    """Return the name of what an attribute is taken from."""
    return last_name(use.value) if isinstance(use, ast.Attribute) else ""


def served_by(deployment: Deployment) -> Served:
    """Return what answers for a deployment's server, made once."""
    kept = _KNOWN.setdefault(deployment.program, {})
    if deployment.name not in kept:
        script = deployment.server.entry if deployment.server is not None else ""
        kept[deployment.name] = Served(deployment.program, deployment.modules, script)
    return kept[deployment.name]


_KNOWN: WeakKeyDictionary[Program, dict[str, Served]] = WeakKeyDictionary()


def _used_name(node: ast.AST) -> str:
    match node:
        case ast.Name(id=name, ctx=ast.Load()) | ast.Attribute(attr=name, ctx=ast.Load()):
            return name
    return ""


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
