"""What the platform asks: a path that nobody serves, or one that must not decide about restarts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.checks.applies import a_manifest, a_web_app
from deploycheck.facts.health.endpoints import routes_of
from deploycheck.facts.health.probed import Probed, endpoint_at, probed, renamed
from deploycheck.facts.health.serving import (
    all_seen,
    hands_over,
    has_library,
    is_named_elsewhere,
    needs_database,
    own_endpoints,
    serves_path,
)
from deploycheck.facts.manifests.model import ProbeKind
from deploycheck.findings import Draft, Fix, Severity, Step
from deploycheck.rules import Reads, rule

if TYPE_CHECKING:
    from deploycheck.facts.deployment import Deployment
    from deploycheck.facts.health import Endpoint
    from deploycheck.project import Project

_THEN = {
    ProbeKind.LIVENESS: "the app is restarted again and again",
    ProbeKind.READINESS: "no release ever gets a request",
    ProbeKind.STARTUP: "the app never counts as started and is restarted again and again",
    ProbeKind.HEALTH: "no release ever counts as healthy",
}
_SHOWN = 3


@rule(
    "HLT006",
    "wrong-path",
    severity=Severity.CRITICAL,
    debt="DEPLOY-3",
    reads=Reads.PYTHON | Reads.MANIFESTS,
    requires=(a_web_app, a_manifest),
)
def wrong_path(project: Project) -> Iterator[Draft]:
    """Probes ask for a path that the app answers with 404: the release never becomes healthy.

    **Why.** To a prober 404 is a failure. A deployment waits for a health that never comes and is rolled
    back, or a process that works is restarted for ever.

    **Fix.** Let the probe ask the path that is served, with the prefix of its router, or serve
    the one it asks.

    **Silent when** any route, mount or middleware may answer, a proxy stands before the app, the probe asks
    another port or host, its command does not look at the status (`curl` without `-f`), or
    routes are added in a way that could not be followed. Likely where a library is handed the app and may add
    routes.

    Source: the probe in the platform's file or HEALTHCHECK, against every route of the app that is started;
    probers take 2xx (Kubernetes 200 to 399) for healthy.
    """
    told = set[object]()
    for deployment in project.deployments:
        asked = probed(deployment, project.manifests, project.tree)
        if not asked or not routes_of(deployment) or has_library(deployment) or not all_seen(deployment):
            continue
        for one in asked:
            if (one.at, one.path) not in told and serves_path(deployment, one.path) is False:
                told.add((one.at, one.path))
                yield _unserved(project, deployment, one)


def _unserved(project: Project, deployment: Deployment, one: Probed) -> Draft:
    served = sorted({e.path for e in own_endpoints(deployment)})
    app = deployment.app
    at = app.at if app is not None else deployment.at
    shown = f"it serves {', '.join(served[:_SHOWN])}" if served else "it serves no health endpoint"
    edits = renamed(project.tree, one, served[0]) if len(served) == 1 else ()
    server = deployment.server
    certain = server is not None and server.certain and deployment.manifests[0].certain
    certain = certain and not (hands_over(deployment) or is_named_elsewhere(deployment, one.path))
    who = "The container's health check" if one.command else f"The {one.kind.value} probe"
    return Draft(
        message=f"{who} asks for {one.path}, which the app answers with 404: {_THEN[one.kind]}.",
        at=one.at,
        subject=f"{deployment.name}: {one.kind.value} {one.path}",
        trail=(
            Step(f"{one.kind.value}: {one.path}", one.at),
            Step("started here", deployment.at),
            Step(shown, at),
        ),
        certain=certain and not deployment.tentative,
        fix=Fix(
            f"let it ask {served[0]}, which the app serves" if served else f"serve {one.path}",
            edits=edits,
        ),
    )


@rule(
    "HLT007",
    "liveness-needs-database",
    severity=Severity.HIGH,
    debt="DEPLOY-3",
    reads=Reads.PYTHON | Reads.MANIFESTS,
    requires=(a_web_app, a_manifest),
)
def liveness_needs_database(project: Project) -> Iterator[Draft]:
    """When the database is away, the platform restarts every copy of the app, again and again.

    **Why.** A liveness probe asks whether a restart would help. One that fails with the database kills all
    copies at once, drops the requests that need no database, and when it comes back, all of them
    start and connect at the same moment.

    **Fix.** Let liveness ask a constant (`/livez`), and readiness the endpoint that asks the database.

    **Silent when** the endpoint may answer well without the database, could not be followed, or the probe
    is not known to be one for restarts.

    Source: the endpoint followed with every database call failing. Kubernetes advises to check back-ends
    in readiness and only the app itself in liveness.
    """
    told = set[object]()
    for deployment in project.deployments:
        for one in probed(deployment, project.manifests, project.tree):
            if one.kind is not ProbeKind.LIVENESS or not needs_database(deployment) or one.at in told:
                continue
            endpoint = endpoint_at(deployment, one.path)
            if endpoint is not None and endpoint.truthful and not endpoint.unknown:
                told.add(one.at)
                yield _restarting(project, deployment, one, endpoint)


def _restarting(project: Project, deployment: Deployment, one: Probed, endpoint: Endpoint) -> Draft:
    constants = [e.path for e in own_endpoints(deployment) if e.constant]
    touch = endpoint.touches[0]
    remedy = (
        f"let liveness ask {constants[0]}, which asks nothing"
        if constants
        else ("serve a constant (/livez) for liveness, and ask this endpoint for readiness")
    )
    return Draft(
        message=(
            f"The liveness probe asks {one.path}, which fails with the database: then every copy is "
            "restarted."
        ),
        at=one.at,
        subject=f"{deployment.name}: {one.path}",
        trail=(
            Step(f"liveness: {one.path}", one.at),
            Step("answered here", endpoint.at),
            Step(f"{touch.text} fails with the database", touch.at),
        ),
        certain=not deployment.tentative,
        fix=Fix(remedy, edits=renamed(project.tree, one, constants[0]) if len(constants) == 1 else ()),
    )
