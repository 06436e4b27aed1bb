"""Connections that the database closes while the pool keeps them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.checks.applies import a_database
from deploycheck.checks.pool.fixes import with_keyword
from deploycheck.facts.databases import pool_table
from deploycheck.facts.databases.backends import GIVEN
from deploycheck.facts.databases.pools import SQLALCHEMY, Pool, pools_under
from deploycheck.findings import Draft, Fix, Location, Severity, Step
from deploycheck.python.resolution import told_once
from deploycheck.rules import Reads, rule

if TYPE_CHECKING:
    from deploycheck.facts.deployment import Deployment
    from deploycheck.project import Project

MINUTES_30 = 1800


@dataclass(frozen=True, slots=True)
class Cut:
    """What closes idle connections, and after how many seconds at the latest."""

    name: str
    seconds: int


HOSTS = (
    (re.compile(r"\.neon\.tech\b"), Cut("Neon", 300)),
    (re.compile(r"\.database\.[\w.]*databricks|\.database\.azuredatabricks"), Cut("Lakebase", 300)),
    (re.compile(r"\.pooler\.supabase\.|\.supabase\.co\b"), Cut("Supabase", MINUTES_30)),
    (re.compile(r"\.proxy-[\w-]+\.[\w-]+\.rds\.amazonaws\.com"), Cut("RDS Proxy", MINUTES_30)),
    (re.compile(r"\.(?:postgres|mysql)\.database\.azure\.com"), Cut("Azure's network", 240)),
)
LAKEBASE = Cut("Lakebase", 300)
HEROKU = Cut("Heroku Postgres", MINUTES_30)
MYSQL = Cut("MySQL (wait_timeout)", 28_800)


@rule(
    "POOL005",
    "stale-connections",
    severity=Severity.MEDIUM,
    debt="DEPLOY-5",
    reads=Reads.PYTHON,
    requires=(a_database,),
)
def stale_connections(project: Project) -> Iterator[Draft]:
    """Idle connections are closed by the database, and the pool hands them to the next request untested.

    **Why.** Serverless and proxied databases drop connections that are idle, and so does MySQL. The pool does
    not notice: after a quiet night the first requests of each worker fail with "server closed the
    connection".

    **Fix.** `pool_pre_ping=True`: each connection is tested before it is used, and replaced when it is dead.
    Or `pool_recycle` below the time after which the database closes them.

    **Silent when** connections are tested or renewed in time, the engine keeps none, code tests them in an
    event of its own, or nothing tells that this database closes any (a PostgreSQL in a container beside the
    app).

    Source: a session that the server killed, with and without pre-ping, on SQLAlchemy 2.1; the platforms'
    and MySQL's own documentation of idle time-outs.
    """
    seen: set[Location] = set()
    for deployment in project.deployments:
        for pool, cut in _stale(deployment):
            at = pool.opening.engine.at
            if at not in seen:
                seen.add(at)
                yield _closed(project, pool, cut)


def _stale(deployment: Deployment) -> Iterator[tuple[Pool, Cut]]:
    if not deployment.engines or _tests_itself(deployment):
        return
    other = deployment.selection.with_server
    for lookup in (deployment.environment, *((other,) if other is not None else ())):
        for pool in pools_under(deployment, lookup):
            cut = _cut(deployment, pool)
            if cut is not None and _keeps(pool) and _is_unguarded(pool, cut):
                yield pool, cut


def _tests_itself(deployment: Deployment) -> bool:
    """Tell whether code looks at connections when they leave the pool."""
    event = re.compile(r"listens?(?:_for)?\([^)]*[\"'](?:checkout|engine_connect)[\"']")
    return any(event.search(m.text) for m in deployment.program.app_modules() if m.path in deployment.modules)


def _keeps(pool: Pool) -> bool:
    return pool.opening.engine.kind in SQLALCHEMY and pool.kind in pool_table.QUEUES


def _is_unguarded(pool: Pool, cut: Cut) -> bool:
    """Tell whether idle connections are certainly neither tested nor renewed in time."""
    if pool.is_true("pool_pre_ping") is not False:
        return False
    if "pool_recycle" not in pool.given:
        return not pool.opening.partial
    recycle = pool.number("pool_recycle")
    return recycle is not None and (recycle < 0 or recycle >= cut.seconds)


def _cut(deployment: Deployment, pool: Pool) -> Cut | None:
    """Return what is known to close idle connections of a pool's database."""
    shape = pool.url.shape if pool.url is not None else ""
    for host, cut in HOSTS:
        if host.search(shape):
            return cut
    if not pool.server:
        return None
    if pool.backend in {"mysql", "mariadb"}:
        return MYSQL
    return _of_platform(deployment, pool) if pool.backend in {"postgresql", "postgres", GIVEN} else None


def _of_platform(deployment: Deployment, pool: Pool) -> Cut | None:
    """Return what the platform's own database does, where the URL is made of the variables that it sets."""
    names = {v.name for v in pool.opening.engine.variables()}
    names |= {v.name for value in pool.opening.values.values() for v in value.variables()}
    if deployment.platform.key == "databricks" and names & {
        "PGHOST",
        "LAKEBASE_ENDPOINT",
        "LAKEBASE_INSTANCE",
    }:
        return LAKEBASE
    if deployment.platform.key == "heroku" and "DATABASE_URL" in names:
        return HEROKU
    return None


def _closed(project: Project, pool: Pool, cut: Cut) -> Draft:
    recycle = pool.given.get("pool_recycle")
    renewed = recycle.trail if recycle is not None else ()
    seconds = pool.number("pool_recycle")
    late = f"renewed only after {seconds:g} s" if seconds is not None and seconds > 0 else "never renewed"
    return Draft(
        message=(
            f"{cut.name} closes idle connections (after {cut.seconds} s), and the pool's are not tested and "
            f"{late}: the first requests after a quiet time fail."
        ),
        at=pool.opening.engine.at,
        subject=f"{pool.opening.engine.at.path}: {pool.opening.engine.text[:60]}",
        trail=told_once(
            (
                *(pool.url.trail if pool.url is not None else ()),
                *renewed,
                Step(pool.opening.engine.text, pool.opening.engine.at),
                Step("no pool_pre_ping is given, and it is off by itself"),
            )
        ),
        certain=pool.certain,
        fix=Fix("add pool_pre_ping=True", with_keyword(project, pool, "pool_pre_ping=True"))
        if "pool_pre_ping" not in pool.given
        else Fix("set pool_pre_ping to True"),
    )
