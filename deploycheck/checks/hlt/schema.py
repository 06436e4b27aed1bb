"""Apps that serve on a schema that nobody has looked at."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.checks.applies import a_migration, a_web_app
from deploycheck.facts.deployment import NOWHERE
from deploycheck.facts.health import Purpose
from deploycheck.facts.health.schema import asks_schema, is_made_or_compared, is_migrated_first
from deploycheck.facts.health.serving import has_library, needs_database, own_endpoints
from deploycheck.findings import Draft, Fix, Location, Severity, Step
from deploycheck.rules import Reads, rule

if TYPE_CHECKING:
    from deploycheck.facts.deployment import Deployment
    from deploycheck.facts.health import Endpoint
    from deploycheck.project import Project

_ORDER = (Purpose.READINESS, Purpose.HEALTH, Purpose.LIVENESS)


@rule(
    "HLT004",
    "schema-unchecked",
    severity=Severity.MEDIUM,
    debt="DEPLOY-3",
    reads=Reads.PYTHON | Reads.MANIFESTS,
    requires=(a_web_app, a_migration),
)
def schema_unchecked(project: Project) -> Iterator[Draft]:
    """Production lets requests in on whatever schema the database has, migrated or not.

    **Why.** `SELECT 1` works on an empty database too. A release whose migrations did not run, or failed
    half-way, counts as ready, and each request that needs the new column ends in an error.

    **Fix.** Let readiness compare `MigrationContext.get_current_heads()` with the script directory's
    `get_heads()` and answer 503 when they differ; or run `alembic upgrade head` as a step without which
    the app does not start.

    **Silent when** a step of the deployment migrates and stops it on failure (or may), the app migrates or
    makes its tables as it starts, any code compares revisions, a health endpoint looks at a table or
    calls something that is not followed, or there is no health endpoint (HLT003).

    Source: every way of deploying, the start-up code, and the health endpoints with their helpers.
    """
    told = set[Location]()
    directory = next(d for d in project.script_directories if d.revisions)
    for deployment in project.deployments:
        found = sorted(own_endpoints(deployment), key=lambda e: (_ORDER.index(e.purpose), e.at))
        if not found or found[0].at in told or not _is_told(deployment):
            continue
        if any(asks_schema(e) for e in found) or has_library(deployment) or is_made_or_compared(deployment):
            continue
        if not is_migrated_first(deployment, project.ways):
            told.add(found[0].at)
            yield _unchecked(deployment, found[0], directory.at)


def _is_told(deployment: Deployment) -> bool:
    """Tell whether files say how the app is started, with a database that has to be migrated."""
    started = deployment.server is not None and deployment.platform is not NOWHERE
    return started and not deployment.tentative and needs_database(deployment)


def _unchecked(deployment: Deployment, endpoint: Endpoint, migrations: Location) -> Draft:
    return Draft(
        message=(
            f"Nothing looks whether the migrations have run: {endpoint.path} says that the app is ready on "
            "any schema."
        ),
        at=endpoint.at,
        subject=f"{endpoint.at.path}: {endpoint.path}",
        trail=(
            Step(f"{endpoint.path} looks at no table and no revision", endpoint.at),
            Step("the migrations", migrations),
            Step("no step before the server stops it when they have not run", deployment.at),
        ),
        certain=deployment.whole,
        fix=Fix(
            "compare the database's revision with the code's heads in readiness; answer 503 when they differ"
        ),
    )
