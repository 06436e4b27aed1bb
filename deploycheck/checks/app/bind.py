"""Where the server listens: an address that others reach, and the port that the platform uses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.checks.applies import a_server
from deploycheck.facts.editing import with_words
from deploycheck.facts.manifests.platforms import COMPOSE, DATABRICKS, DOCKER, ECS, KUBERNETES
from deploycheck.facts.reach import Listening, listening
from deploycheck.facts.rewording import reworded
from deploycheck.findings import Draft, Edit, Fix, Severity, Step
from deploycheck.rules import Reads, rule

if TYPE_CHECKING:
    from deploycheck.facts.deployments import Deployment
    from deploycheck.project import Project

EVERYWHERE = "0.0.0.0"  # noqa: S104 - what a server in a container has to listen on
_ADDRESS = {"gunicorn": "--bind", "hypercorn": "--bind"}


@rule(
    "APP007",
    "bind",
    severity=Severity.CRITICAL,
    debt="DEPLOY-1",
    reads=Reads.PYTHON | Reads.MANIFESTS,
    requires=(a_server,),
)
def bind(project: Project) -> Iterator[Draft]:
    """Nobody reaches the server: it listens only to its own machine, or on a port that nobody asks.

    **Why.** The platform and its router stand outside of the container. They see a port where nothing
    answers, and stop the app or show an error page, while the app's own log looks well.

    **Fix.** Listen on 0.0.0.0 and on the port that the platform hands over: `$DATABRICKS_APP_PORT` on
    Databricks Apps, `$PORT` on Heroku and its like, in an image the port that is published.

    **Silent when** a proxy runs beside the server or containers share a network, the server listens on a
    socket file, a variable decides, or gunicorn has no `--bind` where PORT is set (or may be, for an
    image). On Databricks Apps port 8000 works at the moment, a default that is not written down proves
    nothing, and Dash 2.18 (which is in place there) reads PORT over its own argument. Without a sign of
    Heroku a Procfile may be Elastic Beanstalk's, and an image that exposes no port may stand beside its
    proxy: then it is high. So is a port that differs from the one that Compose publishes, or that a
    Service of Kubernetes or a task of ECS names. Render, Railway and App Service serve whatever port is open.

    Source: the documentation of Databricks Apps (0.0.0.0 and DATABRICKS_APP_PORT only; on 8080 it was
    seen to answer "App Not Available") and of Heroku; gunicorn 27.0.1 and uvicorn 0.54.0, whose defaults
    are 127.0.0.1 (gunicorn's 0.0.0.0 where PORT is set).
    """
    for deployment in project.deployments:
        if deployment.manifests:
            found = listening(deployment, project.manifests, project.tree)
            if found is not None:
                yield _unreachable(project, deployment, found)


def _unreachable(project: Project, deployment: Deployment, found: Listening) -> Draft:
    published = deployment.platform in {COMPOSE, DOCKER, ECS, KUBERNETES}
    steps = (*(found.loopback.trail if found.loopback else ()), *(found.port.trail if found.port else ()))
    return Draft(
        message=_message(deployment, found),
        at=found.at or deployment.at,
        subject=f"{deployment.name} {'host' if found.loopback else 'port'}",
        trail=tuple(dict.fromkeys(steps))
        or (Step("nothing tells the server another address", deployment.at),),
        certain=found.sure and not (published and found.loopback is None),
        severity=Severity.HIGH if published and found.loopback is None else None,
        fix=_reachable(project, deployment, found),
    )


def _message(deployment: Deployment, found: Listening) -> str:
    server = deployment.server.program if deployment.server is not None else "the server"
    wanted = " or ".join(found.wanted)
    parts = []
    if found.loopback is not None:
        parts.append(f"{server} listens on {found.loopback.data}, which only its own machine reaches")
    if found.port is not None:
        told = f"{server} listens" if not parts else "it listens"
        parts.append(f"{told} on port {found.port.data}, and {deployment.platform.name} asks on {wanted}")
    return f"{'; '.join(parts)}."


def _reachable(project: Project, deployment: Deployment, found: Listening) -> Fix:
    port = found.wanted[0] if found.wanted else ""
    where = f"{EVERYWHERE}:{port}" if port else EVERYWHERE
    return Fix(f"listen on {where}", _edits(project, deployment, found, port))


def _edits(project: Project, deployment: Deployment, found: Listening, port: str) -> tuple[Edit, ...]:
    """Change the address where it is written, or add it where the command just leaves it out."""
    command = deployment.process.command if deployment.process is not None else None
    if command is None or deployment.server is None or deployment.server.entry:
        return ()
    if found.loopback is not None and found.loopback.value.at is None:
        if found.port is not None or deployment.server.program in _ADDRESS:
            return ()
        return with_words(project.tree, command, ("--host", EVERYWHERE))
    edits: list[Edit] = []
    can_expand = command.shell or deployment.platform is DATABRICKS or not port.startswith("$")
    for wrong, right in ((found.loopback, EVERYWHERE), (found.port, port)):
        if wrong is None:
            continue
        if wrong.value.at is None or not right or (right is port and not can_expand):
            return ()
        made = reworded(project.tree, wrong.value.at, str(wrong.data), right)
        edits += made
    lines = [edit.start for edit in edits]
    return tuple(edits) if len(set(lines)) == len(lines) else ()
