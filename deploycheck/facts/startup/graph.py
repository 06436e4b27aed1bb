"""Which functions and modules start-up may run, and from where: a graph built without evaluating any test."""

from __future__ import annotations

import ast
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from deploycheck.facts.startup.callees import Callees, definitions_of, is_event
from deploycheck.facts.startup.catching import is_caught
from deploycheck.facts.startup.walking import imported, own
from deploycheck.findings import Step
from deploycheck.python.scopes import FUNCTIONS, FunctionSymbol, contains, position
from deploycheck.python.syntax import last_name, nodes_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.facts.deployments import Deployment
    from deploycheck.python.modules import Module
    from deploycheck.python.program import Program
    from deploycheck.python.scopes import Scope

MAX_FUNCTIONS = 1500
MAX_EDGES = 4
"""Ways into one function that are kept: more would only be more of the same."""
MAX_DEPTH = 7
"""Calls from the entry point that are followed: what decides whether an app starts does not lie deeper."""
DECORATORS = frozenset({"before_serving", "on_startup"})
TASKS = frozenset({"create_task", "ensure_future", "create_background_task", "run_coroutine_threadsafe"})
"""Calls that start a coroutine beside the one that calls, and go on."""

Key = str | int
"""A module's path, or the id of a function's syntax."""


@dataclass(frozen=True, slots=True, eq=False)
class Edge:
    """One way into a function or module: from a place in `source`, or from outside for None.

    `beside` tells that what is called runs beside start-up, which does not wait for it.
    """

    source: Key | None
    scope: Scope | None = None
    node: ast.AST | None = None
    step: Step | None = None
    caught: bool = False
    beside: bool = False


@dataclass(slots=True, eq=False)
class Graph:
    """The functions and modules, and the edges into each."""

    program: Program
    within: frozenset[str]
    modules: dict[str, Module] = field(default_factory=dict)
    functions: dict[int, FunctionSymbol] = field(default_factory=dict)
    edges: dict[Key, list[Edge]] = field(default_factory=dict)

    def key_of(self, scope: Scope) -> Key | None:
        """Return the key of the function or module around a scope; None when start-up runs neither."""
        found: Scope | None = scope
        while found is not None:
            if isinstance(found.node, FUNCTIONS):
                return id(found.node) if id(found.node) in self.functions else None
            found = found.parent
        return scope.module.path if scope.module.path in self.modules else None


def before_yield(scope: Scope, node: ast.AST) -> bool:
    """Tell whether a node of a lifespan stands before the app is served."""
    if not isinstance(scope.node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return True
    yields = [n for n in nodes_in(scope.node) if isinstance(n, (ast.Yield, ast.YieldFrom))]
    return not yields or position(node) <= min(position(y) for y in yields)


def under(scope: Scope, node: ast.AST, *words: str) -> bool:
    """Tell whether a node of a module's body stands under an `if` that speaks of one of some words."""
    if isinstance(scope.node, FUNCTIONS):
        return False
    return any(
        isinstance(one, ast.If)
        and any(contains(s, node) for s in one.body)
        and any(w in ast.unparse(one.test) for w in words)
        for statement in scope.node.body
        if contains(statement, node)
        for one in nodes_in(statement)
    )


class Follower:
    """Builds the graph of one deployment."""

    def __init__(self, deployment: Deployment) -> None:
        """Follow imports and calls from what the server loads."""
        self.program = deployment.program
        self.graph = Graph(deployment.program, deployment.modules)
        self.script = deployment.server.entry if deployment.server is not None else ""
        self._callees = Callees(self.program, deployment.modules)
        self._queue: deque[tuple[Key, Scope, int]] = deque()
        self._begin(deployment)
        while self._queue and len(self.graph.functions) < MAX_FUNCTIONS:
            self._follow(*self._queue.popleft())

    def _begin(self, deployment: Deployment) -> None:
        server, app = deployment.server, deployment.app
        target = server.target if server is not None else None
        roots = [self.script, target.path if target is not None else ""]
        roots += [p for p in (server.config_files if server is not None else ()) if p.endswith(".py")]
        if app is not None and deployment.whole:
            roots.append(app.module.path)
        for path in roots:
            module = self.program.module_at(path) if path else None
            if module is not None:
                self._module(module, Edge(None), 0)
        if target is not None and target.factory and app is not None and app.factory is not None:
            self._function(app.factory, Edge(None, step=Step("the server calls it", target.at)), 1)
        for one in deployment.apps if deployment.whole else ():
            for name in ("lifespan", "on_startup"):
                for symbol in definitions_of(one.keywords.get(name)):
                    self._function(symbol, Edge(None, step=Step(f"{name} = …", one.at)), 1)

    def _module(self, module: Module, edge: Edge, depth: int) -> None:
        if self._edge(module.path, edge):
            self.graph.modules[module.path] = module
            self._queue.append((module.path, self.program.evaluator.module_scope(module), depth))

    def _function(self, symbol: FunctionSymbol, edge: Edge, depth: int) -> None:
        if self._edge(id(symbol.node), edge) and depth <= MAX_DEPTH:
            self.graph.functions[id(symbol.node)] = symbol
            self._queue.append((id(symbol.node), symbol.scope, depth))

    def _edge(self, key: Key, edge: Edge) -> bool:
        """Add an edge; tell whether it is the first one into its place."""
        edges = self.graph.edges.setdefault(key, [])
        if len(edges) < MAX_EDGES:
            edges.append(edge)
        return len(edges) == 1

    def _follow(self, key: Key, scope: Scope, depth: int) -> None:
        if isinstance(key, str):
            self._packages(key, scope.module, depth)
        beside = {id(n) for n in tasks_in(scope)}
        for node, inner in own(self.program, scope):
            match node:
                case ast.Import() | ast.ImportFrom():
                    self._import(key, node, inner, depth)
                case ast.Call():
                    self._call(key, node, inner, depth, beside=id(node) in beside)
                case ast.FunctionDef() | ast.AsyncFunctionDef() if node.decorator_list:
                    self._decorated(key, node, inner, depth)

    def _packages(self, key: Key, module: Module, depth: int) -> None:
        folder = module.path.rpartition("/")[0]
        while folder and folder != module.root:
            package = self.program.module_at(f"{folder}/__init__.py")
            if package is not None:
                self._module(package, Edge(key), depth)
            folder = folder.rpartition("/")[0]

    def _runs(self, node: ast.AST, scope: Scope) -> bool:
        words = ("TYPE_CHECKING",) if scope.module.path == self.script else ("TYPE_CHECKING", "__name__")
        return before_yield(scope, node) and not under(scope, node, *words)

    def _import(self, key: Key, node: ast.Import | ast.ImportFrom, scope: Scope, depth: int) -> None:
        found = [
            m
            for m in map(self.program.module_at, imported(self.program, node, scope.module))
            if m is not None
        ]
        if found and self._runs(node, scope):
            for module in found:
                self._module(module, Edge(key, scope, node, caught=is_caught(scope, node)), depth)

    def _call(self, key: Key, node: ast.Call, scope: Scope, depth: int, *, beside: bool) -> None:
        symbols = list(self._callees.of(node, scope))
        if symbols and self._runs(node, scope):
            step = Step(scope.module.source(node), scope.module.location(node))
            caught = beside or is_caught(scope, node)
            for symbol in symbols:
                self._function(symbol, Edge(key, scope, node, step, caught, beside), depth + 1)

    def _decorated(
        self, key: Key, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: Scope, depth: int
    ) -> None:
        found = self.program.evaluator.definition(node, scope).target
        decorator = next((d for d in node.decorator_list if _starts(d)), None)
        if decorator is not None and isinstance(found, FunctionSymbol):
            step = Step(scope.module.source(decorator), scope.module.location(decorator))
            self._function(found, Edge(key, scope, node, step), depth + 1)


def tasks_in(scope: Scope) -> Iterator[ast.Call]:
    """Yield the calls whose coroutine is handed to a task that nothing waits for in the same breath."""
    body = [scope.node.body] if isinstance(scope.node, ast.Lambda) else scope.node.body
    nodes = [n for statement in body for n in nodes_in(statement)]
    awaited = {id(n.value) for n in nodes if isinstance(n, ast.Await)}
    for node in nodes:
        if isinstance(node, ast.Call) and id(node) not in awaited and _is_task(node):
            yield from (a for a in node.args[:1] if isinstance(a, ast.Call))


def _is_task(node: ast.Call) -> bool:
    return last_name(node.func) in TASKS


def _starts(decorator: ast.expr) -> bool:
    call = decorator if isinstance(decorator, ast.Call) else None
    func = call.func if call is not None else decorator
    name = func.attr if isinstance(func, ast.Attribute) else ""
    if name in {"on_event", "listener"} and call is not None:
        return bool(call.args) and is_event(call.args[0])
    return name in DECORATORS
