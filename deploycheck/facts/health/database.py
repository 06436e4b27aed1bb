"""Which calls need the database: by what they are called on, else by its name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from deploycheck.facts.databases.engines import ASYNC, ASYNC_WRAPPERS, FROM_CONFIG, SYNC
from deploycheck.facts.health.things import Handle
from deploycheck.facts.web.objects import arms
from deploycheck.python.values import Instance, Made, Reference

if TYPE_CHECKING:
    from deploycheck.python.values import Value

OPENING = frozenset(
    {
        "psycopg.connect",
        "psycopg2.connect",
        "pymysql.connect",
        "MySQLdb.connect",
        "mysql.connector.connect",
        "pyodbc.connect",
        "sqlite3.connect",
        "asyncpg.connect",
        "psycopg.AsyncConnection.connect",
        "aiosqlite.connect",
        "aiomysql.connect",
        "sqlalchemy.inspect",
        "alembic.command.check",
        "alembic.command.current",
    }
)
"""Functions that open a connection at once."""

_ASYNC_OPENING = frozenset(
    {"asyncpg.connect", "psycopg.AsyncConnection.connect", "aiosqlite.connect", "aiomysql.connect"}
)
_LIBRARIES = (
    "sqlalchemy",
    "sqlmodel",
    "asyncpg",
    "psycopg",
    "databases",
    "flask_sqlalchemy",
    "aiomysql",
    "aiosqlite",
)
_KINDS = {
    "Session": ("session", False),
    "scoped_session": ("session", False),
    "SessionDep": ("session", None),
    "AsyncSession": ("session", True),
    "Connection": ("connection", None),
    "AsyncConnection": ("connection", True),
    "Engine": ("engine", False),
    "AsyncEngine": ("engine", True),
    "Pool": ("pool", True),
    "ConnectionPool": ("pool", False),
    "AsyncConnectionPool": ("pool", True),
    "ThreadedConnectionPool": ("pool", False),
    "SimpleConnectionPool": ("pool", False),
    "create_pool": ("pool", True),
    "Database": ("pool", True),
    "SQLAlchemy": ("flask", False),
}
_FACTORIES = frozenset({"sessionmaker", "async_sessionmaker", "async_scoped_session"})

_FETCHES = frozenset(
    "execute scalar scalars exec exec_driver_sql fetch fetchrow fetchval fetchone fetchall fetch_one "
    "fetch_all fetch_val executemany stream stream_scalars run_sync execute_query execute_sql "
    "ensure_connection".split()
)
_NEEDS = {
    "engine": frozenset({"connect", "begin", "raw_connection", "execute", "scalar", "run_sync"}),
    "pool": _FETCHES | {"acquire", "connection", "getconn", "connect", "open", "wait"},
    "session": _FETCHES | {"get", "get_one", "connection", "commit", "flush", "refresh"},
    "connection": _FETCHES | {"ping", "commit"},
    "query": frozenset(
        "all first one one_or_none scalar count get get_or_404 first_or_404 paginate scalar_one".split()
    ),
}
_GIVES = {"connect": "connection", "begin": "connection", "connection": "connection", "acquire": "connection"}
_NAMED = re.compile(
    r"(?i)(?:^|_)(?:db|database|session|sessions|conn|connection|cur|cursor|engine|sqlalchemy|pg|postgres(?:ql)?)(?:$|_|\d)"
)
_OPENED = re.compile(r"(?i)(?:^|_)(?:db|database|engine|pg|postgres(?:ql)?|pool)(?:$|_|\d)")
_OTHER = re.compile(
    r"(?i)redis|cache|kafka|rabbit|amqp|mongo|mq|http|aiohttp|requests|celery|s3|es$|elastic|neo4j|ldap"
)
_OPENS = frozenset({"connect", "begin", "ping", "acquire", "raw_connection", "getconn"})


def handle_of(value: Value) -> Handle | None:
    """Return the way to the database that a value is, by what made it."""
    for arm, _ in arms(value):
        match arm:
            case Made(callee=callee):
                found = _made(callee, arm)
            case Instance(name=name) | Reference(name=name, target=None):
                found = annotated(name.removesuffix("()")) if isinstance(arm, Instance) else None
            case _:
                found = None
        if found is not None:
            return found
    return None


def _made(callee: str, made: Made) -> Handle | None:
    if callee in SYNC or callee in FROM_CONFIG:
        return Handle("engine", is_async="async" in callee)
    if callee in ASYNC or callee in ASYNC_WRAPPERS:
        return Handle("engine", is_async=True)
    last = callee.rpartition(".")[2]
    if last in _FACTORIES:
        given = made.argument(None, "class_")
        named = any("Async" in getattr(a, "name", "") for a, _ in arms(given)) if given is not None else False
        return Handle("factory", is_async="async" in last or named)
    return annotated(callee)


def annotated(name: str) -> Handle | None:
    """Return the way to the database that an object of a class is, by the class's qualified name."""
    last = name.rpartition(".")[2]
    if last not in _KINDS or (name != last and not name.startswith(_LIBRARIES)):
        return None
    kind, is_async = _KINDS[last]
    if last in {"Session", "Connection"} and "asyn" in name:
        is_async = True
    return Handle(kind, is_async=is_async)


def called(name: str) -> Handle | None:
    """Return the connection that a library's function opens, None for any other."""
    return Handle("connection", is_async=name in _ASYNC_OPENING) if name in OPENING else None


def method(owner: Handle, name: str) -> tuple[bool, Handle | None]:
    """Tell whether a method of a way to the database needs it, and return what it gives."""
    needs = name in _NEEDS.get(owner.kind, ())
    if needs:
        kind = _GIVES.get(name, "result") if owner.kind in {"engine", "pool"} else "result"
        return True, Handle(kind, is_async=owner.is_async)
    if owner.kind == "session" and name == "query":
        return False, Handle("query", is_async=owner.is_async)
    if owner.kind == "factory" and name == "begin":
        return False, Handle("session", is_async=owner.is_async)
    kept = {"session": ("begin", "begin_nested"), "connection": ("cursor", "begin", "transaction")}
    if owner.kind == "query" or name in kept.get(owner.kind, ()):
        return False, Handle(owner.kind, is_async=owner.is_async)
    return False, None


def attribute(owner: Handle, name: str) -> Handle | None:
    """Return what an attribute of a way to the database is: `db.session`, `db.engine`, `session.bind`."""
    if owner.kind == "flask" and name in {"session", "engine"}:
        return Handle(name, is_async=False)
    return None


def looks_needed(receiver: str, name: str) -> bool:
    """Tell by names alone whether `receiver.name(…)` needs a database."""
    if _OTHER.search(receiver):
        return False
    if name in _FETCHES:
        return bool(_NAMED.search(receiver))
    return name in _OPENS and bool(_OPENED.search(receiver))
