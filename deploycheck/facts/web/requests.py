"""What runs for a request: the functions of the project that handlers and middleware lead to."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.facts.web.following import RUNNERS, Entered, calls_in, entered, leads_to
from deploycheck.facts.web.objects import arms
from deploycheck.facts.web.properties import properties_read, property_names
from deploycheck.facts.web.syntax import call_at
from deploycheck.findings import Step
from deploycheck.python.scopes import ClassSymbol, FunctionSymbol, Point, Scope, defaults
from deploycheck.python.syntax import children_of, nodes_in
from deploycheck.python.values import Made

if TYPE_CHECKING:
    from deploycheck.facts.web.middleware import Middleware
    from deploycheck.facts.web.routes import Route
    from deploycheck.python.program import Program

MAX_LEVELS = 5
MAX_FUNCTIONS = 4000
METHODS = frozenset({"dispatch", "__call__"})
DEPENDENCIES = frozenset({"Depends", "Security", "Provide"})


@dataclass(frozen=True, slots=True, eq=False)
class Reached:
    """A function that some request runs, the handler it is reached from, and the calls that lead there."""

    entered: Entered
    handler: FunctionSymbol
    steps: tuple[Step, ...] = ()

    @property
    def scope(self) -> Scope:
        """The function's scope."""
        return self.entered.scope


def request_functions(
    program: Program, routes: Iterable[Route], middleware: Sequence[Middleware]
) -> tuple[Reached, ...]:
    """Return every function that requests run, each once, by the shortest way from a handler."""
    starts = {id(r.handler.node): r.handler for r in routes if r.handler is not None}
    for function in _of_middleware(program, middleware):
        starts.setdefault(id(function.node), function)
    ours, read = _callable_names(program), property_names(program)
    queue = [Reached(Entered(f.scope), f) for f in starts.values()]
    found: dict[tuple[int, int], Reached] = {}
    while queue and len(found) < MAX_FUNCTIONS:
        one = queue.pop(0)
        key = (id(one.scope.node), id(one.entered.receiver.target) if one.entered.receiver is not None else 0)
        if key in found:
            continue
        found[key] = one
        if len(one.steps) < MAX_LEVELS:
            queue.extend(_next(program, one, ours, read))
    return tuple(found.values())


def _of_middleware(program: Program, middleware: Sequence[Middleware]) -> Iterator[FunctionSymbol]:
    for one in middleware:
        if isinstance(one.target, FunctionSymbol):
            yield one.target
        elif isinstance(one.target, ClassSymbol):
            for node in one.target.node.body:
                if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name in METHODS:
                    target = program.evaluator.definition(node, one.target.scope).target
                    if isinstance(target, FunctionSymbol):
                        yield target


def _callable_names(program: Program) -> frozenset[str]:
    """Return every name that calling may run code of the project: most calls are a library's, and skipped."""
    names: set[str] = set(RUNNERS)
    for module in program.app_modules():
        stack: list[ast.AST] = [module.tree]
        while stack:
            for node in children_of(stack.pop()):
                if isinstance(node, ast.ImportFrom):
                    names.update(a.asname for a in node.names if a.asname)
                elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                    names.add(node.name)
                if isinstance(node, (ast.stmt, ast.ExceptHandler, ast.match_case)):
                    stack.append(node)
    return frozenset(names)


def _last_name(func: ast.expr) -> str:
    return func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")


def _next(program: Program, one: Reached, ours: frozenset[str], read: frozenset[str]) -> Iterator[Reached]:
    for scope in (one.scope, *_inner(program, one.scope)):
        for node, where in calls_in(program, scope):
            if _last_name(node.func) not in ours:
                continue
            call = call_at(program, where.module, node, where)
            step = Step(where.module.source(node), call.location)
            for target in leads_to(program, call):
                yield Reached(target, one.handler, (*one.steps, step))
    for place, target in properties_read(program, one.scope, read):
        step = Step(one.scope.module.source(place), one.scope.module.location(place))
        yield Reached(target, one.handler, (*one.steps, step))
    for target in _dependencies(program, one.scope):
        step = Step("a dependency of the handler", one.scope.module.location(one.scope.node))
        yield Reached(target, one.handler, (*one.steps, step))


def _inner(program: Program, scope: Scope) -> Iterator[Scope]:
    """Yield the functions defined in a function's body: a stream's generator, a worker for a thread."""
    for node in nodes_in(scope.node):
        if node is not scope.node and isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield program.evaluator.scope_of(scope.module, node, scope)


def _dependencies(program: Program, scope: Scope) -> Iterator[Entered]:
    """Yield what `Depends(function)` in a parameter's default, or in its annotation, runs."""
    function = scope.node
    if not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return
    point = Point(scope.parent or scope)
    annotated = [n for p in function.args.args for n in _calls(p.annotation)]
    for expression in (*defaults(function).values(), *annotated):
        for arm, _ in arms(program.evaluate(expression, point)):
            if isinstance(arm, Made) and arm.callee.rpartition(".")[2] in DEPENDENCIES and arm.arguments:
                yield from entered(program, arm.arguments[0])


def _calls(annotation: ast.expr | None) -> Iterator[ast.expr]:
    if annotation is not None:
        yield from (n for n in nodes_in(annotation) if isinstance(n, ast.Call))
