"""The one database that this process may reach, in the terms of each driver."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

DRIVERS = {
    "postgresql": ("psycopg", "psycopg2", "asyncpg", "pg8000"),
    "sqlite": ("pysqlite", "aiosqlite"),
}
"""The drivers of each backend that can be led."""

_PORT = 5432
_STATEMENT_TIMEOUT = 30_000  # milliseconds, on a database that is not ours


class Throwaway:
    """What the neutral URL says: `postgresql://user@/name?host=/socket/folder` or `sqlite:////path`."""

    def __init__(self, url: str, folder: str, read_only: bool) -> None:
        """Take the URL apart. `folder` is where this process may write what it likes."""
        parts = urlsplit(url)
        self.backend = parts.scheme.partition("+")[0]
        self.folder = os.path.realpath(folder)
        self.read_only = read_only
        query = dict(parse_qsl(parts.query))
        self.path = unquote(parts.path[1:]) if self.backend == "sqlite" else ""
        self.database = unquote(parts.path.lstrip("/"))
        self.host = query.pop("host", "") or parts.hostname or "localhost"
        self.port = int(query.pop("port", "") or parts.port or _PORT)
        self.user = unquote(parts.username or "")
        self.password = unquote(parts.password or "")
        self.query = query

    @property
    def is_local(self) -> bool:
        """Whether it is reached without a network."""
        return self.backend == "sqlite" or self.host.startswith("/")

    @property
    def socket(self) -> str:
        """Return the path of PostgreSQL's socket, empty where it is reached by network."""
        return "%s/.s.PGSQL.%d" % (self.host.rstrip("/"), self.port) if self.host.startswith("/") else ""

    @property
    def settings(self) -> dict[str, str]:
        """Return what the server is asked for at each connection."""
        if not self.read_only:
            return {}
        return {"default_transaction_read_only": "on", "statement_timeout": str(_STATEMENT_TIMEOUT)}

    def for_libpq(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Return psycopg's and psycopg2's keywords. `asked` are those of the project's call."""
        options = [str(asked[k]) for k in ("options",) if asked.get(k)]
        options += ["-c %s=%s" % item for item in self.settings.items()]
        found = dict(self.query, host=self.host, port=self.port, user=self.user, dbname=self.database)
        if self.password:
            found["password"] = self.password
        if options:
            found["options"] = " ".join(options)
        return found

    def for_asyncpg(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Return asyncpg's keywords."""
        settings = dict(asked.get("server_settings") or {}, **self.settings)
        found = {"host": self.host, "port": self.port, "user": self.user, "database": self.database}
        if self.password:
            found["password"] = self.password
        if settings:
            found["server_settings"] = settings
        found["ssl"] = self.query.get("sslmode", False) if not self.is_local else False
        return found

    def for_pg8000(self) -> dict[str, Any]:
        """Return pg8000's keywords."""
        found = {"user": self.user, "database": self.database, "password": self.password or None}
        if self.socket:
            return dict(found, unix_sock=self.socket, host=None)
        return dict(found, host=self.host, port=self.port)

    def for_sqlite(self) -> tuple[str, dict[str, Any]]:
        """Return the database and the keywords for `sqlite3.connect`."""
        if self.read_only:
            return "file:%s?mode=ro" % self.path.replace("%", "%25").replace("?", "%3f"), {"uri": True}
        return self.path, {}

    def url_parts(self, driver: str) -> dict[str, Any]:
        """Return what SQLAlchemy's URL of this driver says, but for its name."""
        if self.backend == "sqlite":
            return {"username": None, "password": None, "host": None, "port": None, "database": self.path}
        parts = {"username": self.user or None, "password": self.password or None, "database": self.database}
        if not self.socket:
            return dict(parts, host=self.host, port=self.port, query=dict(self.query))
        where = {"unix_sock": self.socket} if driver == "pg8000" else {"host": self.host}
        if driver != "pg8000" and self.port != _PORT:
            where["port"] = str(self.port)
        return dict(parts, host=None, port=None, query=where)

    def is_ours(self, path: str) -> bool:
        """Whether a file is the throwaway, or in the folder where anything may be written."""
        real = os.path.realpath(path)
        return real == os.path.realpath(self.path or os.devnull) or _inside(real, self.folder)

    def addresses(self) -> list[tuple[str, int]]:
        """Return the host and port that may be reached by network."""
        return [] if self.is_local else [(self.host, self.port)]


def _inside(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder + os.sep)
