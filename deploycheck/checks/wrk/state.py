"""What requests keep in one process, where several processes answer them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.checks.applies import a_server, a_web_app
from deploycheck.checks.wrk.numbers import count_of, server_of
from deploycheck.facts.web.routes import find_routes
from deploycheck.facts.web.state import SharedState, shared_state
from deploycheck.findings import Draft, Fix, Location, Severity, Step
from deploycheck.rules import Reads, rule

if TYPE_CHECKING:
    from deploycheck.facts.deployments import Deployment
    from deploycheck.project import Project

KINDS = frozenset({"container", "value", "attribute", "app-state"})
"""What a request writes itself: limiters are RATE002's, and a memoised function costs only time."""


@rule(
    "WRK008",
    "per-process-state",
    severity=Severity.MEDIUM,
    debt="DEPLOY-4",
    reads=Reads.PYTHON | Reads.MANIFESTS,
    requires=(a_server, a_web_app),
)
def per_process_state(project: Project) -> Iterator[Draft]:
    """Each process keeps its own copy of what requests write, so one misses what another left.

    **Why.** Each worker has its own copy. A job that one started is unknown to the others, a counter or
    limit counts a part, a cache that was cleared in one still answers from the others. With one process, as
    on a developer's machine, all of it works.

    **Fix.** Keep it where all processes look: the database, Redis, a file with a lock. Or serve with one
    process and say so beside the number.

    **Silent when** one process serves, the object is only made once in each process on purpose (a client, a
    loaded model), or nothing that a request reaches writes it. Low for a cache that is only filled, and
    for one plain value (a counter, a turn).

    Source: what handlers, middleware and the functions that they call write to, followed through the code.
    """
    told: set[tuple[Location, str]] = set()
    for deployment in project.deployments:
        for state in _states(project, deployment):
            if (state.at, state.name) not in told:
                told.add((state.at, state.name))
                yield _forgotten(deployment, state)


def _processes(deployment: Deployment) -> int:
    return (count_of(deployment.workers) or 1) * deployment.replicas


def _states(project: Project, deployment: Deployment) -> tuple[SharedState, ...]:
    if deployment.server is None or not deployment.whole or _processes(deployment) <= 1:
        return ()
    routes = find_routes(project.program, deployment.apps, deployment.modules)
    found = shared_state(project.program, deployment.apps, routes, deployment.middleware, deployment.modules)
    return tuple(s for s in found if s.kind in KINDS)


def _forgotten(deployment: Deployment, state: SharedState) -> Draft:
    counted = deployment.workers
    count = _processes(deployment)
    harmless = state.kind == "value" or (state.is_cache and len(state.writes) == 1)
    return Draft(
        message=f"Each of {count} processes has its own {state.name}: what one writes, the others miss.",
        at=state.at,
        subject=f"{state.module.path}: {state.name}",
        trail=(
            *(counted.trail if counted is not None else ()),
            Step(f"{state.name} lives in each process", state.at),
            *state.steps,
        ),
        certain=bool(counted and counted.certain)
        and server_of(deployment).certain
        and not deployment.tentative,
        severity=Severity.LOW if harmless else None,
        fix=Fix(
            f"keep {state.name} where all processes look: the database, Redis, or a file with a lock",
            question=f"Must {state.name} be the same for all requests? If not, one process may be enough.",
        ),
    )
