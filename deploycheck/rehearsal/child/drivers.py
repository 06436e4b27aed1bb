"""Raw calls of database drivers: led to the throwaway where the backend is the same, else refused."""

from __future__ import annotations

import functools
import os
from typing import Any

from .guards import file_of, opens_a_file
from .importing import Mender, mend_after_import
from .refusing import refuse
from .throwaway import Throwaway

_LIBPQ_KEPT = frozenset(
    "autocommit prepare_threshold context row_factory cursor_factory connection_factory connect_timeout"
    " application_name client_encoding async async_ cursor_class".split()
)
_ASYNCPG_KEPT = frozenset(
    "loop timeout statement_cache_size max_cached_statement_lifetime max_cacheable_statement_size"
    " command_timeout connection_class record_class".split()
)
_PG8000_KEPT = frozenset(("timeout", "application_name", "tcp_keepalive"))
_FOREIGN = {
    "pymysql": "connect Connect Connection",
    "MySQLdb": "connect Connect Connection",
    "mysql.connector": "connect",
    "mariadb": "connect",
    "aiomysql": "connect create_pool",
    "asyncmy": "connect create_pool",
    "oracledb": "connect connect_async create_pool",
    "cx_Oracle": "connect",
    "pyodbc": "connect",
    "aioodbc": "connect",
    "pymssql": "connect",
    "psycopg2cffi": "connect",
    "duckdb": "connect",
}
"""Drivers of other backends, and their calls that connect."""


def lead_drivers(throwaway: Throwaway) -> None:
    """Lead or refuse each driver's own calls from its import on."""
    menders: dict[str, Mender] = {
        "psycopg": lambda m: _psycopg(m, throwaway),
        "psycopg2": lambda m: _psycopg2(m, throwaway),
        "asyncpg": lambda m: _asyncpg(m, throwaway),
        "pg8000.core": lambda m: _pg8000(m, throwaway),
        "sqlite3": lambda m: _sqlite(m, throwaway),
    }
    for name, calls in _FOREIGN.items():
        menders[name] = functools.partial(_foreign, calls=calls)
    mend_after_import(menders)


def _psycopg(module: Any, throwaway: Throwaway) -> None:
    def led(original: Any, name: str) -> Any:
        @functools.wraps(original)
        def connect(cls: Any, *args: Any, **kw: Any) -> Any:
            _same_backend(throwaway, name)
            kept = {k: v for k, v in kw.items() if k in _LIBPQ_KEPT}
            return original(cls, "", **dict(kept, **throwaway.for_libpq(kw)))

        return classmethod(connect)

    for cls, name in ((module.Connection, "connect"), (module.AsyncConnection, "AsyncConnection.connect")):
        cls.connect = led(cls.connect.__func__, "psycopg." + name)
    module.connect = module.Connection.connect


def _psycopg2(module: Any, throwaway: Throwaway) -> None:
    original = module.connect

    @functools.wraps(original)
    def connect(dsn: Any = None, *args: Any, **kw: Any) -> Any:
        _same_backend(throwaway, "psycopg2.connect")
        kept = {k: v for k, v in kw.items() if k in _LIBPQ_KEPT}
        return original(None, *args, **dict(kept, **throwaway.for_libpq(kw)))

    module.connect = connect


def _asyncpg(module: Any, throwaway: Throwaway) -> None:
    original = module.connection.connect

    @functools.wraps(original)
    async def connect(*args: Any, **kw: Any) -> Any:
        _same_backend(throwaway, "asyncpg.connect")
        kept = {k: v for k, v in kw.items() if k in _ASYNCPG_KEPT}
        return await original(**dict(kept, **throwaway.for_asyncpg(kw)))

    module.connect = module.connection.connect = connect


def _pg8000(module: Any, throwaway: Throwaway) -> None:
    original = module.CoreConnection.__init__

    @functools.wraps(original)
    def init(self: Any, *args: Any, **kw: Any) -> None:
        _same_backend(throwaway, "pg8000.connect")
        kept = {k: v for k, v in kw.items() if k in _PG8000_KEPT}
        original(self, **dict(kept, **throwaway.for_pg8000()))
        for name, value in sorted(throwaway.settings.items()):
            self.execute_simple("SET %s = '%s'" % (name, value))

    module.CoreConnection.__init__ = init


def _sqlite(module: Any, throwaway: Throwaway) -> None:
    original = module.connect

    @functools.wraps(original)
    def connect(database: Any, *args: Any, **kw: Any) -> Any:
        name = os.fsdecode(database) if isinstance(database, (str, bytes, os.PathLike)) else str(database)
        if not opens_a_file(name) or (throwaway.is_ours(file_of(name)) and not throwaway.read_only):
            return original(database, *args, **kw)
        _same_backend(throwaway, "sqlite3.connect(%r)" % name, "sqlite")
        path, ours = throwaway.for_sqlite()
        return original(path, *args[:6], **dict(kw, uri=False, **ours) if not ours else dict(kw, **ours))

    module.connect = module.dbapi2.connect = connect


def _foreign(module: Any, calls: str) -> None:
    for call in calls.split():
        if hasattr(module, call):
            setattr(module, call, _refusing("%s.%s" % (module.__name__, call)))


def _refusing(name: str) -> Any:
    def refused(*args: Any, **kw: Any) -> Any:
        raise refuse(name)

    return refused


def _same_backend(throwaway: Throwaway, call: str, backend: str = "postgresql") -> None:
    if throwaway.backend != backend:
        raise refuse("%s, while the rehearsal runs on %s," % (call, throwaway.backend))
