"""What runs before the first request: start-up functions of an app, and every call that they lead to."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.facts.web.following import calls_in, leads_to
from deploycheck.facts.web.guards import Guard, guards_around
from deploycheck.facts.web.objects import app_paths, definitions, items, together
from deploycheck.facts.web.search import Search, search
from deploycheck.facts.web.syntax import call_at, definitions_in, symbol_of
from deploycheck.findings import Step
from deploycheck.python.scopes import FunctionSymbol
from deploycheck.python.syntax import nodes_in

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from deploycheck.facts.web.apps import App
    from deploycheck.python.flow import Condition
    from deploycheck.python.program import Call, Program
    from deploycheck.python.scopes import Scope
    from deploycheck.python.values import Value

MAX_LEVELS = 6
MAX_CALLS = 20_000
EVENTS = frozenset({"startup", "before_server_start", "after_server_start"})
LISTS = ("lifespan", "on_startup", "before_startup")
DECORATORS = frozenset({"before_first_request", "before_serving", "on_startup"})


@dataclass(frozen=True, slots=True, eq=False)
class StartupCall:
    """One call that runs before the first request.

    `chain` are the calls that lead to it, outermost first, itself left out: empty for one that stands in
    a module's own code or in a start-up function. `guards` are the `try` statements around it and around
    each call of the chain, outermost first. `phase` is `import` for what importing the app runs (a
    factory too), `startup` for what the server's start-up event runs.
    """

    call: Call
    phase: str
    chain: tuple[Call, ...] = ()
    guards: tuple[Guard, ...] = ()

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """The tests that must hold on the whole way for it to run."""
        hops = (*self.chain, self.call)
        return together(*(c.program.conditions(c.scope, c.node, 0) for c in hops))

    @property
    def swallowed(self) -> bool:
        """Whether an exception in it is caught on the way and start-up goes on."""
        return any(guard.swallows for guard in self.guards)

    def trail(self) -> tuple[Step, ...]:
        """Return the way to the call, a step for each call on it, the call itself last."""
        return tuple(Step(c.module.source(c.node), c.location) for c in (*self.chain, self.call))


def startup_functions(
    program: Program, app: App, within: Container[str] | None = None
) -> tuple[FunctionSymbol, ...]:
    """Return the functions that run when an app starts: lifespan, start-up events and hooks, in no order.

    Of a lifespan only what stands before its `yield` is start-up; `startup_calls` knows.
    """
    where = search(program, (app,), within)
    found = [*_listed(app), *_events(where, app), *_decorated(where, app)]
    return tuple({id(f.node): f for f in found}.values())


def _listed(app: App) -> Iterator[FunctionSymbol]:
    for name in LISTS:
        given = app.keywords.get(name)
        for item, _ in items(given) if given is not None else ():
            yield from _functions(item)


def _functions(value: Value | None) -> Iterator[FunctionSymbol]:
    if value is not None:
        yield from (d for d in definitions(value) if isinstance(d, FunctionSymbol))


def _events(where: Search, app: App) -> Iterator[FunctionSymbol]:
    """Find `app.add_event_handler("startup", f)` and `app.on_startup.append(f)`."""
    for call in where.method_calls("add_event_handler", "register_listener"):
        if app in where.owners(call.receiver()) and _names_startup(call.node):
            yield from (f for a in call.arguments().positional for f in _functions(a))
    for call in where.method_calls("append"):
        match call.node.func:
            case ast.Attribute(value=ast.Attribute(value=holder, attr="on_startup")):
                if app in where.owners(where.program.evaluate(holder, call.point)):
                    yield from _functions(call.argument(0))


def _names_startup(node: ast.Call) -> bool:
    return any(isinstance(a, ast.Constant) and a.value in EVENTS for a in node.args)


def _decorated(where: Search, app: App) -> Iterator[FunctionSymbol]:
    """Find `@app.on_event("startup")`, `@app.before_serving` and their like; routers' count for their app."""
    for module in where.modules_with("on_event", "listener", *DECORATORS):
        for defined in definitions_in(where.program, module):
            for node in defined.node.decorator_list:
                target = node.func if isinstance(node, ast.Call) else node
                if not isinstance(target, ast.Attribute) or not _is_startup(node, target.attr):
                    continue
                owners = where.owners(where.program.evaluate(target.value, defined.point))
                symbol = symbol_of(where.program, defined)
                if (app in owners or owners == (None,)) and isinstance(symbol, FunctionSymbol):
                    yield symbol


def _is_startup(node: ast.expr, name: str) -> bool:
    if name in {"on_event", "listener"}:
        return isinstance(node, ast.Call) and _names_startup(node)
    return name in DECORATORS


def startup_calls(
    program: Program, app: App, within: Container[str] | None = None, only: Container[str] | None = None
) -> tuple[StartupCall, ...]:
    """Return every call that runs before the app's first request, as far as the code can be followed.

    That is: the module-level code of every module that importing the app's module brings in, its factory,
    and its start-up functions; and what the project's own functions called there call, a few levels deep.
    With `only`, calls of other names are passed over, and what they lead to: to follow everything is dear.
    """
    paths = app_paths(program, within)
    walk = _Walk(program, only)
    reached = [
        p for p in sorted(program.reachable(app.module) | program.reachable(app.call.module)) if p in paths
    ]
    for path in reached:
        module = program.module_at(path)
        if module is not None:
            walk.scope(program.evaluator.module_scope(module), "import")
    if app.factory is not None:
        walk.scope(app.factory.scope, "import")
    for function in startup_functions(program, app, within):
        walk.scope(function.scope, "startup", before=_yield_line(function.node))
    return tuple(walk.found)


def _yield_line(function: ast.AST) -> int | None:
    lines = [n.lineno for n in nodes_in(function) if isinstance(n, ast.Yield)]
    return min(lines) if lines else None


class _Walk:
    """Follows calls from start-up code down; each function is followed once a phase."""

    def __init__(self, program: Program, only: Container[str] | None) -> None:
        self._program = program
        self._only = only
        self._seen: set[tuple[int, str]] = set()
        self.found: list[StartupCall] = []

    def scope(
        self, scope: Scope, phase: str, above: StartupCall | None = None, before: int | None = None
    ) -> None:
        if (id(scope.node), phase) in self._seen or len(self.found) > MAX_CALLS:
            return
        self._seen.add((id(scope.node), phase))
        for node, where in calls_in(self._program, scope):
            if before is not None and node.lineno > before:
                continue
            if self._only is not None and not any(n in self._only for n in _names(node)):
                continue
            one = self._one(node, where, phase, above)
            self.found.append(one)
            if len(one.chain) < MAX_LEVELS:
                for target in leads_to(self._program, one.call):
                    self.scope(target.scope, phase, one)

    def _one(self, node: ast.Call, scope: Scope, phase: str, above: StartupCall | None) -> StartupCall:
        call = call_at(self._program, scope.module, node, scope)
        guards = guards_around(scope, node)
        if above is None:
            return StartupCall(call, phase, (), guards)
        return StartupCall(call, phase, (*above.chain, above.call), (*above.guards, *guards))


def _names(node: ast.Call) -> Iterator[str]:
    """Yield the last names of what is called, and of what is handed over to be called."""
    for each in (node.func, *node.args, *(k.value for k in node.keywords)):
        if isinstance(each, (ast.Attribute, ast.Name)):
            yield each.attr if isinstance(each, ast.Attribute) else each.id
