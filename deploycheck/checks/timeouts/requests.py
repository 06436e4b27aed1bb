"""Requests that may take any time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.checks.applies import a_web_app
from deploycheck.checks.declared import no_declared_request_timeout
from deploycheck.facts.timeouts.requests import ASGI, bounded_by
from deploycheck.facts.timeouts.server import request_limit
from deploycheck.findings import Draft, Fix, Location, Severity, Step
from deploycheck.rules import Reads, rule

if TYPE_CHECKING:
    from deploycheck.facts.deployments import Deployment
    from deploycheck.facts.web.apps import App
    from deploycheck.project import Project

KINDS = ASGI | {"flask"}


@rule(
    "TIME001",
    "no-request-timeout",
    severity=Severity.LOW,
    debt="DEPLOY-12",
    reads=Reads.PYTHON,
    requires=(a_web_app, no_declared_request_timeout),
)
def no_request_timeout(project: Project) -> Iterator[Draft]:
    """Nothing bounds how long a request may take, so one that hangs keeps what it holds until a restart.

    **Why.** Each such request keeps its thread or task and its database connection; when all are taken, the
    app answers nobody. A platform that gives the caller up does not stop the work behind it.

    **Fix.** A middleware with `asyncio.timeout(…)` that answers 504, together with time-outs of the database
    (TIME004) and of calls to others (TIME003): those end the work, the middleware only the waiting. Do
    what takes longer in the background. For a WSGI app, gunicorn's `--timeout` with sync workers.

    **Silent when** installed middleware gives up on a request, gunicorn's sync workers do, or a proxy that
    the project configures (nginx after 60 seconds by itself) or whose bound the configuration's
    `request-timeout` tells; or some middleware, or the server of a WSGI
    app, is not known.

    Source: starlette 1.10 (`asyncio.timeout` in middleware: 504 in time, while handlers run on), gunicorn
    27.0.1 (`--timeout` ends requests of sync workers only), uvicorn 0.54.0 (none).
    """
    told: set[Location] = set()
    for deployment in project.deployments:
        app = deployment.app or next(iter(deployment.apps), None)
        if app is None or app.kind not in KINDS or app.at in told:
            continue
        if bounded_by(deployment, app, project.tree) is False:
            told.add(app.at)
            yield _open(deployment, app)


def _open(deployment: Deployment, app: App) -> Draft:
    limit = request_limit(deployment)
    platform = deployment.platform.name
    meanwhile = f"; {platform} gives the caller up after {limit} s, and the work runs on" if limit else ""
    server = deployment.server
    started = (Step(f"{server.program} bounds no request", server.at),) if server is not None else ()
    return Draft(
        message=(
            "Nothing bounds how long a request may take: one that hangs keeps its thread and its connections"
            f"{meanwhile}."
        ),
        at=app.at,
        subject=f"{app.at.path}: {app.name or app.library}",
        trail=started,
        certain=deployment.whole and not deployment.tentative,
        fix=Fix(
            "add a middleware that answers 504 after a time that the environment sets"
            if app.kind in ASGI
            else "start it with gunicorn's sync workers and a --timeout of about 60",
            question="Which requests take longer than half a minute, and can they run in the background?",
        ),
    )
