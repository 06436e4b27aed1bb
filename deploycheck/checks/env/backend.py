"""Which database production really opens: incomplete choices, silent fallbacks, two who decide."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.checks.applies import a_database
from deploycheck.facts.databases.backends import DRIVERS, GIVEN, NONE, SERVERS, SQLITE, is_server
from deploycheck.facts.environment import Kind
from deploycheck.findings import Draft, Edit, Fix, Location, Severity, Step
from deploycheck.rules import Reads, rule

if TYPE_CHECKING:
    from deploycheck.facts.databases.selection import Fallback, Opened, Selection
    from deploycheck.facts.deployments import Deployment
    from deploycheck.project import Project
    from deploycheck.python.values import Setting, Variable

TOLD = frozenset({Kind.SHELL, Kind.ENV_FILE})
"""Layers that stand for the live environment itself: what they leave out is not there."""

UNREACHABLE = "an unreachable server"
"""The subject of a fallback that no variable decides."""


@rule(
    "ENV001",
    "backend-incomplete",
    severity=Severity.CRITICAL,
    debt="DEPLOY-1",
    reads=Reads.PYTHON | Reads.MANIFESTS,
    requires=(a_database,),
)
def backend_incomplete(project: Project) -> Iterator[Draft]:
    """Production is told to use a database server, and a variable that the server needs is set nowhere.

    **Why.** The app either stops at its start or, worse, opens another database and loses what is
    written there at the next restart. Nobody is told which.

    **Fix.** Set the missing variables where the deployment is described. On Databricks Apps attach a
    database resource, which injects PGHOST, PGPORT, PGDATABASE, PGUSER and PGSSLMODE. Then make the
    app refuse to start without them.

    **Silent when** no variable selects a server, the missing names are ones that the platform injects
    when a resource is attached and nothing shows that none is, or the code has a default for them.

    Source: the value that each variable has in the layers of the environment, and the code's own tests.
    """
    for deployment in project.deployments:
        selected = deployment.selection.selected
        missing = _missing(deployment, selected) if selected is not None else ()
        if selected is not None and missing:
            yield _incomplete(deployment, selected, missing)


def _missing(deployment: Deployment, selected: Setting) -> tuple[Variable, ...]:
    missing = deployment.selection.missing
    layer = deployment.environment.layer_of(selected.name)
    if layer is not None and layer.kind in TOLD:
        return missing
    return tuple(v for v in missing if not any(n in deployment.environment.maybe for n in v.names))


def _incomplete(deployment: Deployment, selected: Setting, missing: tuple[Variable, ...]) -> Draft:
    environment = deployment.environment
    layer = environment.layer_of(selected.name)
    told = layer is not None and layer.kind in TOLD
    names = _listed([v.name for v in missing])
    verb = "is" if len(missing) == 1 else "are"
    after = _consequence(deployment.selection)
    read = next((v.at for v in missing if v.at is not None), deployment.at)
    trail = (
        Step(f"{selected.name} = {selected.text} ({selected.layer})", selected.location),
        *_now(deployment.selection),
    )
    return Draft(
        message=f"{selected.name}={selected.text} ({selected.layer}) selects a database server, "
        f"but {names} {verb} set nowhere: {after}",
        at=selected.location or read,
        subject=selected.name,
        trail=_once(trail),
        certain=(told or all(environment.settled(v.name) for v in missing)) and not deployment.tentative,
        fix=Fix(
            f"set {names} where the deployment is described, and stop at start-up while any is missing",
            question=f"Which values, or which attached resource, give {names} to this deployment?",
        ),
    )


def _consequence(selection: Selection) -> str:
    opened = selection.fallen
    if opened is not None:
        return f"the app opens SQLite instead ({_file(opened)}), and does not say so."
    if NONE in selection.now.backends:
        return "the app has no database URL at all."
    return "the app cannot connect."


def _file(opened: Opened) -> str:
    shape = opened.resolved.shape
    return shape.partition("://")[2].lstrip("/") or "in memory"


def _now(selection: Selection) -> tuple[Step, ...]:
    opened = selection.fallen or next(iter(selection.now.opened), None)
    return opened.resolved.trail if opened is not None else ()


def _once(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    return tuple(dict.fromkeys(steps))


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""


@rule(
    "ENV002",
    "silent-fallback",
    severity=Severity.CRITICAL,
    debt="DEPLOY-1",
    reads=Reads.PYTHON | Reads.MANIFESTS | Reads.REQUIREMENTS,
    requires=(a_database,),
)
def silent_fallback(project: Project) -> Iterator[Draft]:
    """Code that can use a database server opens SQLite, without a word, when its configuration is missing.

    **Why.** A forgotten or misspelt variable does not stop the deployment: everything seems to work,
    and the data goes into a file that the next restart deletes. The same happens where an `except` opens
    SQLite because the server could not be reached.

    **Fix.** Raise where the configuration is missing or unknown. Choose SQLite only when a variable
    says so by name, and only outside production.

    **Silent when** the app has no server to fall back from, production sets every variable that the
    fallback waits for, or a variable asks for SQLite by name.

    Source: the code's own choice, decided under production's environment without one variable at a time.
    """
    told: set[Location] = set()
    for deployment in project.deployments:
        draft = _fallback(deployment) or _when_unreachable(deployment)
        if draft is not None and draft.at not in told:
            if draft.subject == UNREACHABLE:
                told.add(draft.at)
            yield draft


def _when_unreachable(deployment: Deployment) -> Draft | None:
    """Return what is wrong where a handler of exceptions opens SQLite in place of a server."""
    if not _can_use_server(deployment) or _asks_for_sqlite(deployment):
        return None
    opened = deployment.selection.now.opened
    servers = {o.engine.at.path: o for o in opened if is_server(o.backend)}
    for one in opened:
        handlers = [c for c in one.engine.conditions if c.text.startswith("except")]
        server = servers.get(one.engine.at.path)
        if one.backend == SQLITE and handlers and server is not None:
            return Draft(
                message=(
                    f"When its database server cannot be reached at start-up, the app opens SQLite "
                    f"({_file(one)}) and does not say so."
                ),
                at=one.engine.at,
                subject=UNREACHABLE,
                trail=(
                    Step(server.engine.text, server.engine.at),
                    Step(handlers[-1].text, handlers[-1].at),
                    Step(one.engine.text, one.engine.at),
                ),
                severity=Severity.HIGH,
                fix=Fix(
                    "raise in the handler, so that the deployment fails and the old version keeps running"
                ),
            )
    return None


def _fallback(deployment: Deployment) -> Draft | None:
    selection = deployment.selection
    if not _can_use_server(deployment) or _asks_for_sqlite(deployment):
        return None
    open_ways = [f for f in selection.fallbacks if not _ruled_out(deployment, f)]
    now = selection.fallen
    on_it = now is not None and bool(selection.fallbacks or selection.selected)
    if not open_ways and not on_it:
        return None
    opened = now if on_it and now is not None else open_ways[0].outcome
    names = [f.variable for f in (open_ways or selection.fallbacks)]
    trail = opened.resolved.trail
    return Draft(
        message=_fallback_message(deployment, names, opened, on_it=on_it),
        at=_deciding(trail) or opened.engine.at,
        subject=deployment.name if len(names) > 1 else names[0] if names else deployment.name,
        trail=trail,
        certain=not on_it or (opened.resolved.certain and not deployment.tentative),
        severity=Severity.CRITICAL if on_it else Severity.HIGH,
        fix=_refuse(trail, names),
    )


def _can_use_server(deployment: Deployment) -> bool:
    """Tell whether the app is meant for a server: its code names one, or production installs a driver."""
    selection = deployment.selection
    if selection.with_server is None:
        return False
    backends = selection.under(selection.with_server).backends
    return bool(backends & SERVERS) or (
        GIVEN in backends and bool(deployment.installed.names & DRIVERS.keys())
    )


def _asks_for_sqlite(deployment: Deployment) -> bool:
    settings = (deployment.environment.lookup(n) for v in deployment.selection.variables for n in v.names)
    return any(s is not None and s.text is not None and SQLITE in s.text.lower() for s in settings)


def _ruled_out(deployment: Deployment, fallback: Fallback) -> bool:
    return _is_set(deployment, fallback.variable)


def _is_set(deployment: Deployment, name: str) -> bool:
    setting = deployment.environment.lookup(name)
    return setting is not None and setting.text != ""


def _fallback_message(deployment: Deployment, names: list[str], opened: Opened, *, on_it: bool) -> str:
    without = _listed(names) or "its configuration"
    file = _file(opened)
    verb = "is" if len(names) == 1 else "are"
    if not on_it:
        each = "it is" if len(names) == 1 else "any of them is"
        return (
            f"The app needs {without}; when {each} missing or empty "
            f"it opens SQLite ({file}) and does not say so."
        )
    unset = all(not _is_set(deployment, n) for n in names)
    if opened.resolved.certain and not unset:
        return (
            f"Production opens SQLite ({file}) and does not say so: "
            f"the code does not know what {without} {verb} set to."
        )
    if opened.resolved.certain:
        return f"Production opens SQLite ({file}) and does not say so, because {without} {verb} not set."
    return (
        f"Unless something outside these files sets {without}, "
        f"production opens SQLite ({file}) and does not say so."
    )


def _deciding(trail: tuple[Step, ...]) -> Location | None:
    """Return the step where the server is given up: a `return None`, else the first that names SQLite."""
    given_up = [s.location for s in trail if s.text in {"return None", "return"} and s.location is not None]
    named = [s.location for s in trail if SQLITE in s.text.lower() and s.location is not None]
    return next(iter((*given_up, *named)), None)


def _refuse(trail: tuple[Step, ...], names: list[str]) -> Fix:
    without = _listed(names) or "the configuration"
    remedy = f"raise when {without} is missing, so that the app does not start; choose SQLite only by name"
    step = next((s for s in trail if s.text in {"return None", "return"} and s.location is not None), None)
    if step is None or step.location is None:
        return Fix(
            remedy, question="Is SQLite ever right for this app in production? If not, the default can go."
        )
    indent = " " * (step.location.column - 1)
    line = f'{indent}raise RuntimeError("the database is not configured: set {without}")'
    return Fix(remedy, edits=(Edit(step.location.path, step.location.line, step.location.end_line, line),))
