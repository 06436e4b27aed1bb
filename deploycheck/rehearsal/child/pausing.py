"""Between and inside of steps the parent asks: queries on the connection on which the migrations run."""

from __future__ import annotations

from typing import Any, Callable

from .channel import Channel, Message
from .failures import told

_SAVEPOINT = "deploycheck_pause"


class Undone(BaseException):
    """The parent wants no more of this run; no error, so that nothing of the project's takes it for one."""


class Pauses:
    """Answers the parent until it says to go on."""

    def __init__(self, channel: Channel) -> None:
        """Speak on this channel."""
        self._channel = channel

    def pause(self, message: Message, connection: Any) -> None:
        """Tell the parent where we are, and do what it asks until it lets us go on."""
        self._channel.send(message)
        doing: dict[str, Callable[[Any, str], Message]] = {"query": _query, "run": _run}
        while True:
            asked = self._channel.receive()
            if asked["do"] == "go":
                return
            if asked["do"] == "undo":
                raise Undone
            self._channel.send(doing[asked["do"]](connection, asked["sql"]))


def _query(connection: Any, sql: str) -> Message:
    return _guarded(_raw(connection), sql, lambda cursor: {"rows": [_row(r) for r in cursor.fetchall()]})


def _run(connection: Any, sql: str) -> Message:
    return _guarded(_raw(connection), sql, lambda cursor: {})


class _Raw:
    """The driver's connection: below SQLAlchemy, which would commit or count by itself."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection.connection
        self._psycopg: Any = None
        if connection.dialect.driver in ("psycopg", "psycopg_async"):
            self._psycopg = self._connection.driver_connection

    def cursor(self) -> Any:
        return self._connection.cursor()

    def execute(self, cursor: Any, sql: str) -> None:
        """Keep psycopg 3 from preparing it: once it has prepared anything, each DROP makes it forget all."""
        if self._psycopg is None:
            cursor.execute(sql)
            return
        before, self._psycopg.prepare_threshold = self._psycopg.prepare_threshold, None
        try:
            cursor.execute(sql)
        finally:
            self._psycopg.prepare_threshold = before


def _raw(connection: Any) -> _Raw:
    return _Raw(connection)


def _guarded(raw: _Raw, sql: str, answer: Callable[[Any], Message]) -> Message:
    """Do it in a savepoint, where there is a transaction to have one in."""
    has_savepoint = _can(raw, "SAVEPOINT " + _SAVEPOINT)
    cursor = raw.cursor()
    try:
        raw.execute(cursor, sql)
        found = answer(cursor)
    except Exception as error:  # whatever the driver raises is the answer
        cursor.close()
        if has_savepoint:
            _can(raw, "ROLLBACK TO SAVEPOINT " + _SAVEPOINT)
            _can(raw, "RELEASE SAVEPOINT " + _SAVEPOINT)
        described = told(error)
        return {"error": described["message"], "sqlstate": described["sqlstate"]}
    cursor.close()
    if has_savepoint:
        _can(raw, "RELEASE SAVEPOINT " + _SAVEPOINT)
    return found


def _can(raw: _Raw, sql: str) -> bool:
    """Run it; return whether it could: outside of a transaction there are no savepoints."""
    cursor = raw.cursor()
    try:
        raw.execute(cursor, sql)
    except Exception:  # of whichever driver
        return False
    finally:
        cursor.close()
    return True


def _row(row: Any) -> list[Any]:
    return [cell if isinstance(cell, (str, int, float, bool, type(None))) else str(cell) for cell in row]
