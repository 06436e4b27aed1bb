"""The pools that an app keeps: class, sizes and bounds, under one environment."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from deploycheck.facts.databases import pool_table
from deploycheck.facts.databases.backends import (
    DRIVERS,
    GIVEN,
    SQLITE,
    UNKNOWN,
    classify,
    is_server,
    scheme_of,
)
from deploycheck.facts.databases.engines import rewritten
from deploycheck.facts.databases.migrations import is_env_file
from deploycheck.facts.databases.pool_settings import URL, Opening, openings_of
from deploycheck.facts.versions import may_reach
from deploycheck.python.binding import NOT_GIVEN
from deploycheck.python.modules import Role
from deploycheck.python.resolution import resolve
from deploycheck.python.values import Literal, Reference, Setting, Value, Variable, peel
from deploycheck.python.worlds import World, worlds

if TYPE_CHECKING:
    from deploycheck.facts.databases.engines import Engine
    from deploycheck.facts.deployment import Deployment
    from deploycheck.findings import Step
    from deploycheck.python.program import Program
    from deploycheck.python.resolution import Resolved
    from deploycheck.python.values import Lookup

RAW = {
    "asyncpg.create_pool": ("min_size", 10, "max_size", 10),
    "psycopg_pool.ConnectionPool": ("min_size", 4, "max_size", None),
    "psycopg_pool.AsyncConnectionPool": ("min_size", 4, "max_size", None),
    "aiomysql.create_pool": ("minsize", 1, "maxsize", 10),
    "aiopg.create_pool": ("minsize", 1, "maxsize", 10),
    "databases.Database": ("min_size", 10, "max_size", 10),
    "databases.core.Database": ("min_size", 10, "max_size", 10),
    "psycopg2.pool.SimpleConnectionPool": ("minconn", None, "maxconn", None),
    "psycopg2.pool.ThreadedConnectionPool": ("minconn", None, "maxconn", None),
}
"""Pools of drivers: the names of their bounds, and what they are when nothing is said (asyncpg 0.32,
psycopg_pool 3.3, aiomysql 0.3; `databases` hands its own on to asyncpg). No upper bound: the lower one."""

MAX_WORDS = 6
"""Spellings of a switch that are tried."""
MAX_SCENARIOS = 24
_FOR_TESTS = re.compile(r"\s*_*test_?\w*\s*(?::[^=]*)?=", re.IGNORECASE)
"""A name that says that an engine is for tests: it stands in the app, and nothing opens it there."""

SQLALCHEMY = frozenset({"sync", "async", "flask"})


@dataclass(frozen=True, slots=True)
class Bound:
    """The most connections that a pool opens. `most` None: not known, unless it is `unlimited`.

    `overflow` is how many of them it opens only under load.
    """

    most: int | None = None
    text: str = ""
    unlimited: bool = False
    overflow: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """One pool as an environment decides it.

    `kind` is the class's name, empty where it is not known; `given` are the options that the code gives,
    decided. `backend` is the database's (`given` for a URL that is not seen). `certain` tells that it is
    opened, and for this backend, without a guess; `reached` that the tests that lead to it are decided.
    """

    opening: Opening
    backend: str
    url: Resolved | None
    kind: str
    given: Mapping[str, Resolved]
    bound: Bound
    certain: bool
    reached: bool = True
    way: tuple[Step, ...] = ()
    release: pool_table.Release = field(default=pool_table.Release())

    @property
    def server(self) -> bool:
        """Whether it leads to a database server."""
        return is_server(self.backend)

    def number(self, name: str) -> int | float | None:
        """Return an option's number, cast if it is text; None where it is not given or not known."""
        resolved = self.given.get(name)
        return number_of(resolved) if resolved is not None else None

    def is_true(self, name: str) -> bool | None:
        """Tell whether an option is true; None when it is not known, False when it is not given."""
        resolved = self.given.get(name)
        if resolved is None:
            return None if self.opening.partial else False
        return bool(resolved.data) if resolved.known else None


def pools_under(deployment: Deployment, lookup: Lookup) -> tuple[Pool, ...]:
    """Return every pool that a deployment's code may open under an environment, in the order of engines.

    One whose options are not decided stands there once for each way they may turn out.
    """
    found = openings(deployment)
    provided = _Provided(lookup, found)
    return tuple(p for o in found for p in pools_of(o, deployment, provided))


class _Provided:
    """An environment in which what the code cannot do without is set, where it may be: the app starts."""

    def __init__(self, lookup: Lookup, openings: Iterable[Opening]) -> None:
        self.lookup_before = lookup
        self.required = {
            name
            for opening in openings
            for value in (
                *opening.values.values(),
                *(c.test for c in opening.conditions if c.test is not None),
            )
            for variable in value.variables()
            if variable.default is None
            for name in variable.names[:1]
        }
        urls = (opening.values.get(URL) for opening in openings)
        self.required |= {v.name for v in map(needed_url, urls) if v is not None}

    def settled(self, name: str) -> bool:
        return self.lookup_before.settled(name)

    def lookup(self, name: str) -> Setting | None:
        known = self.lookup_before.lookup(name)
        if known is None and name in self.required and not self.settled(name):
            return Setting(name, None, "the environment")
        return known


def needed_url(url: Value | None) -> Variable | None:
    """Return the variable that is a URL by itself: unset it gives None, which no engine takes."""
    found = peel(url) if url is not None else None
    if not isinstance(found, Variable) or found.default is None:
        return None
    default = peel(found.default)
    return found if isinstance(default, Literal) and default.data is None else None


def openings(deployment: Deployment) -> tuple[Opening, ...]:
    """Return every way in which a deployment's code makes an engine, found once."""
    kept = _KNOWN.setdefault(deployment.program, {})
    key = (deployment.name, id(deployment.engines))
    if key not in kept:
        kept[key] = _find(deployment)
    return kept[key]


def _find(deployment: Deployment) -> tuple[Opening, ...]:
    old = not may_reach(deployment.installed, "flask-sqlalchemy", "3.0")
    found = [
        opening
        for engine in deployment.engines
        if _is_of_the_app(deployment, engine)
        for opening in openings_of(deployment.program, engine, deployment.modules, old_flask=old)
    ]
    return tuple(found)


_KNOWN: WeakKeyDictionary[Program, dict[tuple[str, int], tuple[Opening, ...]]] = WeakKeyDictionary()


def _is_of_the_app(deployment: Deployment, engine: Engine) -> bool:
    """Tell whether an engine is the app's own: not one of migrations, scripts or tests beside it."""
    module = deployment.program.module_at(engine.at.path)
    if module is None or module.role is not Role.APP or is_env_file(module):
        return False
    line = module.text.split("\n")[engine.at.line - 1]
    return _FOR_TESTS.match(line) is None


def scenarios(deployment: Deployment) -> tuple[tuple[Pool, ...], ...]:
    """Return the pools that the code opens in production, with a server, and where it falls back from it."""
    selection = deployment.selection
    lookups: list[Lookup] = [deployment.environment]
    base = selection.with_server
    if base is not None:
        lookups.append(base)
        lookups += [base.with_settings({}, without=v.names) for v in selection.variables]
        lookups += [
            base.with_settings({name: text})
            for name, texts in selection.switches.items()
            for text in texts[:MAX_WORDS]
        ]
    return tuple(pools_under(deployment, lookup) for lookup in lookups[:MAX_SCENARIOS])


def pools_of(opening: Opening, deployment: Deployment, lookup: Lookup) -> list[Pool]:
    """Return the pools that one opening may give under an environment, alike ones once."""
    release = pool_table.release_of(deployment.installed)
    found: dict[object, Pool] = {}
    for world in worlds(opening.values, opening.conditions, lookup):
        pool = _pool(opening, world, release, lookup)
        key = (pool.backend, pool.kind, pool.bound, tuple((k, str(v.value)) for k, v in pool.given.items()))
        found.setdefault(key, pool)
    return list(found.values())


def _pool(opening: Opening, world: World, release: pool_table.Release, lookup: Lookup) -> Pool:
    url = world.values.get(URL)
    given = {k: v for k, v in world.values.items() if k != URL and v.value is not NOT_GIVEN}
    backend, sure = _backend(opening, url, world, lookup)
    kind = _class(opening, url, given, backend, release)
    bound = _bound(opening, kind, given)
    certain = sure and world.certain
    return Pool(opening, backend, url, kind, given, bound, certain, world.certain, world.way, release)


# -- which database -----------------------------------------------------------------------------------


def _backend(opening: Opening, url: Resolved | None, world: World, lookup: Lookup) -> tuple[str, bool]:
    """Return the backend in one world, and whether that is sure."""
    by_driver = DRIVERS.get(opening.engine.kind)
    if by_driver is not None:
        return by_driver, True  # Its arguments may be words of libpq, or none.
    if url is None:
        return UNKNOWN, True
    backend = classify(url)
    if backend in {GIVEN, UNKNOWN}:
        if backend == UNKNOWN and _is_given(opening.values[URL], lookup):
            backend = GIVEN
        backend = _told_by_tests(opening, world) or backend
        return backend, backend == GIVEN and url.certain
    return backend, url.certain


def _is_given(url: Value, lookup: Lookup) -> bool:
    """Tell whether a URL is one from outside that code only rewrites a little."""
    inner = rewritten(url)
    return inner is not None and any(classify(o) == GIVEN for o in resolve(inner, lookup).possibilities())


def _told_by_tests(opening: Opening, world: World) -> str:
    """Return what the tests that were taken to be true or false say of a URL that is not seen."""
    value = opening.values.get(URL)
    names = set(value.variable_names()) if value is not None else set()
    for test, truth in world.assumed:
        if names & set(test.variable_names()) and any(_names_sqlite(n) for n in test.walk()):
            negated = "not " in _written(test)
            return SQLITE if truth is not negated else GIVEN
    return ""


def _written(test: Value) -> str:
    return str(getattr(peel(test), "text", ""))


def _names_sqlite(node: Value) -> bool:
    return isinstance(node, Literal) and isinstance(node.data, str) and SQLITE in node.data


# -- which pool, and how large ------------------------------------------------------------------------


def _class(
    opening: Opening,
    url: Resolved | None,
    given: Mapping[str, Resolved],
    backend: str,
    release: pool_table.Release,
) -> str:
    if opening.engine.kind not in SQLALCHEMY:
        return opening.engine.kind
    chosen = given.get("poolclass")
    if chosen is not None and not (chosen.known and chosen.data is None):
        return _named(chosen.value)
    if "pool" in given or (opening.partial and chosen is None):
        return ""
    shape = url.shape if url is not None else ""
    found = pool_table.default_class(shape, opening.engine.kind, release)
    if opening.engine.kind == "flask" and found == pool_table.SINGLETON:
        return pool_table.STATIC  # Flask-SQLAlchemy keeps one connection to a database in memory.
    if not found and backend == GIVEN:
        return pool_table.ASYNC_QUEUE if opening.engine.kind == "async" else pool_table.QUEUE
    return found


def _named(value: Value) -> str:
    """Return the name of a pool class of SQLAlchemy."""
    found = peel(value)
    name = found.name if isinstance(found, Reference) and found.target is None else ""
    return name.rpartition(".")[2] if name.startswith("sqlalchemy") else ""


def _bound(opening: Opening, kind: str, given: Mapping[str, Resolved]) -> Bound:
    call = opening.engine.call
    raw = RAW.get(call.name) if call is not None and opening.engine.kind not in SQLALCHEMY else None
    if raw is not None:
        return _bound_of_driver(opening, raw, given)
    if kind in pool_table.QUEUES:
        return _bound_of_queue(opening, given)
    if kind in {pool_table.STATIC, pool_table.ASSERTION}:
        return Bound(1, "1")
    return Bound()


def _bound_of_queue(opening: Opening, given: Mapping[str, Resolved]) -> Bound:
    size = _option(opening, given, "pool_size", pool_table.SIZE)
    overflow = _option(opening, given, "max_overflow", pool_table.OVERFLOW)
    if size == 0 or overflow == -1:
        return Bound(unlimited=True, text="no limit")
    if size is None or overflow is None or size < 0 or overflow < 0:
        return Bound()
    return Bound(size + overflow, f"({size} + {overflow})", overflow=overflow)


def _bound_of_driver(
    opening: Opening, raw: tuple[str, int | None, str, int | None], given: Mapping[str, Resolved]
) -> Bound:
    low, low_default, high, high_default = raw
    most = _option(opening, given, high, high_default)
    if most is None and high not in given and high_default is None:
        most = _option(opening, given, low, low_default)
    return Bound(most, str(most)) if most is not None and most > 0 else Bound()


def _option(opening: Opening, given: Mapping[str, Resolved], name: str, default: int | None) -> int | None:
    resolved = given.get(name)
    if resolved is None or (resolved.known and resolved.data is None and default is None):
        return None if opening.partial else default
    number = number_of(resolved)
    return int(number) if number is not None else None


def number_of(resolved: Resolved) -> int | float | None:
    """Return a resolved number, written as text or not; None where it is not known."""
    data = resolved.data if resolved.known else None
    if isinstance(data, bool):
        return None
    if isinstance(data, str) and re.fullmatch(r"\s*-?\d+\s*", data):
        return int(data)
    return data if isinstance(data, (int, float)) else None


def scheme_text(pool: Pool) -> str:
    """Return the scheme of a pool's URL, empty where it is not known."""
    scheme = scheme_of(pool.url.shape) if pool.url is not None else None
    return "" if scheme is None else scheme.backend + (f"+{scheme.driver}" if scheme.driver else "")
