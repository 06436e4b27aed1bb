"""An app that cannot be asked which version of it runs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.checks.applies import a_web_app, answering_app
from deploycheck.facts.versioning import version_teller
from deploycheck.findings import Draft, Fix, Location, Severity, Step
from deploycheck.rules import Reads, rule

if TYPE_CHECKING:
    from deploycheck.facts.deployments import Deployment
    from deploycheck.facts.web.apps import App
    from deploycheck.project import Project


@rule(
    "VER003",
    "no-version-endpoint",
    severity=Severity.LOW,
    debt="DEPLOY-10",
    reads=Reads.PYTHON,
    requires=(a_web_app,),
)
def no_version_endpoint(project: Project) -> Iterator[Draft]:
    """Nobody can ask the running app which version and build of it runs.

    **Why.** After a deployment, and in the middle of an incident, the first question is what really runs: an
    old container, or a failed roll-out, answers like a new one.

    **Fix.** A route such as `/version` that answers with the package's version and the build: the commit that
    the platform or the pipeline sets (`GIT_SHA`, `RENDER_GIT_COMMIT`, `K_REVISION`), or a file that the
    pipeline writes.

    **Silent when** a route is called so (`/version`, `/info`, `/about`), the answer of one without parameters
    has a version in it, a header tells it, or routes exist that cannot be seen.

    Source: the routes of the app, with the prefixes that they are included under.
    """
    seen: set[Location] = set()
    for deployment in project.deployments:
        app = answering_app(deployment)
        if app is not None and app.at not in seen and version_teller(deployment) is False:
            seen.add(app.at)
            yield _silent(deployment, app)


def _silent(deployment: Deployment, app: App) -> Draft:
    return Draft(
        message="No route tells which version and build runs.",
        at=app.at,
        subject="version endpoint",
        trail=(Step("the app whose routes were read", app.at),),
        certain=deployment.whole and not deployment.tentative,
        fix=Fix("add a route such as /version that answers with the package's version and the commit"),
    )
