"""What runs before the first request: the modules that are imported, the functions that are called."""

from __future__ import annotations

import ast
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from deploycheck.facts.web.objects import definitions
from deploycheck.facts.web.syntax import DEFINITIONS, scope_at
from deploycheck.findings import Step
from deploycheck.python.classes import ancestry
from deploycheck.python.evaluator import absolute_name
from deploycheck.python.flow import Flow
from deploycheck.python.resolution import holds
from deploycheck.python.scopes import FUNCTIONS, ClassSymbol, FunctionSymbol, Point, Scope, contains, position
from deploycheck.python.values import Reference, peel

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from deploycheck.facts.deployments import Deployment
    from deploycheck.python.flow import Condition
    from deploycheck.python.modules import Module
    from deploycheck.python.program import Program

MAX_FUNCTIONS = 3000
EVENTS = frozenset({"startup", "before_startup", "main_process_start", "before_server_start"})
DECORATORS = frozenset({"before_serving", "on_startup"})
RUNNERS = frozenset({"to_thread", "run_sync", "run_in_threadpool", "run_until_complete", "run_in_executor"})
"""Calls that run the function that they are given, and wait for it."""
CONSTRUCTORS = frozenset({"__init__", "__new__", "__post_init__"})
EXITS = frozenset({"sys.exit", "exit", "quit", "os._exit", "os.abort"})
HARMLESS = frozenset({"ImportError", "ModuleNotFoundError"})


@dataclass(frozen=True, slots=True)
class Run:
    """How start-up gets to a place.

    `sure` tells that nothing undecided stands before it; `caught` that an exception there is caught on the
    way, so that it does not stop the process.
    """

    sure: bool
    caught: bool = False
    steps: tuple[Step, ...] = ()

    @property
    def fatal(self) -> bool:
        """Whether an exception there certainly ends the process."""
        return self.sure and not self.caught

    @property
    def rank(self) -> tuple[bool, bool]:
        """Sorts a more certain way after a less certain one."""
        return (not self.caught, self.sure)


class StartUp:
    """The start-up of one deployment, followed from what its server loads."""

    def __init__(self, deployment: Deployment) -> None:
        """Follow imports and calls; nothing is followed where it is not known what is started."""
        self.program: Program = deployment.program
        self.environment = deployment.environment
        self.within = deployment.modules
        self.modules: dict[str, Run] = {}
        self.functions: dict[int, tuple[FunctionSymbol, Run]] = {}
        self._script = deployment.server.entry if deployment.server is not None else ""
        self._queue: deque[tuple[Module | FunctionSymbol, Run]] = deque()
        self._begin(deployment)
        while self._queue and len(self.functions) < MAX_FUNCTIONS:
            self._follow(*self._queue.popleft())

    # -- asking ------------------------------------------------------------------------------------

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
            self._add_function(app.factory, Run(True, steps=(Step("the server calls it", target.at),)))
        for one in deployment.apps if deployment.whole else ():
            for name in ("lifespan", "on_startup"):
                value = one.keywords.get(name)
                for symbol in definitions_of(value) if value is not None else ():
                    self._add_function(symbol, Run(True, steps=(Step(f"{name} = …", one.at),)))

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
        for path in _imported(self.program, node, scope.module):
            module = self.program.module_at(path)
            if module is not None:
                self._add_module(module, Run(run.sure, run.caught, run.steps))

    def _call(self, node: ast.Call, scope: Scope) -> None:
        run = self.run_of(scope, node)
        if run is None:
            return
        step = Step(scope.module.source(node), scope.module.location(node))
        further = Run(run.sure, run.caught, (*run.steps, step)[-6:])
        callee = peel(self.program.evaluate(node.func, Point(scope, node)))
        for symbol in self._targets(callee):
            self._add_function(symbol, further)
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in RUNNERS:
            for argument in node.args:
                given = peel(self.program.evaluate(argument, Point(scope, node)))
                for symbol in self._targets(given):
                    self._add_function(symbol, further)
        if name == "add_event_handler" and len(node.args) > 1 and _is_event(node.args[0]):
            for symbol in definitions_of(self.program.evaluate(node.args[1], Point(scope, node))):
                self._add_function(symbol, further)

    def _targets(self, callee: object) -> Iterator[FunctionSymbol]:
        target = callee.target if isinstance(callee, Reference) else None
        if isinstance(target, FunctionSymbol):
            yield target
        elif isinstance(target, ClassSymbol):
            for one in ancestry(self.program.evaluator, target):
                for statement in one.node.body if isinstance(one, ClassSymbol) else ():
                    if isinstance(statement, ast.FunctionDef) and statement.name in CONSTRUCTORS:
                        found = self.program.evaluator.definition(statement, one.scope).target
                        if isinstance(found, FunctionSymbol):
                            yield found

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


def definitions_of(value: object) -> Iterator[FunctionSymbol]:
    """Yield the project's functions that a value may be, or that a list of it holds."""
    from deploycheck.python.values import Listing, Value

    if isinstance(value, Value):
        found = peel(value)
        for item in found.items if isinstance(found, Listing) else (value,):
            yield from (d for d in definitions(item) if isinstance(d, FunctionSymbol))


def own(program: Program, scope: Scope) -> Iterator[tuple[ast.AST, Scope]]:
    """Yield the nodes that running a scope's body runs, class bodies and decorators included, with their scope."""
    stack: list[tuple[ast.AST, Scope]] = [(s, scope) for s in reversed(_body(scope))]
    while stack:
        node, inside = stack.pop()
        yield node, inside
        if isinstance(node, ast.ClassDef):
            inner = program.evaluator.scope_of(inside.module, node, inside)
            stack.extend((s, inner) for s in reversed(node.body))
            stack.extend((d, inside) for d in node.decorator_list)
        elif isinstance(node, FUNCTIONS):
            stack.extend((d, inside) for d in getattr(node, "decorator_list", ()))
            stack.extend((d, inside) for d in (*node.args.defaults, *node.args.kw_defaults) if d is not None)
        else:
            stack.extend((c, inside) for c in reversed(list(ast.iter_child_nodes(node))))


def _body(scope: Scope) -> Sequence[ast.AST]:
    return [scope.node.body] if isinstance(scope.node, ast.Lambda) else scope.node.body


def _imported(program: Program, node: ast.Import | ast.ImportFrom, module: Module) -> Iterator[str]:
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    else:
        base = absolute_name(node, module)
        names = [base, *(f"{base}.{a.name}" if base else a.name for a in node.names)]
    for name in names:
        path = program.modules.find_path(name, module.path) if name else None
        if path is not None:
            yield path


def _for_types_only(scope: Scope, node: ast.AST) -> bool:
    return any(
        isinstance(s, ast.If) and "TYPE_CHECKING" in ast.unparse(s.test) and contains(s, node)
        for s in getattr(scope.node, "body", [])
    )


def _is_event(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value in EVENTS


def _starts(decorator: ast.expr) -> bool:
    call = decorator if isinstance(decorator, ast.Call) else None
    func = call.func if call is not None else decorator
    name = func.attr if isinstance(func, ast.Attribute) else ""
    if name in {"on_event", "listener"} and call is not None:
        return bool(call.args) and _is_event(call.args[0])
    return name in DECORATORS


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
            yield from tries_around(list(ast.iter_child_nodes(statement)), node)


def is_caught(scope: Scope, node: ast.AST) -> bool:
    """Tell whether an exception at a node is caught in its own scope, and not raised again."""
    return any(
        any(not (handled(h) & HARMLESS) and not raises(h.body) for h in each.handlers)
        for each in tries_around(list(getattr(scope.node, "body", [])), node)
    )


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
            case ast.Try() if (
                raises(statement.finalbody) or raises(statement.body) and not statement.handlers
            ):
                return True
    return False


_KNOWN: WeakKeyDictionary[Program, dict[tuple[str, int], StartUp]] = WeakKeyDictionary()


def start_up_of(deployment: Deployment) -> StartUp:
    """Return a deployment's start-up, followed once."""
    kept = _KNOWN.setdefault(deployment.program, {})
    key = (deployment.name, id(deployment.environment))
    if key not in kept:
        kept[key] = StartUp(deployment)
    return kept[key]


__all__ = [
    "Run",
    "StartUp",
    "handled",
    "is_caught",
    "own",
    "raises",
    "scope_at",
    "start_up_of",
    "tries_around",
]
