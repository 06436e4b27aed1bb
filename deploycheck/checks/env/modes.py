"""Production that runs like a developer's machine: debug apps, reload, echo, development modes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.checks.applies import a_deployment
from deploycheck.facts.environment import Kind
from deploycheck.facts.variables import variables_of
from deploycheck.findings import Draft, Edit, Fix, Location, Severity, Step
from deploycheck.python.resolution import Resolved, holds, resolve, told_once, truth_of
from deploycheck.rules import Reads, rule
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from deploycheck.facts.deployments import Deployment
    from deploycheck.facts.web.apps import App
    from deploycheck.project import Project
    from deploycheck.python.values import Value

MODES = re.compile(r"(?i)^(?:\w+_)?(?:ENV|ENVIRONMENT|APP_ENV|APP_MODE|RUN_MODE|STAGE|DEPLOYMENT)$")
DEVELOPMENT = frozenset({"dev", "develop", "development", "local", "localhost", "debug", "test", "testing"})
OF_PRODUCTION = frozenset({Kind.IMAGE, Kind.MANIFEST, Kind.DECLARED, Kind.ENV_FILE})
_OFF = {"true": "false", "1": "0", "yes": "no", "on": "off"}
FALSE = frozenset({"", "0", "false", "no", "off", "n", "f"})


@rule(
    "ENV007",
    "debug-on",
    severity=Severity.HIGH,
    debt="DEPLOY-1",
    reads=Reads.PYTHON | Reads.MANIFESTS,
    requires=(a_deployment,),
)
def debug_on(project: Project) -> Iterator[Draft]:
    """Production runs with a debug switch on: a debug app, auto-reload, SQL echo or a development mode.

    **Why.** A debug app answers errors with its own source and variables. Auto-reload runs one process and
    watches every file. Echo writes each statement, with its values, into the log.

    **Fix.** Turn it off where it is decided; let the environment turn it on, off by default.

    **Silent when** the value is off or not decided under production's environment, the server that reads it
    is not the one that production starts, or only a development manifest asks for it.

    Source: starlette 1.10 and Flask 3 (what debug shows), uvicorn 0.54 (what reload does), SQLAlchemy 2.1.
    """
    for deployment in project.deployments:
        if not deployment.tentative:
            yield from _reload(project, deployment)
            yield from _debug_apps(project, deployment)
            yield from _echo(project, deployment)
            yield from _modes(deployment)


def _on(deployment: Deployment, value: Value | None) -> Resolved | None:
    """Return how a switch is known to be on, or None."""
    if value is None:
        return None
    resolved = resolve(value, deployment.environment)
    return resolved if resolved.known and truth_of(resolved.value) is True else None


def _reload(project: Project, deployment: Deployment) -> Iterator[Draft]:
    server = deployment.server
    resolved = _on(deployment, server.reload if server is not None else None)
    if server is None or resolved is None or _on(deployment, server.option("debug")) is not None:
        return
    yield Draft(
        message=f"Production starts {server.program} with auto-reload: one process that watches every file.",
        at=_last_place(resolved) or server.at,
        subject="reload",
        trail=resolved.trail,
        certain=resolved.certain and server.certain,
        fix=Fix("start the server without reload", edits=_off(project, resolved)),
    )


def _last_place(resolved: Resolved) -> Location | None:
    return next((s.location for s in resolved.trail if s.location is not None), None)


def _debug_apps(project: Project, deployment: Deployment) -> Iterator[Draft]:
    told: set[Location] = set()
    for app in deployment.apps:
        resolved = _on(deployment, app.keywords.get("debug"))
        if resolved is not None:
            yield _debug(project, app.at, resolved, f"{app.library.rpartition('.')[2]}(debug=…)")
            told.add(app.at)
    yield from _flask(project, deployment)


def _debug(project: Project, at: Location, resolved: Resolved, text: str) -> Draft:
    name = next((v.name for v, s in resolved.settings if s is not None), "")
    setting = next((s for _, s in resolved.settings if s is not None and s.location is not None), None)
    because = f", because {name}={setting.text} ({setting.layer})" if setting is not None else ""
    return Draft(
        message=f"The app runs in debug mode{because}: it answers errors with its own source and variables.",
        at=setting.location if setting is not None and setting.location is not None else at,
        subject=name or "debug",
        trail=told_once((*resolved.trail, Step(text, at))),
        certain=resolved.certain,
        fix=Fix(f"set {name} to false" if name else "turn debug off", edits=_off(project, resolved)),
    )


def _flask(project: Project, deployment: Deployment) -> Iterator[Draft]:
    apps = [a for a in deployment.apps if a.kind == "flask"]
    setting = deployment.environment.lookup("FLASK_DEBUG")
    layer = deployment.environment.layer_of("FLASK_DEBUG")
    if apps and setting is not None and layer is not None and (setting.text or "").lower() not in FALSE:
        yield Draft(
            message=f"FLASK_DEBUG={setting.text} ({setting.layer}) turns debug mode on.",
            at=setting.location or deployment.at,
            subject="FLASK_DEBUG",
            trail=(Step(f"FLASK_DEBUG = {setting.text}  ({setting.layer})", setting.location), *_made(apps)),
            fix=Fix("take FLASK_DEBUG out, or set it to 0"),
        )
    server = deployment.server
    resolved = _on(deployment, server.option("debug") if server is not None else None)
    if resolved is not None and server is not None:
        yield Draft(
            message="Production starts a development server in debug mode: errors show the app's own source.",
            at=_last_place(resolved) or server.at,
            subject="debug",
            trail=resolved.trail,
            certain=resolved.certain and server.certain,
            fix=Fix("start the app with gunicorn, and without debug", edits=_off(project, resolved)),
        )


def _made(apps: list[App]) -> tuple[Step, ...]:
    return tuple(Step("Flask(…)", a.at) for a in apps[:1])


def _echo(project: Project, deployment: Deployment) -> Iterator[Draft]:
    for engine in deployment.engines:
        value = engine.call.argument(None, "echo") if engine.call is not None else None
        resolved = _on(deployment, value)
        reached = holds(engine.conditions, deployment.environment)
        if resolved is None or reached is False:
            continue
        setting = next((s for _, s in resolved.settings if s is not None and s.location is not None), None)
        yield Draft(
            message="Every SQL statement goes into production's log with its values, because echo is on.",
            at=setting.location
            if setting is not None and setting.location is not None
            else _echo_place(resolved, engine.at),
            subject=f"{engine.at.path} echo",
            trail=told_once((*resolved.trail, Step(engine.text, engine.at))),
            certain=resolved.certain and reached is True,
            fix=Fix(
                "turn echo off, or let a variable turn it on that is off by default",
                edits=_off(project, resolved),
            ),
        )


def _echo_place(resolved: Resolved, at: Location) -> Location:
    place = resolved.value.at
    return place if place is not None else at


def _off(project: Project, resolved: Resolved) -> tuple[Edit, ...]:
    """Return the edit that turns a written `True` (or a variable's `true`) off, where it stands."""
    setting = next((s for _, s in resolved.settings if s is not None), None)
    if setting is not None:
        return _setting_off(project, setting.location, setting.text or "")
    place = resolved.value.at
    if place is None or place.end_column == 0:
        return ()
    try:
        line = project.tree.lines(place.path)[place.line - 1]
    except (ReadError, IndexError):
        return ()
    written = line[place.column - 1 : place.end_column - 1]
    if written != "True":
        return ()
    from deploycheck.facts.editing import replaced

    return replaced(project.tree, [(place, "False")])


def _setting_off(project: Project, at: Location | None, text: str) -> tuple[Edit, ...]:
    """Return the edit that turns a variable's `true` off where a file sets it."""
    off = _OFF.get(text.lower())
    if at is None or off is None:
        return ()
    try:
        line = project.tree.lines(at.path)[at.line - 1]
    except (ReadError, IndexError):
        return ()
    if at.path.endswith((".yaml", ".yml")):
        from deploycheck.facts.manifests.rewriting import with_value

        if edits := with_value(project.tree, at, off):
            return edits
    match = re.match(rf"(.*[=:]\s*[\"']?){re.escape(text)}([\"']?\s*(?:#.*)?)$", line)
    return (Edit(at.path, at.line, at.line, f"{match[1]}{off}{match[2]}"),) if match else ()


def _modes(deployment: Deployment) -> Iterator[Draft]:
    told: set[str] = set()
    for read in variables_of(deployment).reads:
        name = read.variable.name
        if name in told or not MODES.match(name) or re.search(r"(?i)database|db_|conda|virtual", name):
            continue
        layer = deployment.environment.layer_of(name)
        setting = deployment.environment.lookup(name)
        if layer is None or setting is None or layer.kind not in OF_PRODUCTION:
            continue
        if (setting.text or "").strip().lower() in DEVELOPMENT:
            told.add(name)
            yield Draft(
                message=f"{name}={setting.text} ({setting.layer}) makes production run as development.",
                at=setting.location or read.at,
                subject=name,
                trail=(
                    Step(f"{name} = {setting.text}  ({setting.layer})", setting.location),
                    Step(read.text, read.at),
                ),
                certain=True,
                fix=Fix(
                    f"set {name} to production's own name",
                    question=f"What does this app call production in {name}?",
                ),
            )
