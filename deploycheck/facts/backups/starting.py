"""What makes a function of the app run by itself: start-up, a scheduler, a thread; and on which tests."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from deploycheck.facts.startup import start_up_of
from deploycheck.findings import Step
from deploycheck.python.scopes import FunctionSymbol
from deploycheck.python.syntax import children_of, last_name
from deploycheck.python.values import Branch, Reference, peel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.facts.deployments import Deployment
    from deploycheck.facts.startup import StartUp
    from deploycheck.python.callers import Site
    from deploycheck.python.flow import Condition
    from deploycheck.python.scopes import Scope

HANDING = (
    *("Thread", "Process", "Timer", "add_job", "submit", "do", "call_later", "register", "add_event_handler"),
    *("start_soon", "add_periodic_task", "run_coroutine_threadsafe", "spawn", "create_task", "ensure_future"),
    *("partial", "add_task", "run", "run_in_executor", "run_in_threadpool", "run_sync", "run_until_complete"),
    *("to_thread", "append", "repeat_every", "gather", "BackgroundTask", "wrap", "suppress", "schedule"),
)
"""Calls that take a function and run it, now or later."""
SCHEDULERS = frozenset(
    {
        "scheduled_job",
        "repeat_every",
        "repeat_at",
        "crontab",
        "cron",
        "periodic_task",
        "interval",
        "job",
        "on_event",
    }
)
EVENTS = frozenset({"before_serving", "after_serving", "on_startup", "on_shutdown", "before_first_request"})
TASKS = frozenset({"task", "shared_task"})
MAX_HOPS = 8


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """One way in which a place comes to run: the tests and the calls on it, outermost first.

    `automated` is False where a person has to ask for it (a route, a command).
    """

    automated: bool
    conditions: tuple[Condition, ...] = ()
    steps: tuple[Step, ...] = ()


class Starts:
    """Follows back from a place of a deployment's code to what starts it."""

    def __init__(self, deployment: Deployment) -> None:
        """Follow through the modules that the deployment loads."""
        self.program = deployment.program
        self.within = deployment.modules
        self.whole = deployment.whole
        self._deployment = deployment

    @cached_property
    def _start_up(self) -> StartUp:
        return start_up_of(self._deployment)

    def ways(self, scope: Scope, node: ast.AST) -> tuple[Way, ...]:
        """Return every way to a node of a scope; none where nothing that is seen leads to it."""
        return tuple(self._to(scope, node, frozenset()))

    def _to(self, scope: Scope, node: ast.AST, seen: frozenset[int]) -> Iterator[Way]:
        if _guarded(scope, node):
            return
        own = self.program.conditions(scope, node, 0)
        step = Step(scope.module.source(node), scope.module.location(node))
        for way in self._into(scope, seen):
            yield Way(way.automated, (*way.conditions, *own), (*way.steps, step))

    def _into(self, scope: Scope, seen: frozenset[int]) -> Iterator[Way]:
        """Yield the ways into a function's or module's body."""
        holder = scope
        while not holder.is_function and holder.parent is not None:
            holder = holder.parent
        if not holder.is_function:
            if self._start_up.runs(holder) or (not self.whole and holder.module.path in self.within):
                yield Way(automated=True)
            return
        if id(holder.node) in seen or len(seen) > MAX_HOPS:
            return
        seen = seen | {id(holder.node)}
        yield from self._roots(holder)
        for site in self._references(holder):
            yield from self._to(site.scope, site.node, seen)

    def _roots(self, scope: Scope) -> Iterator[Way]:
        """Yield what runs a function without a call: the server's start, a decorator."""
        edges = self._start_up.graph.edges.get(id(scope.node), ())
        if any(edge.source is None or not isinstance(edge.node, ast.Call) for edge in edges):
            yield Way(automated=True)
        for decorator in getattr(scope.node, "decorator_list", ()):
            called = decorator.func if isinstance(decorator, ast.Call) else decorator
            name = last_name(called)
            step = Step(scope.module.source(decorator), scope.module.location(decorator))
            if name in SCHEDULERS or name in EVENTS:
                yield Way(automated=True, steps=(step,))
            elif name in TASKS:
                yield Way(automated=self._beats(getattr(scope.node, "name", "")), steps=(step,))
            elif isinstance(called, ast.Attribute) and name not in {"setter", "getter"}:
                yield Way(automated=False, steps=(step,))

    def _beats(self, name: str) -> bool:
        """Tell whether Celery's beat runs a task, by its name in a schedule."""
        modules = (self.program.module_at(path) for path in self.program.modules.paths)
        return any(
            m is not None and "schedule" in m.text and f"{name}" in m.text and "crontab" in m.text
            for m in modules
        )

    def _references(self, scope: Scope) -> Iterator[Site]:
        """Yield the calls that run a function, or hand it to what runs it."""
        function = scope.node
        name = str(getattr(function, "name", ""))
        if not name:
            return
        names = self.program.callers.renamed(name)
        for site in self.program.callers.named(*sorted(names)):
            if site.module.path in self.within and self._means(site.node.func, site, function):
                yield site
        for site in self.program.callers.named(*HANDING):
            if site.module.path in self.within:
                given = (*site.node.args, *(k.value for k in site.node.keywords))
                if any(last_name(a) in names and self._means(a, site, function) for a in given):
                    yield site

    def _means(self, expression: ast.expr, site: Site, function: ast.AST) -> bool:
        """Tell whether an expression is a function; a method of an object that is not known may be it."""
        owner = site.scope.enclosing_class() if site.scope.is_function else None
        match expression:
            case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name) if owner is not None:
                return any(s is function for s in owner.body if getattr(s, "name", "") == name)
        value = peel(self.program.evaluate(expression, site.point))
        options = value.leaves() if isinstance(value, Branch) else (value,)
        return any(
            isinstance(o, Reference) and isinstance(o.target, FunctionSymbol) and o.target.node is function
            for o in options
        )


def _guarded(scope: Scope, node: ast.AST) -> bool:
    """Tell whether a node of a module's body only runs when the file is started as a script."""
    if scope.is_function or not isinstance(scope.node, ast.Module):
        return False
    return any(
        isinstance(one, ast.If) and "__name__" in ast.unparse(one.test) and _holds(one, node)
        for one in scope.body
    )


def _holds(outer: ast.AST, inner: ast.AST) -> bool:
    return outer is inner or any(_holds(child, inner) for child in children_of(outer))
