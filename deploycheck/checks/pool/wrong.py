"""Arguments that SQLAlchemy refuses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.checks.applies import a_database
from deploycheck.facts.databases import pool_table
from deploycheck.facts.databases.moments import IMPORT, START_UP, moment_of
from deploycheck.facts.databases.pools import SQLALCHEMY, Pool, pools_under
from deploycheck.findings import Draft, Fix, Location, Severity, Step
from deploycheck.python.resolution import told_once
from deploycheck.rules import Reads, rule

if TYPE_CHECKING:
    from deploycheck.facts.deployment import Deployment
    from deploycheck.project import Project

DIALECTS = frozenset({"sqlite", "postgresql", "mysql", "mariadb", "given"})
"""Backends whose dialects take no pool arguments of their own."""


@rule(
    "POOL006",
    "wrong-pool",
    severity=Severity.CRITICAL,
    debt="DEPLOY-5",
    reads=Reads.PYTHON | Reads.REQUIREMENTS,
    requires=(a_database,),
)
def wrong_pool(project: Project) -> Iterator[Draft]:
    """SQLAlchemy refuses these arguments for this pool: making the engine raises.

    **Why.** Each pool class takes its own arguments. NullPool, StaticPool and AssertionPool take no size;
    the pool of an in-memory SQLite takes no overflow; `pool_size` must be a number, and a variable's value
    is text; an asyncio engine takes no QueuePool. The app does not start, or fails at its first request.

    **Fix.** Leave out the argument or the pool class, cast the variable with `int(...)`, and write keywords
    as SQLAlchemy does.

    **Silent when** the pool's class or an argument is not known, or the engine is not made in production.
    Files of SQLite have no pool before SQLAlchemy 2.0, asyncio's before 2.0.38, and a class for the other
    kind of engine is refused since 2.0.28: the project's own requirement decides.

    Source: tried with SQLAlchemy 1.4.54, 2.0.0, 2.0.24 to 2.0.30, 2.0.37, 2.0.38, 2.0.46 and 2.1.9.
    """
    seen: set[tuple[Location, str]] = set()
    for deployment in project.deployments:
        for pool in pools_under(deployment, deployment.environment):
            for subject, says, trail in _refused(pool):
                key = (pool.opening.engine.at, subject)
                if key not in seen:
                    seen.add(key)
                    yield _raises(deployment, pool, subject, says, trail)


def _refused(pool: Pool) -> Iterator[tuple[str, str, tuple[Step, ...]]]:
    """Yield what the engine is refused for: the argument, what SQLAlchemy makes of it, and its trail."""
    if pool.opening.engine.kind not in SQLALCHEMY or pool.backend not in DIALECTS:
        return
    refused = pool_table.REFUSED.get(pool.kind, frozenset())
    for name, resolved in pool.given.items():
        if name in refused:
            yield name, f"{pool.kind} takes no {name}", resolved.trail
        elif pool_table.misspelt(name):
            yield name, f"create_engine() knows no argument {name}", resolved.trail
    size = pool.given.get("pool_size")
    by_config = pool.opening.engine.call is not None and "from_config" in pool.opening.engine.call.name
    if size is not None and pool.kind in pool_table.QUEUES and not by_config and _is_text(pool):
        yield "pool_size", "pool_size is text here, and must be a number", size.trail
    shape = pool.url.shape if pool.url is not None else ""
    kind = pool.opening.engine.kind
    if "poolclass" in pool.given and pool_table.wrong_kind(pool.kind, shape, kind, pool.release):
        which = "an asyncio engine" if pool.kind in pool_table.FOR_SYNC else "an engine without asyncio"
        yield "poolclass", f"{pool.kind} cannot be used with {which}", pool.given["poolclass"].trail


def _is_text(pool: Pool) -> bool:
    size = pool.given["pool_size"]
    return size.known and isinstance(size.data, str)


def _raises(deployment: Deployment, pool: Pool, subject: str, says: str, trail: tuple[Step, ...]) -> Draft:
    moment = moment_of(deployment, pool.opening)
    when = "the app does not start" if moment in {IMPORT, START_UP} else "the first use of the database fails"
    resolved = pool.given[subject]
    sure = pool.reached and not pool.opening.partial and moment in {IMPORT, START_UP}
    from_url = "poolclass" not in pool.given and subject in pool_table.REFUSED.get(pool.kind, ())
    known = pool.certain if from_url else True
    url = pool.url.trail if from_url and pool.url is not None else ()
    return Draft(
        message=f"SQLAlchemy refuses to make this engine ({says}): {when}.",
        at=pool.opening.engine.at,
        subject=f"{pool.opening.engine.at.path}: {subject}",
        trail=told_once((*url, *trail, Step(pool.opening.engine.text, pool.opening.engine.at), Step(says))),
        certain=sure and known and _settled(pool, subject) and not deployment.tentative,
        fix=Fix(_remedy(subject, says), question="" if resolved.known else "Is this pool meant?"),
    )


def _settled(pool: Pool, subject: str) -> bool:
    """Tell whether the argument is given whatever the tests that are not decided.

    That a variable's value is text does not depend on what it is set to.
    """
    resolved = pool.given[subject]
    return resolved.certain or (subject == "pool_size" and _is_text(pool))


def _remedy(subject: str, says: str) -> str:
    if "must be a number" in says:
        return "cast it: int(os.getenv(...))"
    if subject == "poolclass":
        return "leave poolclass out: SQLAlchemy chooses the pool that fits the engine"
    return f"leave out {subject}, or choose a pool that takes it"
