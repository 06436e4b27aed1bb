"""More workers than the container carries."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.checks.applies import a_server
from deploycheck.checks.wrk.numbers import count_of, told_at
from deploycheck.facts.rewording import reworded
from deploycheck.findings import Draft, Fix, Severity, Step
from deploycheck.rules import Reads, Skip, rule

if TYPE_CHECKING:
    from deploycheck.facts.deployments import Deployment
    from deploycheck.project import Project
    from deploycheck.python.resolution import Resolved

ENOUGH_MEMORY = 256
"""MB for one worker: what Heroku's buildpack counts with."""

FEW = 4
"""So many workers are never too many for a container's CPU by this rule."""


@rule(
    "WRK003",
    "more-than-cpu",
    severity=Severity.HIGH,
    debt="DEPLOY-4",
    reads=Reads.MANIFESTS,
    requires=(a_server,),
)
def more_than_cpu(project: Project) -> Iterator[Draft]:
    """There are more workers than the container's processors or memory can carry.

    **Why.** Workers beyond the processors only take turns, each with its own memory and its own database
    connections. Too little memory for each, and the platform kills the container under load.

    **Fix.** About one worker for each processor with an async worker class, two and one more with a sync
    one; more replicas, or a larger container, where that is not enough.

    **Silent when** there are at most four workers for the processors, or nothing tells the container's
    size. Declare it with `cpu` and `memory` in the configuration.

    Source: gunicorn's own recommendation (2 x CPU + 1), and 256 MB a worker, which Heroku counts with.
    """
    if not any(deployment.cpu or deployment.memory for deployment in project.deployments):
        raise Skip("nothing tells the size of the container")
    for deployment in project.deployments:
        counted = deployment.workers
        count = count_of(counted)
        if counted is not None and count is not None:
            problem = _too_many(deployment, count)
            if problem:
                yield _overloaded(project, deployment, counted, *problem)


def _too_many(deployment: Deployment, count: int) -> tuple[str, int] | None:
    """Return what the container lacks, and how many workers it carries; None where it is enough."""
    most = int(2 * deployment.cpu + 1)
    if deployment.cpu and count > max(most, FEW):
        return f"{deployment.cpu:g} vCPU carry about {most}", most
    if deployment.memory and count > 1 and deployment.memory / count < ENOUGH_MEMORY:
        each = deployment.memory // count
        return f"{deployment.memory} MB of memory leave {each} MB to each", max(
            1, deployment.memory // ENOUGH_MEMORY
        )
    return None


def _overloaded(
    project: Project, deployment: Deployment, counted: Resolved, lack: str, carried: int
) -> Draft:
    count = count_of(counted) or 0
    at = told_at(counted, deployment)
    size = f"{deployment.cpu:g} vCPU" if deployment.cpu else ""
    memory = f"{deployment.memory} MB" if deployment.memory else ""
    has = ", ".join(text for text in (size, memory) if text)
    chosen = "chosen for it" if deployment.sized else f"{deployment.platform.name}'s default"
    return Draft(
        message=f"Production starts {count} workers in one container, whose {lack}.",
        at=at,
        subject=deployment.name,
        trail=(*counted.trail, Step(f"the container has {has} ({chosen})")),
        certain=counted.certain and deployment.sized and not deployment.tentative,
        fix=Fix(
            f"start at most {carried} workers, or give the container more",
            reworded(project.tree, at, str(count), str(carried)),
        ),
    )
