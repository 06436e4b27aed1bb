"""Apps that nobody can ask how they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.checks.applies import a_server, a_web_app
from deploycheck.facts.deployment import NOWHERE
from deploycheck.facts.health.endpoints import routes_of
from deploycheck.facts.health.serving import all_seen, hands_over, has_library, modules_of, own_endpoints
from deploycheck.facts.web.routes import serves
from deploycheck.findings import Draft, Fix, Location, Severity, Step
from deploycheck.rules import Reads, rule

if TYPE_CHECKING:
    from deploycheck.facts.deployment import Deployment
    from deploycheck.facts.web.apps import App
    from deploycheck.project import Project


@rule(
    "HLT003",
    "no-endpoint",
    severity=Severity.MEDIUM,
    debt="DEPLOY-3",
    reads=Reads.PYTHON | Reads.MANIFESTS,
    requires=(a_web_app, a_server),
)
def no_endpoint(project: Project) -> Iterator[Draft]:
    """Nobody can ask the app how it is: whether it works is learnt from its users.

    **Why.** Without one, a platform takes an open port for a working app. A release that starts and then
    fails each request counts as good, and the old one is stopped.

    **Fix.** Serve `/livez` (a constant) and `/readyz` (503 while the database is away), and name the latter
    where the platform asks for a path.

    **Silent when** a route, a library or middleware may serve one under a usual name, the path that the
    platform probes is served, or routes are added in a way that could not be followed.

    Source: every route of the app, with the prefixes of routers, blueprints and mounts.
    """
    told = set[Location]()
    for deployment in project.deployments:
        app = deployment.app
        if app is None or app.at in told or deployment.platform is NOWHERE or own_endpoints(deployment):
            continue
        if all_seen(deployment) and not hands_over(deployment) and not _may_answer(deployment, app):
            told.add(app.at)
            yield Draft(
                message=(
                    "The app has no health endpoint: a release that starts and cannot work counts as good."
                ),
                at=app.at,
                subject=f"{app.module.path}: {app.name or 'app'}",
                trail=(
                    Step("served here", deployment.at),
                    Step(f"{_count(deployment)}, none for health", app.at),
                ),
                certain=not deployment.tentative,
                fix=Fix("serve /livez (a constant) and /readyz (503 while the database is away)"),
            )


def _count(deployment: Deployment) -> str:
    found = len(routes_of(deployment))
    return "1 route" if found == 1 else f"{found} routes"


def _may_answer(deployment: Deployment, app: App) -> bool:
    """Tell whether something may answer a prober all the same."""
    routes = routes_of(deployment)
    if not routes or has_library(deployment) or _mounts(deployment):
        return True
    probed = [m.health_path for m in deployment.manifests if m.health_path]
    if any(serves(routes, app, path, lookup=deployment.environment) is not False for path in probed):
        return True
    return any("health" in m.text.lower() or "readyz" in m.text for m in modules_of(deployment))


def _mounts(deployment: Deployment) -> bool:
    """Tell whether something is mounted that is more than files."""
    program = deployment.program
    for route in routes_of(deployment):
        module = program.module_at(route.at.path) if route.kind == "mount" else None
        lines = module.text.splitlines()[route.at.line - 1 : route.at.end_line] if module is not None else []
        if route.kind == "mount" and "StaticFiles" not in " ".join(lines):
            return True
    return False
