"""More connections than the database server takes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.checks.applies import a_database
from deploycheck.findings import Draft, Evidence, Fix, Location, Severity, Step
from deploycheck.python.resolution import told_once
from deploycheck.rules import Reads, rule

if TYPE_CHECKING:
    from deploycheck.facts.databases.budget import Budget
    from deploycheck.facts.databases.connections import Connections
    from deploycheck.facts.databases.limits import Limit
    from deploycheck.facts.databases.pools import Pool
    from deploycheck.facts.deployment import Deployment
    from deploycheck.project import Project


@rule(
    "POOL002",
    "over-budget",
    severity=Severity.CRITICAL,
    debt="DEPLOY-5",
    reads=Reads.PYTHON | Reads.MANIFESTS,
    requires=(a_database,),
)
def over_budget(project: Project) -> Iterator[Draft]:
    """All workers' pools together may open more connections than the database server takes.

    **Why.** Every worker of every copy has its own pools. Under load they fill up, and the server refuses the
    next connection ("too many clients already"): requests fail, also those of migrations and other services.

    **Fix.** Fewer workers or smaller pools, so that workers x copies x (pool_size + max_overflow) stays below
    the server's limit, with room for a deployment in which old and new copies overlap. Or put a pooler
    (PgBouncer) between.

    **Silent when** the workers, a pool's size or the server's limit are not known, the sum fits, or a pooler
    stands between (the URL tells, or `pooler = true` in the configuration). Against PostgreSQL's default of
    100 it is high; against a limit that the server itself told (`--database-url`), or that the configuration
    (`max-connections`), a manifest or the platform's plan states, critical.

    Source: PostgreSQL 18's defaults (100, 3 of them reserved); `pool_size=0` and `max_overflow=-1` bound
    nothing.
    """
    for deployment in project.deployments:
        connections = project.connections(deployment)
        budget, limit = connections.budget, connections.limit
        if budget is None or budget.imagined:
            continue
        yield from _of_each_request(deployment, budget)
        if not budget.each_request:
            yield from _unbounded(deployment, budget)
        total = budget.total
        if total is not None and limit is not None and total > limit.usable and budget.sure:
            yield _too_many(deployment, connections, budget, limit)


def _sizes(pool: Pool) -> list[Step]:
    names = ("pool_size", "max_overflow", "max_size", "maxsize", "maxconn", "min_size")
    steps = [s for n in names if n in pool.given for s in pool.given[n].trail]
    return [*steps, Step(pool.opening.engine.text, pool.opening.engine.at)]


def _place(pools: tuple[Pool, ...]) -> Location:
    return pools[0].opening.engine.at


def _too_many(deployment: Deployment, connections: Connections, budget: Budget, limit: Limit) -> Draft:
    workers = deployment.workers
    return Draft(
        message=(
            f"Under load the app opens {budget.total} connections ({connections.text}), and the database "
            f"server takes {limit.usable}: it refuses the rest, and requests fail."
        ),
        at=_place(budget.pools),
        subject=f"{deployment.name}: connections",
        trail=told_once(
            (
                *(workers.trail if workers is not None else ()),
                *(s for p in budget.pools for s in _sizes(p)),
                Step(budget.arithmetic(limit)),
                Step(limit.text, limit.at),
            )
        ),
        certain=budget.certain,
        severity=None if limit.known else Severity.HIGH,
        evidence=Evidence.OBSERVED if limit.observed else Evidence.READ,
        fix=Fix(
            f"start fewer workers, or make the pools smaller: {_share(budget, limit)}",
            question="How many connections may this app use, beside other services and a rolling deployment?",
        ),
    )


def _share(budget: Budget, limit: Limit) -> str:
    processes = max(1, (budget.workers or 1) * budget.replicas)
    return f"{limit.usable} connections are {limit.usable // processes} for each of {processes} processes"


def _unbounded(deployment: Deployment, budget: Budget) -> Iterator[Draft]:
    for pool in budget.unlimited:
        at = pool.opening.engine.at
        yield Draft(
            message=(
                "Nothing limits the connections of this pool (pool_size=0 or max_overflow=-1): under load it "
                "opens one for every request, until the database server refuses."
            ),
            at=at,
            subject=f"{deployment.name}: {at.path}: no limit",
            trail=told_once(_sizes(pool)),
            certain=pool.certain and budget.sure,
            severity=Severity.HIGH,
            fix=Fix("give the pool a size and an overflow that fit the server's limit"),
        )


def _of_each_request(deployment: Deployment, budget: Budget) -> Iterator[Draft]:
    for pool, way in budget.each_request:
        at = pool.opening.engine.at
        yield Draft(
            message=(
                "Each request makes an engine with a pool of its own and leaves its connections open: they "
                "add up until the database server refuses more."
            ),
            at=at,
            subject=f"{deployment.name}: {at.path}: one a request",
            trail=way,
            certain=pool.certain,
            severity=Severity.HIGH,
            fix=Fix("make the engine once, when the module is imported or the app starts, and share it"),
        )
