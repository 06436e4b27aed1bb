"""Worker classes: one that cannot serve this app, and one that is on its way out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.checks.applies import a_server, a_web_app
from deploycheck.checks.wrk.numbers import server_of
from deploycheck.facts.editing import with_words
from deploycheck.facts.rewording import reworded
from deploycheck.facts.server.speaks import Spoken, spoken
from deploycheck.facts.versions import may_reach, with_requirement
from deploycheck.facts.web.serving import served_interface
from deploycheck.findings import Draft, Edit, Fix, Location, Severity, Step
from deploycheck.python.resolution import resolve
from deploycheck.rules import Reads, rule

if TYPE_CHECKING:
    from deploycheck.facts.deployments import Deployment
    from deploycheck.facts.web.apps import App
    from deploycheck.project import Project
    from deploycheck.python.resolution import Resolved

NEW_PACKAGE = "uvicorn-worker"
NEW_MODULE = "uvicorn_worker"
OLD_MODULE = "uvicorn.workers"
DEPRECATED_SINCE = "0.30"
ASGI_CLASS = f"{NEW_MODULE}.UvicornWorker"


@rule(
    "WRK004",
    "worker-class",
    severity=Severity.CRITICAL,
    debt="DEPLOY-4",
    reads=Reads.PYTHON | Reads.MANIFESTS,
    requires=(a_server, a_web_app),
)
def worker_class(project: Project) -> Iterator[Draft]:
    """Every request fails: the server calls the app in a way that the app does not understand.

    **Why.** FastAPI, Starlette, Litestar and Quart speak ASGI; Flask, Dash, Bottle and
    Django's `wsgi.py` speak WSGI. gunicorn's own workers (sync, gthread, gevent) call WSGI apps, and an
    ASGI app then answers each request with 500. The process starts, so the deployment looks fine.

    **Fix.** For an ASGI app `-k uvicorn_worker.UvicornWorker` (package uvicorn-worker), or `--interface asgi`
    for granian. For a WSGI app gunicorn's default class, or the app wrapped in `a2wsgi.WSGIMiddleware`.

    **Silent when** the app's kind is not certain (an unknown wrapper, a class with its own `__call__`), the
    worker class is not known, or the server takes both (hypercorn).

    Source: tried with gunicorn 27.0.1, uvicorn 0.54.0, granian 2.8.7 and waitress 3.0.2.
    """
    for deployment in project.deployments:
        server = deployment.server
        if server is None or server.target is None:
            continue
        calls = spoken(project.program, server, deployment.environment)
        served = served_interface(project.program, deployment.apps, server.target)
        if calls is not None and served is not None and calls.interface != served[1]:
            yield _misfit(project, deployment, calls, *served)


def _misfit(project: Project, deployment: Deployment, calls: Spoken, app: App, interface: str) -> Draft:
    server = server_of(deployment)
    how = _how(calls, server.program)
    return Draft(
        message=(
            f"Every request fails: {server.program} calls the app through {calls.interface.upper()}{how}, "
            f"and {server.target} is a {app.kind} app that speaks {interface.upper()}."
        ),
        at=_option_at(calls.resolved) or deployment.at,
        subject=f"{deployment.name}: {server.target}",
        trail=(*calls.trail, Step(f"{server.target} is made here by {app.library}", app.at)),
        certain=calls.certain and _settled(deployment, calls) and server.certain and not deployment.tentative,
        fix=_fitting(project, deployment, calls, interface),
    )


def _settled(deployment: Deployment, calls: Spoken) -> bool:
    """Tell whether nothing unseen can choose another class: GUNICORN_CMD_ARGS beats gunicorn's default."""
    default = server_of(deployment).program == "gunicorn" and _option_at(calls.resolved) is None
    return not default or deployment.environment.settled("GUNICORN_CMD_ARGS")


def _how(calls: Spoken, program: str) -> str:
    if not calls.by:
        return ""
    return f" (worker class {calls.by})" if program == "gunicorn" else f" (interface {calls.by})"


def _option_at(resolved: Resolved | None) -> Location | None:
    """Return the place in the files that decides an option; None for a built-in default."""
    if resolved is None:
        return None
    return next((s.location for s in reversed(resolved.trail) if s.location is not None), None)


def _fitting(project: Project, deployment: Deployment, calls: Spoken, interface: str) -> Fix:
    program = server_of(deployment).program
    if program == "granian":
        return _option(project, deployment, calls, ("--interface", interface))
    if program == "gunicorn" and interface == "asgi":
        return _option(project, deployment, calls, ("-k", ASGI_CLASS))
    if program == "gunicorn":
        return _option(project, deployment, calls, ("-k", "gthread"))
    if program == "uvicorn" and interface == "wsgi":
        return Fix("start a WSGI app with gunicorn, or wrap it in a2wsgi.WSGIMiddleware for uvicorn")
    return Fix(f"start the app with a server that speaks {interface.upper()}")


def _option(project: Project, deployment: Deployment, calls: Spoken, words: tuple[str, str]) -> Fix:
    """Return the fix that gives an option its right value: in its own place, or by new words."""
    new_class = words[1] == ASGI_CLASS
    remedy = f"start it with `{' '.join(words)}`{f' and require {NEW_PACKAGE}' if new_class else ''}"
    at = _option_at(calls.resolved)
    if at is not None:
        edits = reworded(project.tree, at, calls.by, words[1])
    else:
        command = server_of(deployment).command
        edits = with_words(project.tree, command, words) if command is not None else ()
    more = _requiring(project, deployment) if new_class else ()
    return Fix(remedy, (*edits, *more) if edits else ())


def _requiring(project: Project, deployment: Deployment) -> tuple[Edit, ...]:
    if NEW_PACKAGE in deployment.installed.everything:
        return ()
    for beside in ("uvicorn", "gunicorn"):
        edits = with_requirement(project.tree, deployment.installed, beside, NEW_PACKAGE)
        if edits:
            return edits
    return ()


@rule(
    "WRK006",
    "deprecated-class",
    severity=Severity.LOW,
    debt="DEPLOY-4",
    reads=Reads.PYTHON | Reads.MANIFESTS,
    requires=(a_server,),
)
def deprecated_class(project: Project) -> Iterator[Draft]:
    """Uvicorn deprecates the worker class that gunicorn starts, and will remove it.

    **Why.** Each worker prints a DeprecationWarning, and the uvicorn release that drops the module makes the
    next deployment fail at its start.

    **Fix.** Require `uvicorn-worker` and start gunicorn with `-k uvicorn_worker.UvicornWorker`.

    **Silent when** the requirements keep uvicorn below 0.30, or the class comes from uvicorn-worker.

    Source: importing `uvicorn.workers` of uvicorn 0.29.0 (no warning), 0.30.0, 0.30.6 and 0.54.0 (a warning).
    """
    for deployment in project.deployments:
        server = deployment.server
        if server is None or server.worker_class is None:
            continue
        resolved = resolve(server.worker_class, deployment.environment)
        name = resolved.data if resolved.known and isinstance(resolved.data, str) else ""
        old = name.startswith(f"{OLD_MODULE}.")
        if old and may_reach(deployment.installed, "uvicorn", DEPRECATED_SINCE):
            yield _deprecated(project, deployment, resolved, name)


def _deprecated(project: Project, deployment: Deployment, resolved: Resolved, name: str) -> Draft:
    at = _option_at(resolved) or deployment.at
    new = name.replace(OLD_MODULE, NEW_MODULE)
    edits = reworded(project.tree, at, name, new)
    required = NEW_PACKAGE in deployment.installed.everything
    more = _requiring(project, deployment)
    return Draft(
        message=f"Worker class {name} is deprecated since uvicorn {DEPRECATED_SINCE} and will be removed.",
        at=at,
        subject=f"{deployment.name}: {name}",
        trail=resolved.trail,
        certain=resolved.certain and not deployment.tentative,
        fix=Fix(
            f"start gunicorn with {new}, and require {NEW_PACKAGE}",
            (*edits, *more) if edits and (more or required) else (),
        ),
    )
