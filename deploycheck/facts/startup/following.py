"""What runs before the first request: the modules that are imported, the functions that are called."""

from __future__ import annotations

import ast
from collections import deque
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from deploycheck.facts.startup.callees import Callees, definitions_of, is_event
from deploycheck.facts.startup.catching import is_caught
from deploycheck.facts.startup.run import Run
from deploycheck.facts.startup.walking import imported, own
from deploycheck.findings import Step
from deploycheck.python.flow import Flow
from deploycheck.python.resolution import holds
from deploycheck.python.scopes import FUNCTIONS, FunctionSymbol, contains, position

if TYPE_CHECKING:
    from collections.abc import Sequence

    from deploycheck.facts.deployments import Deployment
    from deploycheck.python.flow import Condition
    from deploycheck.python.modules import Module
    from deploycheck.python.program import Program
    from deploycheck.python.scopes import Scope

MAX_FUNCTIONS = 3000
DECORATORS = frozenset({"before_serving", "on_startup"})


class StartUp:
    """The start-up of one deployment, followed from what its server loads."""

    def __init__(self, deployment: Deployment) -> None:
        """Follow imports and calls; nothing is followed where it is not known what is started."""
        self.program: Program = deployment.program
        self.environment = deployment.environment
        self.within = deployment.modules
        self.modules: dict[str, Run] = {}
        self._conditions: dict[tuple[int, int], tuple[Scope, ast.AST, tuple[Condition, ...]]] = {}
        self.functions: dict[int, tuple[FunctionSymbol, Run]] = {}
        self._script = deployment.server.entry if deployment.server is not None else ""
        self._queue: deque[tuple[Module | FunctionSymbol, Run]] = deque()
        self._callees = Callees(self.program, self.within)
        self._begin(deployment)
        while self._queue and len(self.functions) < MAX_FUNCTIONS:
            self._follow(*self._queue.popleft())

    # -- asking ------------------------------------------------------------------------------------

    def runs(self, scope: Scope) -> bool:
        """Tell whether start-up may run a scope's body."""
        return self._around(scope) is not None

    def run_of(self, scope: Scope, node: ast.AST) -> Run | None:
        """Return how start-up reaches a node of a scope; None when it does not."""
        around = self._around(scope)
        if around is None or not self._before_yield(scope, node):
            return None
        return self._inner(scope, node, around)

    def run_around(self, scope: Scope, node: ast.AST) -> Run | None:
        """Return how start-up reaches a node's function or module, whatever the tests in that say."""
        around = self._around(scope)
        if around is None or not self._before_yield(scope, node):
            return None
        return Run(around.sure, around.caught or is_caught(scope, node), around.steps)

    def _around(self, scope: Scope) -> Run | None:
        found: Scope | None = scope
        while found is not None:
            if isinstance(found.node, FUNCTIONS):
                kept = self.functions.get(id(found.node))
                return kept[1] if kept is not None else None
            found = found.parent
        return self.modules.get(scope.module.path)

    def _inner(self, scope: Scope, node: ast.AST, around: Run) -> Run | None:
        conditions = self.conditions(scope, node)
        if is_under_main(conditions):
            return None
        verdict = holds(conditions, self.environment)
        if verdict is False:
            return None
        caught = around.caught or is_caught(scope, node)
        return Run(around.sure and verdict is True, caught, around.steps)

    def conditions(self, scope: Scope, node: ast.AST) -> tuple[Condition, ...]:
        """Return the tests that must hold in the node's own function or module."""
        key = (id(scope), id(node))
        if key not in self._conditions:
            self._conditions[key] = (scope, node, self._tests(scope, node))
        return self._conditions[key][2]

    def _tests(self, scope: Scope, node: ast.AST) -> tuple[Condition, ...]:
        found: tuple[Condition, ...] = ()
        inner: ast.AST = node
        current: Scope | None = scope
        while current is not None:
            if not isinstance(current.node, ast.Lambda):
                found = (*Flow(self.program.evaluator, current).conditions(inner), *found)
            if current.is_function:
                break
            inner, current = current.node, current.parent
        if scope.module.path == self._script:
            found = tuple(c for c in found if "__name__" not in c.text)
        return found

    def _before_yield(self, scope: Scope, node: ast.AST) -> bool:
        if not isinstance(scope.node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return True
        yields = [n for n in ast.walk(scope.node) if isinstance(n, (ast.Yield, ast.YieldFrom))]
        return not yields or position(node) <= min(position(y) for y in yields)

    # -- following ---------------------------------------------------------------------------------

    def _begin(self, deployment: Deployment) -> None:
        server, app = deployment.server, deployment.app
        target = server.target if server is not None else None
        roots = [self._script, target.path if target is not None else ""]
        roots += [p for p in (server.config_files if server is not None else ()) if p.endswith(".py")]
        if app is not None and deployment.whole:
            roots.append(app.module.path)
        for path in roots:
            module = self.program.module_at(path) if path else None
            if module is not None:
                self._add_module(module, Run(sure=True))
        if target is not None and target.factory and app is not None and app.factory is not None:
            self._add_function(app.factory, Run(sure=True, steps=(Step("the server calls it", target.at),)))
        for one in deployment.apps if deployment.whole else ():
            for name in ("lifespan", "on_startup"):
                value = one.keywords.get(name)
                for symbol in definitions_of(value) if value is not None else ():
                    self._add_function(symbol, Run(sure=True, steps=(Step(f"{name} = …", one.at),)))

    def _add_module(self, module: Module, run: Run) -> None:
        kept = self.modules.get(module.path)
        if kept is None or kept.rank < run.rank:
            self.modules[module.path] = run
            self._queue.append((module, run))

    def _add_function(self, symbol: FunctionSymbol, run: Run) -> None:
        kept = self.functions.get(id(symbol.node))
        if kept is None or kept[1].rank < run.rank:
            self.functions[id(symbol.node)] = (symbol, run)
            self._queue.append((symbol, run))

    def _follow(self, place: Module | FunctionSymbol, run: Run) -> None:
        module = place.scope.module if isinstance(place, FunctionSymbol) else place
        scope = (
            place.scope if isinstance(place, FunctionSymbol) else self.program.evaluator.module_scope(place)
        )
        if not isinstance(place, FunctionSymbol):
            self._packages(module, run)
        for node, inner in own(self.program, scope):
            match node:
                case ast.Import() | ast.ImportFrom():
                    self._import(node, inner)
                case ast.Call():
                    self._call(node, inner)
                case ast.FunctionDef() | ast.AsyncFunctionDef() if node.decorator_list:
                    self._decorated(node, inner)

    def _packages(self, module: Module, run: Run) -> None:
        folder = module.path.rpartition("/")[0]
        while folder and folder != module.root:
            package = self.program.module_at(f"{folder}/__init__.py")
            if package is not None:
                self._add_module(package, run)
            folder = folder.rpartition("/")[0]

    def _import(self, node: ast.Import | ast.ImportFrom, scope: Scope) -> None:
        run = self.run_of(scope, node)
        if run is None or _for_types_only(scope, node):
            return
        for path in imported(self.program, node, scope.module):
            module = self.program.module_at(path)
            if module is not None:
                self._add_module(module, Run(run.sure, run.caught, run.steps))

    def _call(self, node: ast.Call, scope: Scope) -> None:
        symbols = list(self._callees.of(node, scope))
        run = self.run_of(scope, node) if symbols else None
        if run is None:
            return
        step = Step(scope.module.source(node), scope.module.location(node))
        further = Run(run.sure, run.caught, (*run.steps, step)[-6:])
        for symbol in symbols:
            self._add_function(symbol, further)

    def _decorated(self, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: Scope) -> None:
        run = self.run_of(scope, node)
        if run is not None and any(_starts(d) for d in node.decorator_list):
            found = self.program.evaluator.definition(node, scope).target
            step = Step(
                scope.module.source(node.decorator_list[0]), scope.module.location(node.decorator_list[0])
            )
            if isinstance(found, FunctionSymbol):
                self._add_function(found, Run(run.sure, run.caught, (*run.steps, step)))


def is_under_main(conditions: Sequence[Condition]) -> bool:
    """Tell whether a place is run only when its module is the script that is started."""
    return any("__name__" in c.text and c.wanted for c in conditions)


def _for_types_only(scope: Scope, node: ast.AST) -> bool:
    return any(
        isinstance(s, ast.If) and "TYPE_CHECKING" in ast.unparse(s.test) and contains(s, node)
        for s in getattr(scope.node, "body", [])
    )


def _starts(decorator: ast.expr) -> bool:
    call = decorator if isinstance(decorator, ast.Call) else None
    func = call.func if call is not None else decorator
    name = func.attr if isinstance(func, ast.Attribute) else ""
    if name in {"on_event", "listener"} and call is not None:
        return bool(call.args) and is_event(call.args[0])
    return name in DECORATORS


_KNOWN: WeakKeyDictionary[Program, dict[tuple[str, int], StartUp]] = WeakKeyDictionary()


def start_up_of(deployment: Deployment) -> StartUp:
    """Return a deployment's start-up, followed once."""
    kept = _KNOWN.setdefault(deployment.program, {})
    key = (deployment.name, id(deployment.environment))
    if key not in kept:
        kept[key] = StartUp(deployment)
    return kept[key]
