"""More requests at once than the pool has connections."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.checks.applies import a_database, a_server
from deploycheck.facts.databases.pools import Pool, number_of
from deploycheck.facts.web.routes import find_routes
from deploycheck.findings import Draft, Fix, Severity, Step
from deploycheck.python.resolution import resolve, told_once
from deploycheck.python.syntax import nodes_in
from deploycheck.rules import Reads, rule

if TYPE_CHECKING:
    from deploycheck.facts.deployment import Deployment
    from deploycheck.facts.web.routes import Route
    from deploycheck.project import Project
    from deploycheck.python.modules import Module

ANYIO_THREADS = 40
"""Threads in which Starlette runs handlers that are not `async def`."""
_LIMITED = re.compile(r"\btotal_tokens\s*=|limit_concurrency|CapacityLimiter\(")
_DATABASE = re.compile(r"session|engine|\bdb\b|connection|repositor", re.IGNORECASE)


@rule(
    "POOL007",
    "starved",
    severity=Severity.LOW,
    debt="DEPLOY-5",
    reads=Reads.PYTHON | Reads.MANIFESTS,
    requires=(a_server, a_database),
)
def starved(project: Project) -> Iterator[Draft]:
    """More requests run at once in a worker than its pool has connections, so some wait for one.

    **Why.** A handler that is not `async def` runs in one of 40 threads, and gunicorn's `--threads` sets how
    many there. When more of them want a connection than the pool has, the rest wait; after `pool_timeout` (30
    seconds) they fail.

    **Fix.** A pool as large as the threads, if the server takes that times the workers. Or fewer threads:
    `anyio.to_thread.current_default_thread_limiter().total_tokens = 15` at start-up.

    **Silent when** handlers are `async def`, the code or the server sets how many requests run at once, the
    threads or the pool's size are not known, or no handler that runs in a thread uses the database.

    Source: AnyIO's default of 40 threads, which Starlette uses; "QueuePool limit of size … reached".
    """
    for deployment in project.deployments:
        budget = project.connections(deployment).budget
        threads = _threads(project, deployment) if budget is not None and not budget.imagined else None
        if budget is None or threads is None or not budget.exact:
            continue
        for pool in budget.pools:
            if pool.opening.engine.kind != "async" and (pool.bound.most or 0) < threads[0]:
                yield _waiting(deployment, pool, *threads)
                break


def _threads(project: Project, deployment: Deployment) -> tuple[int, str] | None:
    """Return how many handlers with a connection run at once in a worker, and why; None: not known."""
    server = deployment.server
    if server is None or any(_LIMITED.search(m.text) for m in _modules(deployment)):
        return None
    told = server.option("threads")
    if server.program == "gunicorn" and told is not None and _is_threaded(deployment):
        number = number_of(resolve(told, deployment.environment))
        return (int(number), f"gunicorn runs {int(number)} threads") if number is not None else None
    if server.option("limit_concurrency") is not None:
        limit = resolve(server.options["limit_concurrency"], deployment.environment)
        if not (limit.known and limit.data is None):
            return None
    if _in_threads(project, deployment):
        return ANYIO_THREADS, f"handlers without `async` run in {ANYIO_THREADS} threads"
    return None


def _is_threaded(deployment: Deployment) -> bool:
    server = deployment.server
    worker = resolve(server.worker_class, deployment.environment) if server and server.worker_class else None
    return worker is not None and worker.known and str(worker.data) in {"gthread", "sync"}


def _modules(deployment: Deployment) -> Iterator[Module]:
    yield from (m for m in deployment.program.app_modules() if m.path in deployment.modules)


def _in_threads(project: Project, deployment: Deployment) -> bool:
    """Tell whether Starlette runs a handler in a thread that uses the database."""
    if not any(a.kind in {"fastapi", "starlette"} for a in deployment.apps):
        return False
    routes = find_routes(project.program, deployment.apps, deployment.modules)
    return any(_uses_database(r) for r in routes)


def _uses_database(route: Route) -> bool:
    node = route.handler.node if route.handler is not None else None
    if not isinstance(node, ast.FunctionDef):
        return False
    names = [n.id for n in nodes_in(node) if isinstance(n, ast.Name)]
    names += [n.arg for n in nodes_in(node) if isinstance(n, ast.arg)]
    return any(_DATABASE.search(name) for name in names)


def _waiting(deployment: Deployment, pool: Pool, threads: int, why: str) -> Draft:
    at = pool.opening.engine.at
    names = ("pool_size", "max_overflow", "max_size", "maxconn")
    return Draft(
        message=(
            f"A worker runs up to {threads} requests at once, and its pool has {pool.bound.most} connections"
            ": under load the rest wait for one, and fail after the pool's time-out."
        ),
        at=at,
        subject=f"{deployment.name}: {at.path}",
        trail=told_once(
            (
                *(s for n in names if n in pool.given for s in pool.given[n].trail),
                Step(pool.opening.engine.text, at),
                Step(f"{pool.bound.text} = {pool.bound.most}"),
                Step(why),
            )
        ),
        certain=pool.certain,
        fix=Fix(
            f"limit the threads to {pool.bound.most} at start-up, or enlarge the pool if the server takes it"
        ),
    )
