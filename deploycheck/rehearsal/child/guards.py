"""The last line of defence inside of Python: an audit hook that sees every socket and every SQLite file."""

from __future__ import annotations

import os
import sys
from typing import Any, Callable

from .refusing import refuse
from .throwaway import Throwaway

_LOOKUPS = ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo")
_PROGRAMS = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn")


def guard(throwaway: Throwaway, programs: bool) -> None:
    """Refuse from here on what does not lead to the throwaway.

    `programs` is whether other programs may be started: only where they can reach nothing either.
    """
    checks: dict[str, Callable[[tuple[Any, ...]], None]] = {}
    checks["socket.connect"] = checks["socket.sendto"] = lambda args: _address(throwaway, args[1])
    checks["sqlite3.connect"] = lambda args: _file(throwaway, args[0])
    for event in _LOOKUPS:
        checks[event] = lambda args: _lookup(throwaway, args[0])
    if not programs:
        for event in _PROGRAMS:
            checks[event] = _program

    def hook(event: str, args: tuple[Any, ...]) -> None:
        check = checks.get(event)
        if check is not None:
            check(args)

    sys.addaudithook(hook)


def _address(throwaway: Throwaway, address: Any) -> None:
    if isinstance(address, (str, bytes)):
        path = os.fsdecode(address)
        if path == throwaway.socket or throwaway.is_ours(path):
            return
    elif isinstance(address, tuple) and any(address[1] == port for _, port in throwaway.addresses()):
        return
    raise refuse("a connection to %s" % (_shown(address),))


def _lookup(throwaway: Throwaway, host: Any) -> None:
    name = host[0] if isinstance(host, tuple) else host
    if isinstance(name, bytes):
        name = name.decode("ascii", "replace")
    if name and name not in [known for known, _ in throwaway.addresses()] and not _is_number(name):
        raise refuse("looking up the host %s" % name)


def _file(throwaway: Throwaway, database: Any) -> None:
    name = os.fsdecode(database) if isinstance(database, (str, bytes, os.PathLike)) else str(database)
    if not opens_a_file(name) or throwaway.is_ours(file_of(name)):
        return
    raise refuse("opening the SQLite file %s" % name)


def opens_a_file(database: str) -> bool:
    """Whether the name that sqlite3 is given means a file, not a database in memory."""
    return database not in {":memory:", ""} and "mode=memory" not in database and ":memory:" not in database


def file_of(database: str) -> str:
    """Return the path in the name that sqlite3 is given."""
    if not database.startswith("file:"):
        return database
    from urllib.parse import unquote

    path = unquote(database[5:].partition("?")[0])
    return path[2:] if path.startswith("///") else path


def _program(args: tuple[Any, ...]) -> None:
    raise refuse("starting the program %s" % (args[0] if args else "",))


def _is_number(host: str) -> bool:
    return host.replace(".", "").isdigit() or ":" in host


def _shown(address: Any) -> str:
    if isinstance(address, tuple):
        return "%s:%s" % address[:2]
    return os.fsdecode(address) if isinstance(address, (str, bytes)) else str(address)
