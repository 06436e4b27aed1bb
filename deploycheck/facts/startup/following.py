"""How start-up reaches a place: the graph, with its tests decided under the environment when asked."""

from __future__ import annotations

import ast
import copy
import re
from functools import cached_property
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from deploycheck.facts.databases.guards import asks_backend, holds_on
from deploycheck.facts.startup.catching import is_caught, only_raises
from deploycheck.facts.startup.graph import Edge, Follower, Key, before_yield, under
from deploycheck.facts.startup.run import Run
from deploycheck.python.flow import Flow
from deploycheck.python.resolution import holds, resolve, truth_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from deploycheck.facts.deployments import Deployment
    from deploycheck.python.flow import Condition
    from deploycheck.python.program import Program
    from deploycheck.python.scopes import Scope
    from deploycheck.python.values import Lookup

SHOWN = 6
"""Steps of the way that are shown, the last ones."""


class StartUp:
    """The start-up of one deployment, followed from what its server loads.

    Nothing is followed where it is not known what is started.
    """

    def __init__(self, deployment: Deployment) -> None:
        """Build the graph; no test is decided before it is asked for."""
        self._deployment = deployment
        self._decide: Callable[[Condition], bool | None] = self._on_backend
        self.program: Program = deployment.program
        self.environment = deployment.environment
        self.within = deployment.modules
        self._follower = Follower(deployment)
        self.graph = self._follower.graph
        self._runs: dict[Key, Run | None] = {}
        self._conditions: dict[tuple[int, int], tuple[Scope, ast.AST, tuple[Condition, ...]]] = {}

    def scopes(self) -> Iterator[Scope]:
        """Yield the scope of each module and function that start-up may run."""
        for path in sorted(self.graph.modules):
            yield self.program.evaluator.module_scope(self.graph.modules[path])
        for symbol in self.graph.functions.values():
            yield symbol.scope

    def runs(self, scope: Scope) -> bool:
        """Tell whether start-up may run a scope's body."""
        return self.graph.key_of(scope) is not None

    def run_of(self, scope: Scope, node: ast.AST) -> Run | None:
        """Return how start-up reaches a node of a scope; None when it does not."""
        around = self.run_around(scope, node)
        verdict = self.verdict(self.conditions(scope, node)) if around is not None else False
        if around is None or verdict is False:
            return None
        return Run(around.sure and verdict is True, around.caught, around.steps, around.beside)

    def run_around(self, scope: Scope, node: ast.AST) -> Run | None:
        """Return how start-up reaches a node's function or module, whatever the tests in that say."""
        key = self.graph.key_of(scope)
        if key is None or not before_yield(scope, node) or self._is_under_main(scope, node):
            return None
        around = self._run(key)
        if around is None:
            return None
        return Run(around.sure, around.caught or is_caught(scope, node), around.steps, around.beside)

    def _is_under_main(self, scope: Scope, node: ast.AST) -> bool:
        return scope.module.path != self._follower.script and under(scope, node, "__name__")

    def conditions(self, scope: Scope, node: ast.AST) -> tuple[Condition, ...]:
        """Return the tests that must hold in the node's own function or module."""
        key = (id(scope), id(node))
        if key not in self._conditions:
            self._conditions[key] = (scope, node, self._tests(scope, node))
        return self._conditions[key][2]

    def verdict(self, conditions: tuple[Condition, ...]) -> bool | None:
        """Tell whether tests hold in production; None where one is left open."""
        verdict = holds(conditions, self.environment)
        if verdict is not None:
            return verdict
        verdicts = [self._one_verdict(c) for c in conditions]
        if False in verdicts:
            return False
        return None if None in verdicts else True

    def _one_verdict(self, condition: Condition) -> bool | None:
        verdict = holds((condition,), self.environment)
        return self._decide(condition) if verdict is None else verdict

    def _on_backend(self, condition: Condition) -> bool | None:
        """Decide a test of the backend's name by what production opens."""
        return holds_on(condition, self._backends) if asks_backend(condition) else None

    @cached_property
    def _backends(self) -> frozenset[str]:
        return self._deployment.selection.now.backends

    def deciding(self, decide: Callable[[Condition], bool | None]) -> StartUp:
        """Return the same start-up under a caller's own opinion of tests that are else left open."""
        other = copy.copy(self)
        other._runs = {}  # noqa: SLF001 - a copy of its own
        other._decide = lambda c: first if (first := self._decide(c)) is not None else decide(c)  # noqa: SLF001 - the same
        return other

    def _tests(self, scope: Scope, node: ast.AST) -> tuple[Condition, ...]:
        found = _tests_around(self.program, scope, node)
        is_script = scope.module.path == self._follower.script
        kept = (c for c in found if not (is_script and "__name__" in c.text))
        return tuple(
            c for c in kept if not (c.text.startswith("try:") and only_raises(scope.module.tree, c.at.line))
        )

    def _run(self, key: Key) -> Run | None:
        """Return the surest way into a function or module; a way that a test rules out is none."""
        if key not in self._runs:
            self._runs[key] = None
            best: Run | None = None
            for edge in self.graph.edges.get(key, ()):
                run = self._along(edge)
                if run is not None and (best is None or best.rank < run.rank):
                    best = run
                if best is not None and best.fatal:
                    break
            self._runs[key] = best
        return self._runs[key]

    def _along(self, edge: Edge) -> Run | None:
        steps = (edge.step,) if edge.step is not None else ()
        if edge.source is None:
            return Run(sure=True, steps=steps)
        before = self._run(edge.source)
        if before is None:
            return None
        verdict: bool | None = True
        if edge.scope is not None and edge.node is not None:
            verdict = self.verdict(self.conditions(edge.scope, edge.node))
        if verdict is False:
            return None
        return Run(
            before.sure and verdict is True,
            before.caught or edge.caught,
            (*before.steps, *steps)[-SHOWN:],
            before.beside or edge.beside,
        )


def off_by_default(condition: Condition, lookup: Lookup) -> bool:
    """Tell whether a test is one that nothing turns on: its own default decides against what it guards.

    One that asks for production is none, for that is what the deployer sets.
    """
    if condition.test is None or re.search(r"(?i)prod|live|deploy|stag", condition.text):
        return False
    truth = truth_of(resolve(condition.test, lookup).value)
    return truth is not None and truth != condition.wanted


def _tests_around(program: Program, scope: Scope, node: ast.AST) -> tuple[Condition, ...]:
    """Return the tests around a node in its own function or module, found once for all deployments."""
    kept = _TESTS.setdefault(program, {})
    key = (id(scope), id(node))
    if key not in kept:
        kept[key] = (scope, node, _follow_out(program, scope, node))
    return kept[key][2]


def _follow_out(program: Program, scope: Scope, node: ast.AST) -> tuple[Condition, ...]:
    found: tuple[Condition, ...] = ()
    inner: ast.AST = node
    current: Scope | None = scope
    while current is not None:
        if not isinstance(current.node, ast.Lambda):
            found = (*Flow(program.evaluator, current).conditions(inner), *found)
        if current.is_function:
            break
        inner, current = current.node, current.parent
    return found


_TESTS: WeakKeyDictionary[Program, dict[tuple[int, int], tuple[Scope, ast.AST, tuple[Condition, ...]]]] = (
    WeakKeyDictionary()
)
_KNOWN: WeakKeyDictionary[Program, dict[tuple[str, int], StartUp]] = WeakKeyDictionary()


def start_up_of(deployment: Deployment) -> StartUp:
    """Return a deployment's start-up, followed once."""
    kept = _KNOWN.setdefault(deployment.program, {})
    key = (deployment.name, id(deployment.environment))
    if key not in kept:
        kept[key] = StartUp(deployment)
    return kept[key]
