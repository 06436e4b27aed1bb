"""What an environment leaves out or gets wrong, so that the code stops: each variable once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.facts.databases.pools import needed_url
from deploycheck.facts.variables.model import Read, Stop, setting_of
from deploycheck.facts.variables.reading import variables_of
from deploycheck.findings import Step
from deploycheck.python.resolution import Resolved, holds, resolve, told_once, truth_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.facts.deployments import Deployment
    from deploycheck.facts.environment import Environment
    from deploycheck.findings import Location
    from deploycheck.python.values import Failure, Setting, Variable


@dataclass(frozen=True, slots=True)
class Need:
    """A variable without which start-up stops, that the environment does not set.

    `certain` is False where it may be set out of sight.
    """

    name: str
    at: Location
    text: str
    trail: tuple[Step, ...]
    certain: bool


@dataclass(frozen=True, slots=True)
class Refusal:
    """A variable whose value the code refuses. `at_start` tells whether that stops the start-up."""

    name: str
    setting: Setting
    at: Location
    text: str
    trail: tuple[Step, ...]
    at_start: bool
    certain: bool


def needs_of(deployment: Deployment, environment: Environment) -> tuple[Need, ...]:
    """Return what start-up certainly cannot do without and an environment does not set, each name once."""
    found: dict[str, Need] = {}
    variables = variables_of(deployment)
    for read in variables.reads:
        if read.run is not None and read.run.fatal and not read.caught:
            for need in _of_read(read, environment):
                found.setdefault(need.name, need)
    for stop in variables.stops:
        if stop.run.fatal and holds(stop.conditions, environment) is True:
            for need in _of_stop(stop, environment):
                found.setdefault(need.name, need)
    for need in _of_urls(deployment, environment):
        found.setdefault(need.name, need)
    return tuple(n for n in found.values() if n.name not in environment.maybe)


def _of_urls(deployment: Deployment, environment: Environment) -> Iterator[Need]:
    """Yield the URLs that start-up gives to `create_engine` and that are None: it takes a text or a URL."""
    start_up = variables_of(deployment).start_up
    for engine in deployment.engines:
        variable = needed_url(engine.url) if engine.kind in {"sync", "async"} else None
        if variable is None or engine.call is None or setting_of(variable, environment) is not None:
            continue
        run = start_up.run_of(engine.call.scope, engine.call.node)
        if run is not None and run.fatal and holds(engine.conditions, environment) is True:
            trail = told_once(
                (*run.steps, *resolve(variable, environment).trail, Step(engine.text, engine.at))
            )
            certain = all(environment.settled(n) for n in variable.names)
            yield Need(variable.name, engine.at, engine.text, trail, certain)


def _of_read(read: Read, environment: Environment) -> Iterator[Need]:
    resolved = read.resolved(environment)
    failure = resolved.failure
    if failure is None or holds(read.conditions, environment) is not True:
        return
    for variable in _absent(failure, resolved):
        if not any(n in environment.maybe for n in variable.names):
            certain = resolved.certain and all(environment.settled(n) for n in variable.names)
            yield Need(variable.name, read.at, read.text, _trail(resolved, read.text, read.at, read), certain)


def _absent(failure: Failure, resolved: Resolved) -> list[Variable]:
    """Return the unset variables that a failure is about; none when it is about a value that is set."""
    if failure.variable is not None:
        return [failure.variable] if failure.setting is None and failure.kind == "missing" else []
    unset = [v for v, s in resolved.settings if s is None]
    return unset[-1:]


def _trail(resolved: Resolved, text: str, at: Location, read: Read) -> tuple[Step, ...]:
    steps = read.run.steps if read.run is not None else ()
    return told_once((*steps, *resolved.trail, Step(text, at)))


def _of_stop(stop: Stop, environment: Environment) -> Iterator[Need]:
    decided = [resolve(c.test, environment) for c in stop.conditions if c.test is not None]
    unset = _unset(stop, environment)
    certain = all(d.certain for d in decided)
    steps = tuple(s for d in decided for s in d.trail)
    for variable in unset:
        trail = told_once((*stop.run.steps, *steps, Step(stop.text, stop.at)))
        yield Need(variable.name, stop.at, stop.text, trail, certain)


def _unset(stop: Stop, environment: Environment) -> list[Variable]:
    """Return the variables whose absence leads into a stop: those with nothing in place of a value first."""
    unset = [v for v in stop.variables if setting_of(v, environment) is None]
    empty = [v for v in unset if v.default is None or truth_of(resolve(v, environment).value) is False]
    return list({v.name: v for v in (empty or unset)}.values())


def refusals_of(deployment: Deployment) -> Iterator[Refusal]:
    """Yield each value of the environment that the code (or the server itself) refuses."""
    environment = deployment.environment
    variables = variables_of(deployment)
    for value in deployment.server.start_up if deployment.server is not None else ():
        resolved = resolve(value, environment)
        failure = resolved.failure
        if failure is not None and failure.variable is not None and failure.setting is not None:
            at = failure.setting.location or deployment.at
            text = f"{deployment.server.program if deployment.server else ''}: {failure.message}"
            yield Refusal(
                failure.variable.name,
                failure.setting,
                at,
                text,
                resolved.trail,
                at_start=True,
                certain=resolved.certain,
            )
    for read in variables.reads:
        yield from _refused(read, environment)
    for stop in variables.stops:
        if stop.run.fatal and holds(stop.conditions, environment) is True and not _unset(stop, environment):
            yield from _refused_by(stop, environment)


def _refused(read: Read, environment: Environment) -> Iterator[Refusal]:
    if (
        read.caught
        or (read.run is not None and read.run.caught)
        or holds(read.conditions, environment) is not True
    ):
        return
    resolved = read.resolved(environment)
    failure = resolved.failure
    if failure is None or _absent(failure, resolved):
        return
    pairs = [(v, s) for v, s in resolved.settings if s is not None and s.text is not None]
    if failure.variable is not None and failure.setting is not None:
        pairs = [(failure.variable, failure.setting)]
    if pairs:
        variable, setting = pairs[-1]
        trail = _trail(resolved, read.text, read.at, read)
        at_start = read.run is not None and read.run.fatal
        yield Refusal(variable.name, setting, read.at, read.text, trail, at_start, resolved.certain)


def _refused_by(stop: Stop, environment: Environment) -> Iterator[Refusal]:
    decided = [resolve(c.test, environment) for c in stop.conditions if c.test is not None]
    settings = [(v, s) for d in decided for v, s in d.settings if s is not None and s.text is not None]
    if settings:
        variable, setting = settings[-1]
        trail = told_once((*stop.run.steps, *(s for d in decided for s in d.trail), Step(stop.text, stop.at)))
        certain = all(d.certain for d in decided)
        yield Refusal(variable.name, setting, stop.at, stop.text, trail, at_start=True, certain=certain)
