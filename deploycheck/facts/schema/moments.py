"""When production gets to a place in the code: before the server, at start-up, or for a request."""

from __future__ import annotations

import ast
import enum
import posixpath
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from deploycheck.facts.databases.backends import SQLITE
from deploycheck.facts.server.executed import Executed
from deploycheck.facts.startup import off_by_default, start_up_of
from deploycheck.facts.web.following import RUNNERS
from deploycheck.facts.web.routes import find_routes
from deploycheck.findings import Step
from deploycheck.python.scopes import FunctionSymbol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.facts.deployments import Deployment
    from deploycheck.facts.manifests.model import Command
    from deploycheck.facts.startup import StartUp
    from deploycheck.python.flow import Condition
    from deploycheck.python.modules import Module
    from deploycheck.python.program import Call
    from deploycheck.python.scopes import Function

_DEVELOPING = re.compile(
    r"(?<![a-z])(?:dev|debug|development|test|testing|local|demo)(?![a-z])", re.IGNORECASE
)
_MOST_CALLERS = 200
_FARTHEST = 5
_RUNNERS = tuple(sorted(RUNNERS))
# A test of what the database has so far: what stands under it runs where that is not yet there.
_LOOKS = re.compile(
    r"inspect|has_table|has_column|get_columns|get_table|table_names|column|exist|information_schema|pragma"
    r"|present|missing|schema_version|user_version|sqlite_master| in \w+(?:\[|$)",
    re.IGNORECASE,
)


class Moment(enum.StrEnum):
    """When production runs a piece of code."""

    BEFORE = "before the server"
    STARTUP = "start-up"
    REQUEST = "request"


@dataclass(frozen=True, slots=True)
class Reach:
    """How production gets to a place: the moment, the calls that lead there, and whether it surely does.

    A test of what the database has so far leaves it sure: it will not have it somewhere. Of a request it is
    never sure: it takes one.
    """

    moment: Moment
    steps: tuple[Step, ...] = ()
    sure: bool = False


class Moments:
    """Answers for one deployment; each way is followed only when it is asked for."""

    def __init__(self, deployment: Deployment) -> None:
        """Follow nothing yet."""
        self.deployment = deployment
        self.program = deployment.program

    def paths(self) -> frozenset[str]:
        """Return the files that production may run: the app's, and those of scripts before it."""
        before = (self.program.reachable(module) for module, _ in self._scripts)
        return self.deployment.modules.union(*before)

    def of(self, call: Call) -> Reach | None:
        """Return how production first gets to a call; None where it does not, as far as can be followed."""
        return self._before.get(id(call.node)) or self._at_startup(call) or self._for_request(call)

    # -- before the server -------------------------------------------------------------------------

    @cached_property
    def _scripts(self) -> tuple[tuple[Module, Step], ...]:
        """The project's scripts that run before the server, and the command that starts each."""
        found = []
        for command, directory in self._commands():
            module = self._module(command, directory)
            if module is not None:
                found.append((module, Step(command.text or " ".join(command.words), command.at)))
        return tuple(found)

    def _commands(self) -> Iterator[tuple[Command, str]]:
        for process in (self.deployment.release, self.deployment.process):
            command = process.command if process is not None else None
            if process is None or command is None:
                continue
            for one in command.before:
                yield one, process.directory
            if process is self.deployment.release:
                yield command, process.directory

    def _module(self, command: Command, directory: str) -> Module | None:
        """Return the project's module that `python x.py` or `python -m x` runs."""
        words = list(command.words)
        if not words or not posixpath.basename(words.pop(0)).startswith("python"):
            return None
        while words and words[0].startswith("-") and words[0] != "-m":
            words.pop(0)
        if words[:1] == ["-m"]:
            name = words[1] if len(words) > 1 else ""
            return self.program.find_module(name, directory) if name else None
        return self._script(words[0], directory) if words else None

    def _script(self, path: str, directory: str) -> Module | None:
        """Return the module in a file; an absolute path is one of the image, and matched by its end."""
        if not path.startswith("/"):
            return self.program.module_at(posixpath.normpath(posixpath.join(directory, path)))
        parts = [p for p in path.split("/") if p]
        tails = (posixpath.join(directory, *parts[start:]) for start in range(len(parts)))
        return next((m for m in map(self.program.module_at, tails) if m is not None), None)

    @cached_property
    def _before(self) -> dict[int, Reach]:
        """The calls that the scripts before the server make, by their syntax."""
        found: dict[int, Reach] = {}
        for module, step in self._scripts:
            for site in Executed(self.program, module).module(module):
                found.setdefault(id(site.node), Reach(Moment.BEFORE, (step,), sure=True))
        return found

    # -- start-up ----------------------------------------------------------------------------------

    @cached_property
    def _start_up(self) -> StartUp:
        """The deployment's start-up, without what nothing turns on.

        A test for SQLite that is left open does not lead to a server.
        """
        only = self.deployment.selection.now.backends == {SQLITE}

        def decided(condition: Condition) -> bool | None:
            elsewhere = condition.wanted and not only and SQLITE in condition.text.lower()
            off = off_by_default(condition, self.deployment.environment)
            return False if elsewhere or off else None

        return start_up_of(self.deployment).deciding(decided)

    def _at_startup(self, call: Call) -> Reach | None:
        run = self._start_up.run_of(call.scope, call.node)
        if run is None:
            return None
        around = self._start_up.run_around(call.scope, call.node)
        conditions = self._start_up.conditions(call.scope, call.node)
        deciding = tuple(c for c in conditions if not _LOOKS.search(c.text))
        sure = around is not None and around.sure and self._start_up.verdict(deciding) is True
        return Reach(Moment.STARTUP, run.steps, sure)

    # -- requests ----------------------------------------------------------------------------------

    @cached_property
    def _handlers(self) -> dict[int, FunctionSymbol]:
        deployment = self.deployment
        routes = find_routes(self.program, deployment.apps, deployment.modules)
        return {id(r.handler.node): r.handler for r in routes if r.handler is not None}

    def _for_request(self, call: Call) -> Reach | None:
        """Look for a handler from the call upward: few functions lead to it, and many away from handlers."""
        if not self.deployment.apps:
            return None
        queue: list[tuple[Call, tuple[Step, ...]]] = [(call, ())]
        seen: set[int] = set()
        while queue and len(seen) < _MOST_CALLERS:
            one, steps = queue.pop(0)
            function = one.function
            if function is None or self._rules_out(one):
                continue
            handler = self._handlers.get(id(function))
            if handler is not None:
                at = handler.scope.module.location(handler.node)
                return Reach(Moment.REQUEST, (Step(f"{handler.name} answers requests", at), *steps))
            if id(function) in seen or len(steps) > _FARTHEST:
                continue
            seen.add(id(function))
            for caller in self._callers(function):
                step = Step(caller.module.source(caller.node), caller.location)
                queue.append((caller, (step, *steps)))
        return None

    def _rules_out(self, call: Call) -> bool:
        """Whether tests keep production's requests from a call: those for developers' machines do."""
        conditions = self.program.conditions(call.scope, call.node, 0)
        if self._start_up.verdict(conditions) is False:
            return True
        return any(_wants_development(c) and self._start_up.verdict((c,)) is None for c in conditions)

    def _callers(self, function: Function) -> Iterator[Call]:
        """Yield the calls of a function, and those that are handed it to run."""
        yield from self.program.calls_of(function)
        name = getattr(function, "name", "")
        for call in self.program.method_calls(*_RUNNERS, within=self.deployment.modules):
            for node in call.node.args:
                if name and _last_name(node) == name and self._is(node, call, function):
                    yield call

    def _is(self, node: ast.expr, call: Call, function: Function) -> bool:
        found = self.program.definition_of(self.program.evaluate(node, call.point))
        return isinstance(found, FunctionSymbol) and found.node is function


def _wants_development(condition: Condition) -> bool:
    """Tell whether a test asks for a developer's machine (`settings.debug`, `not CONFIG.dev_mode` left)."""
    negated = condition.text.startswith("not ") or "!=" in condition.text
    return _DEVELOPING.search(condition.text) is not None and condition.wanted is not negated


def _last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
