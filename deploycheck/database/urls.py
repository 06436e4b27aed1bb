"""Database URLs as users write them, made into what our own drivers take, and into a form to show.

Whatever driver the app uses (`postgresql+asyncpg`, `postgres`, `sqlite+aiosqlite`), we look with psycopg 3 or
the standard library's sqlite3. SQLAlchemy reads the URL, as it does for the app; what only another driver
understands is left out.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus, unquote

from deploycheck.database.errors import BadUrl, Unreachable
from deploycheck.masking import MASK

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

POSTGRESQL = "postgresql"
SQLITE = "sqlite"
_NAMES = {"postgres": POSTGRESQL, POSTGRESQL: POSTGRESQL, SQLITE: SQLITE}
_SECRET = frozenset(
    {"password", "passwd", "sslpassword", "oauth_client_secret", "scram_client_key", "scram_server_key"}
)
_SSL_WORDS = {"true": "require", "1": "require", "false": "disable", "0": "disable"}
_OURS = frozenset({"connect_timeout", "client_encoding", "fallback_application_name", "replication"})
"""Parameters that we set ourselves, or that would make the connection one of another kind."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a database is.

    `shown` is its URL without secrets. `parameters` are libpq's own, for PostgreSQL; `path` is the file, for
    SQLite. `secrets` are texts that no message may hold.
    """

    dialect: str
    shown: str
    parameters: Mapping[str, str] = field(default_factory=dict, repr=False)
    path: str = ""
    secrets: tuple[str, ...] = field(default=(), repr=False)

    def without_secrets(self, text: str) -> str:
        """Return a text with every form of every secret masked."""
        forms = {f for s in self.secrets if s for f in (s, quote(s, safe=""), quote(s), quote_plus(s))}
        for form in sorted(forms, key=lambda f: (-len(f), f)):
            text = re.sub(rf"(?<!\w){re.escape(form)}(?!\w)", MASK, text)
        return text


def address_of(text: str, folder: str = "") -> Address:
    """Return the address that a URL gives; SQLite's relative paths start at `folder`.

    Raises `BadUrl` for what is no database URL, `Unreachable` for one of a database that we cannot look at.
    """
    url = _parsed(text)
    backend = url.drivername.partition("+")[0].lower()
    dialect = _NAMES.get(backend)
    if dialect == SQLITE:
        return _of_file(url, folder)
    if dialect == POSTGRESQL:
        return of_server(dict(_parameters(url)))
    raise Unreachable(f"deploycheck looks at PostgreSQL and SQLite, and the URL names {backend}")


def of_server(parameters: Mapping[str, str]) -> Address:
    """Return the address that libpq's own parameters give (`host`, `dbname`, …)."""
    secrets = tuple(v for k, v in parameters.items() if k in _SECRET)
    return Address(POSTGRESQL, _shown(parameters), parameters, secrets=secrets)


def _parsed(text: str) -> URL:
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    said = text.strip()
    if not re.match(r"[A-Za-z][\w+.-]*://", said):
        raise BadUrl("this is no database URL: write postgresql://USER:PASSWORD@HOST/DATABASE")
    try:
        url = make_url(said)
    except (ArgumentError, ValueError) as error:
        raise BadUrl(
            "the database URL cannot be read: its port is no number, or a special character in it is not "
            "percent-encoded"
        ) from error
    if url.host and re.search(r"[@\s]", url.host):
        raise BadUrl("the database URL cannot be read: an @ in its password must be written %40")
    return url


def _parameters(url: URL) -> Iterator[tuple[str, str]]:
    """Yield what libpq takes of a URL; of a parameter that stands in its query too, the query's."""
    from psycopg import pq

    known = {d.keyword.decode() for d in pq.Conninfo.get_defaults()} - _OURS
    given = {
        "user": url.username,
        "password": str(url.password) if url.password is not None else None,
        "host": url.host,
        "port": str(url.port) if url.port else None,
        "dbname": url.database,
    }
    yield from ((k, v) for k, v in given.items() if v)
    for name, value in url.query.items():
        values = (value,) if isinstance(value, str) else tuple(value)
        if name == "host":
            yield from _hosts(values)
        elif name == "ssl":
            yield "sslmode", _SSL_WORDS.get(values[-1].lower(), values[-1])
        elif name in {"database", "username"}:
            yield {"database": "dbname", "username": "user"}[name], values[-1]
        elif name in known:
            yield name, ",".join(values) if name == "port" else values[-1]


def _hosts(values: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Yield the hosts of `?host=one:5432&host=two:5433`, SQLAlchemy's way of writing several."""
    pairs = [re.fullmatch(r"(.*?)(?::(\d+))?", v) for value in values for v in value.split(",")]
    found = [(m[1], m[2] or "") for m in pairs if m is not None]
    yield "host", ",".join(host for host, _ in found)
    if any(port for _, port in found):
        yield "port", ",".join(port for _, port in found)


def _shown(parameters: Mapping[str, str]) -> str:
    """Return a URL made of the parts that are no secret."""
    user = quote(parameters.get("user", ""), safe="")
    password = f":{MASK}" if parameters.get("password") else ""
    host, port, folder = parameters.get("host", ""), parameters.get("port", ""), ""
    if host.startswith(("/", "@")):  # a socket
        host, folder = "", f"?host={host}"
    elif ":" in host and "," not in host:
        host = f"[{host}]"
    ports = port.split(",")
    hosts = host.split(",") if host else [""]
    each = [f"{h}:{p}" if p else h for h, p in zip(hosts, ports * len(hosts), strict=False)]
    name = quote(parameters.get("dbname", ""), safe="")
    before = f"{user}{password}@" if user or password else ""
    return f"{POSTGRESQL}://{before}{','.join(each)}{f'/{name}' if name else ''}{folder}"


def _of_file(url: URL, folder: str) -> Address:
    if "sqlcipher" in url.drivername:
        raise Unreachable("the database is encrypted with SQLCipher, which deploycheck cannot open")
    path = url.database or ""
    if path.startswith("file:"):
        path = unquote(path.removeprefix("file:").partition("?")[0])
        path = re.sub(r"^//[^/]*(?=/)", "", path)
    memory = url.query.get("mode") == "memory"
    if memory or path in {"", ":memory:"}:
        raise Unreachable("a SQLite database in memory ends with its process: there is nothing to look at")
    return Address(SQLITE, f"{SQLITE}:///{path}", path=os.path.join(folder, path))  # noqa: PTH118
