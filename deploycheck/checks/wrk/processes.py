"""What goes wrong when several processes do at once what only one of them should do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.checks.applies import a_database, a_server
from deploycheck.checks.wrk.numbers import count_of, server_of
from deploycheck.facts.databases.preparing import Work, env_takes_lock, may_prepare, migrates, start_up_work
from deploycheck.facts.web.lifespan import startup_calls
from deploycheck.findings import Draft, Fix, Location, Severity, Step
from deploycheck.python.resolution import resolve, told_once
from deploycheck.rules import Reads, rule

if TYPE_CHECKING:
    from deploycheck.facts.databases.selection import Opened
    from deploycheck.facts.deployments import Deployment
    from deploycheck.project import Project
    from deploycheck.python.values import Value


@rule(
    "WRK005",
    "sqlite-workers",
    severity=Severity.HIGH,
    debt="DEPLOY-4",
    reads=Reads.PYTHON | Reads.MANIFESTS,
    requires=(a_server, a_database),
)
def sqlite_workers(project: Project) -> Iterator[Draft]:
    """Several worker processes write one SQLite file, and each locks the others out while it writes.

    **Why.** SQLite has one writer at a time. A worker that waits longer than its busy time-out (5 seconds
    with Python's own default) fails with "database is locked". Copies of the container do not even share
    the file: each has its own data.

    **Fix.** One worker process with threads, or a database server. A longer `timeout` and short
    transactions make the failure rare; WAL mode alone does not help writers.

    **Silent when** production opens a database server, an in-memory database or a file that is read only, or
    the number of processes is not known.

    Source: four writers on one file, with SQLite's busy time-out at 0 and at 5 seconds.
    """
    for deployment in project.deployments:
        opened = deployment.selection.now.sqlite
        count = count_of(deployment.workers)
        if opened is None or count is None or not _is_file(opened) or not _always(deployment, opened):
            continue
        if count * deployment.replicas > 1:
            yield _shared_file(deployment, opened, count)


def _is_file(opened: Opened) -> bool:
    """Tell whether a URL names a file that can be written."""
    scheme, _, rest = opened.resolved.shape.partition("://")
    in_memory = ":memory:" in rest or "mode=memory" in rest or not rest.strip("/")
    read_only = "mode=ro" in rest or "immutable=1" in rest
    return scheme.startswith("sqlite") and not in_memory and not read_only


def _always(deployment: Deployment, opened: Opened) -> bool:
    """Tell whether production opens SQLite whatever the variables that no file here sets."""
    return opened.resolved.certain or deployment.selection.with_server is None


def _shared_file(deployment: Deployment, opened: Opened, count: int) -> Draft:
    server = server_of(deployment)
    counted = deployment.workers
    file = opened.resolved.shape.partition("://")[2].removeprefix("/")
    workers = counted.trail if counted is not None else ()
    if count > 1:
        message = (
            f"{count} worker processes write one SQLite file ({file}): under load, writes fail as locked."
        )
    else:
        copies = f"{deployment.replicas} copies of the app use a SQLite file ({file})"
        message = f"{copies}: each has its own, or they lock each other out."
    return Draft(
        message=message,
        at=opened.engine.at,
        subject=f"{deployment.name}: {file}",
        trail=(*workers, *opened.resolved.trail),
        certain=bool(counted and counted.certain) and server.certain and not deployment.tentative,
        fix=Fix(
            "start one worker with threads, or use a database server",
            question="Does this app outgrow one process? If so, a database server; if not, one worker.",
        ),
    )


@rule(
    "WRK007",
    "start-up-races",
    severity=Severity.HIGH,
    debt="DEPLOY-4",
    reads=Reads.PYTHON | Reads.MANIFESTS,
    requires=(a_server,),
)
def start_up_races(project: Project) -> Iterator[Draft]:
    """Every process prepares the database when it starts, all at the same time, and nothing keeps them apart.

    **Why.** Two processes that migrate, create tables or add first rows together break each other: one fails
    with a duplicate table or row and dies, or both add the same rows. It happens at a deployment, not on a
    developer's machine.

    **Fix.** Prepare the database once, before the server starts: a release command, or a step of the
    deployment. Or hold a lock that all processes share, such as `pg_advisory_lock`, while it is done.

    **Silent when** one process serves, a lock is taken anywhere on the way, a test keeps the work from
    production, or only gunicorn's master does it (`preload_app`, server hooks).

    Source: `create_all` by two processes on PostgreSQL 18 failed in the later one each time; Alembic takes no
    lock of its own; start-up handlers run in each worker.
    """
    told: set[Location] = set()
    for deployment in project.deployments:
        work = _unguarded(project, deployment)
        if work and work[0].at not in told:
            told.add(work[0].at)
            yield _racing(deployment, work)


def _processes(deployment: Deployment, work: Work) -> int:
    """Return how many processes do a piece of work at a start."""
    once = work.imported and _is_true(deployment, server_of(deployment).preload)
    return (1 if once else count_of(deployment.workers) or 1) * deployment.replicas


def _is_true(deployment: Deployment, value: Value) -> bool:
    resolved = resolve(value, deployment.environment)
    return resolved.known and bool(resolved.data)


def _unguarded(project: Project, deployment: Deployment) -> list[Work]:
    """Return the work that several processes do, the weightiest first."""
    server = deployment.server
    if (
        server is None
        or not deployment.whole
        or (count_of(deployment.workers) or 1) * deployment.replicas <= 1
    ):
        return []
    app = deployment.app
    named = app is not None and may_prepare(project.program, deployment.modules)
    calls = startup_calls(project.program, app, deployment.modules) if app is not None and named else ()
    found = list(start_up_work(project.program, calls, deployment.environment))
    found += _before(project, deployment)
    order = ("migrations", "tables", "a restore", "first rows")
    several = [w for w in found if _processes(deployment, w) > 1]
    return sorted(several, key=lambda w: (order.index(w.kind), not w.certain, w.at))


def _before(project: Project, deployment: Deployment) -> Iterator[Work]:
    """Yield the migrations that every copy's start script runs before its server."""
    command = deployment.process.command if deployment.process is not None else None
    if command is None or deployment.replicas <= 1 or env_takes_lock(project.program):
        return
    for one in command.before:
        if migrates(one):
            trail = (Step(one.text or " ".join(one.words), one.at),)
            yield Work("migrations", trail, one.at, imported=False, certain=one.certain)


def _racing(deployment: Deployment, work: list[Work]) -> Draft:
    first = work[0]
    counted = deployment.workers
    count = _processes(deployment, first)
    does = {
        "migrations": "runs the migrations",
        "tables": "creates the tables",
        "a restore": "restores the database",
    }
    return Draft(
        message=(
            f"Each of {count} processes {does.get(first.kind, 'adds first rows')} at its start, and nothing "
            "keeps them apart: at a deployment one of them fails, or rows are there twice."
        ),
        at=first.at,
        subject=f"{first.at.path}: {first.kind}",
        trail=(*(counted.trail if counted else ()), *told_once(s for w in work for s in w.trail)),
        certain=first.certain
        and bool(counted and counted.certain)
        and server_of(deployment).certain
        and not deployment.tentative,
        fix=Fix(
            "prepare the database once, before the server starts, or hold a lock that all processes share",
            question="Which step of the deployment can prepare the database (a release command, a job)?",
        ),
    )
