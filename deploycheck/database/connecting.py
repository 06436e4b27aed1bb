"""Connections that can only look: read-only, with time-outs, and gone when the looking is done.

PostgreSQL gets everything inside of one transaction, with `SET LOCAL`. A `SET` for the session would outlive
us behind a pooler that gives one server connection to many clients: the app would find itself read-only.
"""

from __future__ import annotations

import os
import socket
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from deploycheck.database.errors import Unreachable
from deploycheck.database.saying import of_file, of_server

if TYPE_CHECKING:
    import psycopg

    from deploycheck.database.urls import Address

_WAL_MODE = 2
"""Bytes 18 and 19 of a SQLite file that keeps a write-ahead log."""
_READ_ONLY = "-c default_transaction_read_only=on"


@dataclass(frozen=True, slots=True)
class Limits:
    """How long to wait, in seconds: for each address of the host, a statement, a lock, and all of it."""

    connect: int = 5
    statement: float = 10
    lock: float = 2
    whole: float = 30


@contextmanager
def postgresql(address: Address, limits: Limits) -> Iterator[psycopg.Connection]:
    """Yield a connection in a read-only transaction that sees one moment, and roll it back.

    Raises `Unreachable`.
    """
    try:
        import psycopg
    except ImportError as error:
        raise Unreachable(
            f"psycopg, the driver for PostgreSQL, cannot be loaded ({error}): install psycopg[binary]"
        ) from error
    try:
        connection = _connected(address, limits)
    except (psycopg.Error, OSError, UnicodeError, ValueError) as error:
        raise Unreachable(of_server(address, error)) from error
    try:
        with connection, _ended_after(connection, limits.whole):
            _read_only(connection, limits)
            yield connection
            connection.rollback()
    except (psycopg.Error, OSError, UnicodeError) as error:
        raise Unreachable(of_server(address, error)) from error


def _connected(address: Address, limits: Limits) -> psycopg.Connection:
    """Connect, with sessions read-only by default where nothing between refuses to be asked."""
    import psycopg
    from psycopg.conninfo import make_conninfo

    waits = str(limits.connect)
    own = {"connect_timeout": waits, "client_encoding": "utf8", "application_name": "deploycheck"}
    plain = make_conninfo("", **{**address.parameters, **own})
    theirs = address.parameters.get("options", os.environ.get("PGOPTIONS", ""))
    guarded = make_conninfo(plain, options=f"{theirs} {_READ_ONLY}".strip())
    try:
        return psycopg.connect(guarded, prepare_threshold=None)
    except psycopg.OperationalError as error:
        if "startup parameter" not in str(error):
            raise
    # A pooler refuses start-up options that it does not know. The transaction is read-only all the same.
    return psycopg.connect(plain, prepare_threshold=None)


def _read_only(connection: psycopg.Connection, limits: Limits) -> None:
    import psycopg

    connection.read_only = True
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    for name, seconds in (("statement_timeout", limits.statement), ("lock_timeout", limits.lock)):
        connection.execute(f"SET LOCAL {name} = {int(seconds * 1000)}".encode())


@contextmanager
def _ended_after(connection: psycopg.Connection, seconds: float) -> Iterator[None]:
    """Cut the line after some seconds: a server or proxy that stops answering leaves no other way out."""
    import psycopg

    line = socket.fromfd(connection.fileno(), socket.AF_INET, socket.SOCK_STREAM)
    cut = threading.Event()

    def end() -> None:
        cut.set()
        line.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    except psycopg.Error as error:
        raise TimeoutError(f"timed out: no answer within {seconds:g} s") if cut.is_set() else error from error
    finally:
        timer.cancel()
        timer.join()
        line.close()


@contextmanager
def sqlite(address: Address, limits: Limits) -> Iterator[sqlite3.Connection]:
    """Yield a connection to a file that is there, and that nothing is written to or beside.

    Raises `Unreachable`.
    """
    path = Path(address.path)
    try:
        uri = f"{path.absolute().as_uri()}?{_way_of_opening(path)}"
        connection = sqlite3.connect(uri, uri=True, timeout=limits.lock)
        try:
            connection.execute("PRAGMA query_only = ON")
            connection.execute("BEGIN")
            yield connection
        finally:
            connection.close()
    except (sqlite3.Error, OSError, UnicodeError) as error:
        raise Unreachable(of_file(address, error)) from error


def _way_of_opening(path: Path) -> str:
    """Return how to open a file so that SQLite makes no other file. Raises `OSError`.

    To read a database with a write-ahead log, SQLite makes an index beside it. With no log there, the file
    is all there is and can be read as one that nobody changes; else SQLite is told to leave the index alone.
    A log that is there without its index cannot be read so, and what is in it must not be missed.
    """
    with path.open("rb") as file:
        header = file.read(20)
    if header[18:20] != bytes([_WAL_MODE, _WAL_MODE]):
        return "mode=ro"
    log, index = (path.with_name(f"{path.name}-{kind}") for kind in ("wal", "shm"))
    if not log.exists() or not log.stat().st_size:
        return "mode=ro&immutable=1"
    if not index.exists():
        raise sqlite3.OperationalError("its write-ahead log has no index, as after a crash or in a copy")
    return "mode=ro&readonly_shm=1"
