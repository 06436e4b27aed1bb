"""Database URLs: which backend and driver a URL means, known from its scheme alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.python.values import Failure, Literal, Unknown

if TYPE_CHECKING:
    from deploycheck.python.resolution import Resolved

SQLITE = "sqlite"
GIVEN = "given"
"""A URL that is set in the environment and cannot be seen: its backend is the deployer's choice."""
UNKNOWN = "unknown"
FAILS = "fails"
NONE = "none"

SERVERS = frozenset(
    {
        "postgresql",
        "postgres",
        "mysql",
        "mariadb",
        "mssql",
        "oracle",
        "cockroachdb",
        "redshift",
        "snowflake",
        "databricks",
    },
)
SERVER_WORDS = re.compile(
    r"postgres|psql|^pg$|mysql|maria|mssql|sqlserver|oracle|cockroach|lakebase|aurora|^rds$|cloudsql",
    re.IGNORECASE,
)
"""Spellings by which a setting names a database server."""

DRIVERS = {
    "psycopg": "postgresql",
    "psycopg2": "postgresql",
    "psycopg2-binary": "postgresql",
    "psycopg-binary": "postgresql",
    "asyncpg": "postgresql",
    "pg8000": "postgresql",
    "psycopg2cffi": "postgresql",
    "aiopg": "postgresql",
    "pymysql": "mysql",
    "mysqlclient": "mysql",
    "mysql-connector-python": "mysql",
    "aiomysql": "mysql",
    "asyncmy": "mysql",
    "mariadb": "mariadb",
    "pyodbc": "mssql",
    "pymssql": "mssql",
    "oracledb": "oracle",
    "cx-oracle": "oracle",
}
"""Distributions that connect to a database server, and to which."""

ASYNC_DRIVERS = frozenset(
    {"asyncpg", "aiosqlite", "aiomysql", "asyncmy", "aioodbc", "psycopg_async", "oracledb_async"}
)
SYNC_DRIVERS = frozenset(
    {
        "psycopg2",
        "psycopg2cffi",
        "pg8000",
        "pymysql",
        "mysqldb",
        "mysqlconnector",
        "pyodbc",
        "pymssql",
        "pysqlite",
    }
)

_SCHEME = re.compile(r"\s*([A-Za-z][A-Za-z0-9_]*)(?:\+([A-Za-z0-9_]+))?:")


@dataclass(frozen=True, slots=True)
class Scheme:
    """The scheme of a database URL: `postgresql+asyncpg` is backend and driver."""

    backend: str
    driver: str = ""

    @property
    def is_server(self) -> bool:
        """Whether it names a database server."""
        return self.backend in SERVERS


def scheme_of(url: str) -> Scheme | None:
    """Return a URL's scheme, or None for what is no URL."""
    match = _SCHEME.match(url)
    return Scheme(match[1].lower(), (match[2] or "").lower()) if match else None


def classify(resolved: Resolved) -> str:
    """Return the backend of a decided URL: its name, or one of GIVEN, UNKNOWN, FAILS and NONE."""
    value = resolved.value
    if isinstance(value, Failure):
        return FAILS
    if isinstance(value, Literal) and value.data is None:
        return NONE
    if isinstance(value, Unknown) and value.provided:
        return GIVEN
    scheme = scheme_of(resolved.shape)
    return scheme.backend if scheme is not None else UNKNOWN


def is_server(backend: str) -> bool:
    """Tell whether a classified backend is a server, or a URL that was given from outside."""
    return backend in SERVERS or backend == GIVEN
