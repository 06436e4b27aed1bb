"""A PostgreSQL of the user's own, on which we make databases of our own and drop them at the end."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from deploycheck.rehearsal.server import losses
from deploycheck.rehearsal.server.databases import GONE, Databases, Naming
from deploycheck.rehearsal.server.interface import ServerProblem
from deploycheck.rehearsal.server.leftovers import NAME, Note, sweep_databases
from deploycheck.rehearsal.server.postgresql import Postgres

if TYPE_CHECKING:
    import psycopg

_SCHEME = re.compile(r"postgres(?:ql)?(?:\+\w+)?$")
_UNREADABLE = (
    "The URL given with --server cannot be read: characters such as @ : / ? # % in a password are written "
    "as %XX, and options are those of libpq."
)
_IN_NETLOC = frozenset({"user", "password", "host", "hostaddr", "port", "dbname"})


class GivenPostgres(Postgres):
    """A server named by `--server URL`; no database on it is touched but those of this run.

    Ours are named `deploycheck_rehearsal_…`. `url` is as SQLAlchemy or libpq takes it; the database in it is
    only where we connect to ask for ours. `version` reads "PostgreSQL 16.4 at db.example:5432".
    """

    def __init__(self, url: str) -> None:
        """Connect. Raises `ServerProblem` where it is out of reach, or lets us make no databases."""
        self._asked = _for_libpq(url)
        super().__init__()

    def _begin(self) -> None:
        note = Note.of(self._folder.path)
        naming = Naming(self._url, NAME + note.token, note.text)
        self._databases = Databases(self._asked, naming, self.loss)
        connection = self._databases.connection
        _require_createdb(connection)
        sweep_databases(connection)
        self.folder.mkdir(mode=0o700)
        self.version = f"PostgreSQL {self._databases.version()} at {_place(connection.info)}"

    def loss(self, sqlstate: str = "", message: str = "") -> str:
        """Return the line that says how the server was lost, empty when it is well."""
        if losses.is_disk_full(sqlstate, message):
            return "The disk of the server given with --server is full."
        return "" if self.alive() else GONE

    def close(self) -> None:
        """Drop our databases and leave; a second time does nothing."""
        if self._databases is not None:
            self._databases.drop_all()
            self._databases.close()
        self._folder.remove()

    def _url(self, name: str) -> str:
        """Return the URL of a database, with all that libpq found for our own connection."""
        info = self._open.connection.info
        rest = {key: text for key, text in info.get_parameters().items() if key not in _IN_NETLOC}
        who = quote(info.user, safe="") + (f":{quote(info.password, safe='')}" if info.password else "")
        where = f"{_bracketed(info.host)}:{info.port}"
        if info.host.startswith("/"):
            where, rest = "", {"host": info.host, "port": str(info.port), **rest}
        return f"postgresql://{who}@{where}/{name}" + (f"?{urlencode(sorted(rest.items()))}" if rest else "")


def _for_libpq(url: str) -> str:
    """Return the URL without SQLAlchemy's driver. Raises `ServerProblem`, which shows nothing of it."""
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict

    scheme, separator, rest = url.partition("://")
    if not separator or not _SCHEME.match(scheme):
        raise ServerProblem(
            "--server takes a PostgreSQL server's URL: postgresql://USER:PASSWORD@HOST/postgres."
        )
    before, question, options = rest.partition("?")
    place, _, database = before.partition("/")
    if not database and "dbname=" not in options:
        database = "postgres"
    options = re.sub(r"(^|&)ssl=", r"\1sslmode=", options)  # asyncpg's word for it
    read = f"postgresql://{place}/{database}{question}{options}"
    try:
        conninfo_to_dict(read)
    except ProgrammingError:
        raise ServerProblem(_UNREADABLE) from None
    if place.count("@") > 1 or "@" in database + options:
        # A raw @ / or ? in a password: libpq would name a part of it in its complaint.
        raise ServerProblem(_UNREADABLE)
    return read


def _require_createdb(connection: psycopg.Connection) -> None:
    row = connection.execute(
        "SELECT rolcreatedb OR rolsuper, pg_is_in_recovery(), current_user "
        "FROM pg_roles WHERE rolname = current_user"
    ).fetchone()
    may, is_standby, role = row or (False, False, connection.info.user)
    if is_standby:
        raise ServerProblem(
            "The server given with --server is a standby, which takes no writes: name another."
        )
    if not may:
        raise ServerProblem(
            f"The role {role} may not create databases on the server given with --server, and a rehearsal "
            f"uses only databases of its own: ALTER ROLE {role} CREATEDB, or name another role."
        )


def _place(info: psycopg.ConnectionInfo) -> str:
    return info.host if info.host.startswith("/") else f"{_bracketed(info.host)}:{info.port}"


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
