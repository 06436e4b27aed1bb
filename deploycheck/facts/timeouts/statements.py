"""Whether a PostgreSQL session gives up: on connecting, and on a statement that takes too long."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.facts.databases.backends import scheme_of
from deploycheck.facts.databases.engines import literal_texts
from deploycheck.facts.databases.pools import Pool, pools_under
from deploycheck.facts.databases.server_settings import set_outside
from deploycheck.facts.migrations.env_file import texts_of
from deploycheck.python.values import Unknown

if TYPE_CHECKING:
    from deploycheck.facts.deployment import Deployment
    from deploycheck.findings import Step
    from deploycheck.sources.tree import Tree

POSTGRES = frozenset({"postgresql", "postgres"})
LIBPQ = frozenset({"", "psycopg", "psycopg2", "psycopg_async", "psycopg2cffi"})
"""Drivers that are libpq underneath: it waits for ever for a connection by itself."""
STATEMENT = "statement_timeout"
IN_DRIVER = "command_timeout"
"""asyncpg's own bound of a statement."""
CONNECT = "connect_timeout"
_SETS = re.compile(r"\bstatement_timeout\b['\"]?\s*(?:=|\bto\b|,)", re.IGNORECASE)
_HIDING = frozenset({"connect_args", "server_settings", "kwargs", "options"})
_DECIDED = ("creator", "async_creator", "connect")


@dataclass(frozen=True, slots=True, eq=False)
class Unbounded:
    """An engine whose statements nothing bounds. `connects` tells that nothing bounds connecting either."""

    pool: Pool
    driver: str
    connects: bool
    trail: tuple[Step, ...] = ()


def unbounded(deployment: Deployment, tree: Tree) -> tuple[Unbounded, ...]:
    """Return the engines of PostgreSQL that production opens, or would, whose statements may run for ever.

    None where the URL or the options are not seen, or anything in the project sets `statement_timeout`: the
    code in SQL or an event, a variable, a script, the server's own options.
    """
    found = {id(p.opening.engine): p for p in _pools(deployment) if _is_bare(p)}
    if not found or _set_in_code(deployment) or set_outside(STATEMENT, tree, (deployment,)):
        return ()
    return tuple(
        Unbounded(pool, driver_of(pool), _connects_for_ever(deployment, pool)) for pool in found.values()
    )


def driver_of(pool: Pool) -> str:
    """Return the driver that a pool uses; `asyncpg` and others are used without a URL's scheme, too."""
    kind = pool.opening.engine.kind
    if kind in {"asyncpg", "psycopg", "psycopg2", "databases", "aiopg"}:
        return {"databases": "asyncpg", "aiopg": "psycopg2"}.get(kind, kind)
    scheme = scheme_of(pool.url.shape) if pool.url is not None else None
    return scheme.driver if scheme is not None else ""


def _pools(deployment: Deployment) -> Iterator[Pool]:
    other = deployment.selection.with_server if deployment.engines else None
    lookups = (deployment.environment, *((other,) if other is not None else ()))
    for lookup in lookups if deployment.engines else ():
        yield from (p for p in pools_under(deployment, lookup) if p.backend in POSTGRES)


def _is_bare(pool: Pool) -> bool:
    """Tell whether an engine's options are seen whole and none of them bounds a statement."""
    if pool.opening.partial or any(name in pool.given for name in _DECIDED):
        return False
    hiding = [r.value for name, r in pool.given.items() if name in _HIDING]
    if any(isinstance(node, Unknown) for value in hiding for node in value.walk()):
        return False
    return not any(word in text for word in (IN_DRIVER, STATEMENT) for text in _told(pool))


def _told(pool: Pool) -> tuple[str, ...]:
    """Return all that an engine is told: the names of its options, the texts in them, the URL's form."""
    shape = pool.url.shape if pool.url is not None else ""
    texts = [t for resolved in pool.given.values() for t in literal_texts(resolved.value)]
    return (shape, *pool.given, *texts)


def _set_in_code(deployment: Deployment) -> bool:
    """Tell whether any text in the app's code sets it: SQL in an event, options built elsewhere."""
    return any(
        module.path in deployment.modules
        and STATEMENT in module.text.lower()
        and any(_SETS.search(said.text) for said in texts_of(module))
        for module in deployment.program.app_modules()
    )


def _connects_for_ever(deployment: Deployment, pool: Pool) -> bool:
    if driver_of(pool) not in LIBPQ:
        return False  # asyncpg gives up after 60 seconds by itself
    if deployment.environment.lookup("PGCONNECT_TIMEOUT") is not None:
        return False
    return not any(CONNECT in text for text in _told(pool))
