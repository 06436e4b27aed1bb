"""Statements that may run, and connections that may be waited for, without end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.checks.applies import a_database
from deploycheck.checks.declared import no_declared_statement_timeout
from deploycheck.checks.pool.fixes import with_keyword
from deploycheck.facts.timeouts.statements import LIBPQ, Unbounded, unbounded
from deploycheck.findings import Draft, Edit, Fix, Location, Severity, Step
from deploycheck.python.resolution import told_once
from deploycheck.rules import Reads, rule

if TYPE_CHECKING:
    from deploycheck.project import Project

ASYNCPG = 'connect_args={"command_timeout": 30}'
PSYCOPG = 'connect_args={"connect_timeout": 5, "options": "-c statement_timeout=30000"}'
_POOLED = re.compile(r"-pooler\.|\.pooler\.|pgbouncer|:6543\b|\{")
"""URLs of what shares sessions, or whose host is not seen: PgBouncer refuses `options` at the start."""


@rule(
    "TIME004",
    "statement-timeout",
    severity=Severity.LOW,
    debt="DEPLOY-12",
    reads=Reads.PYTHON,
    requires=(a_database, no_declared_statement_timeout),
)
def statement_timeout(project: Project) -> Iterator[Draft]:
    """One slow or blocked statement keeps its connection for ever, and the pool runs dry behind it.

    **Why.** PostgreSQL ends no statement by itself (`statement_timeout` is 0), also not when the request that
    asked has long been given up: a missing index or a lock then takes one connection after the other. And
    libpq (psycopg) waits for ever for a server that does not answer.

    **Fix.** For psycopg `connect_args={"connect_timeout": 5, "options": "-c statement_timeout=30000"}`, for
    asyncpg `command_timeout=30`. Behind PgBouncer set it on the role: `ALTER ROLE app SET statement_timeout =
    '30s'`.

    **Silent when** anything in the project sets `statement_timeout` or `command_timeout`: the URL,
    `PGOPTIONS`, an event, SQL, the server's options; the configuration tells what the role has
    (`statement-timeout`); or the URL or the engine's options are not seen.

    Source: psycopg 3.3 on PostgreSQL 18 (a statement over its time-out is cancelled); the documentation of
    libpq and asyncpg (60 seconds to connect, none for a statement).
    """
    told_at: set[Location] = set()
    for deployment in project.deployments:
        for one in unbounded(deployment, project.tree):
            at = one.pool.opening.engine.at
            if at not in told_at:
                told_at.add(at)
                yield _endless(project, one, tentative=deployment.tentative)


def _endless(project: Project, one: Unbounded, *, tentative: bool) -> Draft:
    pool, engine = one.pool, one.pool.opening.engine
    connecting = ", and none bounds connecting" if one.connects else ""
    return Draft(
        message=(
            f"No time-out bounds a statement on PostgreSQL{connecting}: a slow or blocked one keeps its "
            "connection for ever."
        ),
        at=engine.at,
        subject=f"{engine.at.path}: {engine.text[:60]}",
        trail=told_once((*(pool.url.trail if pool.url is not None else ()), Step(engine.text, engine.at))),
        certain=pool.certain and not tentative,
        fix=_bounding(project, one),
    )


def _bounding(project: Project, one: Unbounded) -> Fix:
    if one.driver == "asyncpg":
        return Fix("give statements a time-out: command_timeout=30", _edit(project, one, ASYNCPG))
    if one.driver not in LIBPQ:
        return Fix("set statement_timeout on the role: ALTER ROLE … SET statement_timeout = '30s'")
    shape = one.pool.url.shape if one.pool.url is not None else "{…}"
    edits = () if _POOLED.search(shape.partition("://")[2]) else _edit(project, one, PSYCOPG)
    return Fix(f"give the engine {PSYCOPG}, or set it on the role behind PgBouncer", edits)


def _edit(project: Project, one: Unbounded, text: str) -> tuple[Edit, ...]:
    """Return the edit for an engine of SQLAlchemy that has no connect_args yet."""
    plain = (
        one.pool.opening.engine.kind in {"sync", "async"} and "connect_args" not in one.pool.opening.values
    )
    return with_keyword(project, one.pool, text) if plain and not one.pool.opening.via else ()
