"""How large pools are: the wrong way round, or for ever the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.checks.applies import a_database
from deploycheck.checks.pool.fixes import VARIABLES, from_environment, written_at
from deploycheck.facts.databases.backends import SQLITE
from deploycheck.facts.databases.pools import Pool, pools_under, scenarios
from deploycheck.facts.editing import replaced
from deploycheck.findings import Draft, Fix, Location, Severity, Step
from deploycheck.python.resolution import told_once
from deploycheck.rules import Reads, rule

if TYPE_CHECKING:
    from deploycheck.facts.databases.engines import Engine
    from deploycheck.facts.deployment import Deployment
    from deploycheck.findings import Edit
    from deploycheck.project import Project

SIZES = ("pool_size", "max_overflow")


@rule(
    "POOL001",
    "backwards",
    severity=Severity.HIGH,
    debt="DEPLOY-5",
    reads=Reads.PYTHON,
    requires=(a_database,),
)
def backwards(project: Project) -> Iterator[Draft]:
    """SQLite gets more connections than the database server that stands in its place.

    **Why.** SQLite has one writer, so more connections only wait for each other's lock. The server is what
    answers many requests at once, and there requests queue for the few connections that it was given.

    **Fix.** Give SQLite no pool (`poolclass=NullPool`) or a small one, and size the server's by the number
    of workers and what the server takes.

    **Silent when** nobody wrote sizes for SQLite, both are alike, either is not known, or the SQLite
    database is opened beside the server for something else.

    Source: SQLAlchemy's pools hold pool_size + max_overflow connections; SQLite locks the file to write.
    """
    seen: set[Location] = set()
    for deployment in project.deployments:
        found = _backwards(deployment)
        if found is not None:
            draft = _the_wrong_way_round(project, *found)
            if draft.at not in seen:
                seen.add(draft.at)
                yield draft


def _backwards(deployment: Deployment) -> tuple[Pool, Pool] | None:
    """Return the SQLite pool and the smaller server's pool that it stands in for."""
    ways = scenarios(deployment) if deployment.engines else ()
    beside = {id(engine) for way in ways for engine in _beside(way)}
    pools = [p for way in ways for p in way]
    servers = [p for p in pools if p.server and p.bound.most is not None]
    files = [p for p in pools if p.backend == SQLITE and p.bound.most is not None and _sized(p)]
    files = [p for p in files if id(p.opening.engine) not in beside]
    if not servers or not files:
        return None
    least = min(servers, key=lambda p: (p.bound.most or 0, p.opening.engine.at))
    most = max(files, key=lambda p: (p.bound.most or 0, p.opening.engine.at))
    return (most, least) if (most.bound.most or 0) > (least.bound.most or 0) else None


def _beside(way: tuple[Pool, ...]) -> Iterator[Engine]:
    """Yield the engines that open SQLite while another one opens a server: they stand in for nothing."""
    servers = {id(p.opening.engine) for p in way if p.server and p.reached}
    for pool in way:
        engine = pool.opening.engine
        if servers - {id(engine)} and id(engine) not in servers and pool.reached and engine.kind != "flask":
            yield engine


def _sized(pool: Pool) -> bool:
    return any(name in pool.given for name in SIZES)


def _place(pool: Pool) -> Location:
    """Return where a pool's size is written, as near to the number as it is known."""
    for name in VARIABLES:
        resolved = pool.given.get(name)
        if resolved is not None:
            at = written_at(resolved)
            places = [s.location for s in resolved.trail if s.location is not None]
            return at or (places[-1] if places else pool.opening.engine.at)
    return pool.opening.engine.at


def _the_wrong_way_round(project: Project, file: Pool, server: Pool) -> Draft:
    edits = _no_larger(project, file, server)
    return Draft(
        message=(
            f"SQLite, which has one writer, gets {file.bound.most} connections, and the database server only "
            f"{server.bound.most} in each worker: there, requests wait for a connection."
        ),
        at=_place(file),
        subject=f"{file.opening.engine.at.path}: pools",
        trail=told_once(
            (
                *_shown(file),
                Step(f"SQLite: {file.bound.text} = {file.bound.most}", _place(file)),
                *_shown(server),
                Step(f"database server: {server.bound.text} = {server.bound.most}", _place(server)),
            )
        ),
        certain=file.reached and server.reached,
        fix=Fix("give SQLite no more connections than the server, or no pool (poolclass=NullPool)", edits),
    )


def _shown(pool: Pool) -> list[Step]:
    return [s for name in SIZES if name in pool.given for s in pool.given[name].trail]


def _no_larger(project: Project, file: Pool, server: Pool) -> tuple[Edit, ...]:
    """Return the edits that write the server's numbers where SQLite's larger ones stand."""
    changes = []
    for name in SIZES:
        mine, other = file.given.get(name), server.given.get(name)
        at = written_at(mine) if mine is not None else None
        if at is None or other is None or not isinstance(other.data if other.known else None, int):
            return ()
        changes.append((at, str(other.data)))
    return replaced(project.tree, changes)


@rule(
    "POOL003",
    "hard-coded",
    severity=Severity.MEDIUM,
    debt="DEPLOY-5",
    reads=Reads.PYTHON,
    requires=(a_database,),
)
def hard_coded(project: Project) -> Iterator[Draft]:
    """No environment variable can change the size of the server's pool: it is written in the code.

    **Why.** When the number of workers or the database's plan changes, the pool must follow. A number in the
    code then needs a release, in the middle of an outage.

    **Fix.** Read it from the environment, with today's number as the default:
    `pool_size=int(os.getenv("DB_POOL_SIZE", "5"))`.

    **Silent when** a variable changes any of the sizes, nothing is written at all (SQLAlchemy's own
    defaults), the engine keeps no pool, or it is SQLite's.

    Source: the options of the call that makes the engine, followed to where they are written.
    """
    seen: set[Location] = set()
    for deployment in project.deployments:
        for pool, names in _fixed(deployment):
            draft = _for_ever(project, pool, names)
            if draft.at not in seen:
                seen.add(draft.at)
                yield draft


def _fixed(deployment: Deployment) -> Iterator[tuple[Pool, list[str]]]:
    """Yield the server pools whose sizes nothing can change, each engine once, with the options' names."""
    lookups = [deployment.environment]
    other = deployment.selection.with_server if deployment.engines else None
    lookups += [other] if other is not None else []
    groups: dict[int, list[Pool]] = {}
    for lookup in lookups:
        for pool in pools_under(deployment, lookup):
            if pool.server:
                groups.setdefault(id(pool.opening.engine), []).append(pool)
    for pools in groups.values():
        names = [n for n in VARIABLES if n in pools[0].given]
        if names and all(_never_changes(p, n) for p in pools for n in names if n in p.given):
            yield pools[0], names


def _never_changes(pool: Pool, name: str) -> bool:
    resolved = pool.given[name]
    if not resolved.known or not isinstance(resolved.data, int):
        return False
    decided_by = {v.name for v in pool.opening.engine.variables()}
    decided_by |= {v.name for c in pool.opening.conditions if c.test is not None for v in c.test.variables()}
    url = pool.opening.values.get("url")
    decided_by |= {v.name for v in url.variables()} if url is not None else set()
    return {variable.name for variable, _ in resolved.settings} <= decided_by


def _for_ever(project: Project, pool: Pool, names: list[str]) -> Draft:
    numbers = ", ".join(f"{n}={pool.given[n].data}" for n in names)
    variables = " and ".join(VARIABLES[n] for n in names)
    return Draft(
        message=f"The pool's size ({numbers}) is written in the code: no environment variable can change it.",
        at=_place(pool),
        subject=f"{pool.opening.engine.at.path}: {pool.opening.engine.text[:60]}",
        trail=told_once(
            (
                *(s for n in names for s in pool.given[n].trail),
                Step(pool.opening.engine.text, pool.opening.engine.at),
                Step("no environment variable changes it"),
            )
        ),
        certain=pool.reached,
        fix=Fix(
            f"read it from {variables}, with today's numbers as defaults",
            from_environment(project, pool, names),
        ),
    )
