"""Between and inside of steps the parent asks: queries on the connection on which the migrations run."""

from __future__ import annotations

from typing import Any, Callable

from .channel import Channel, Message
from .failures import told

_SAVEPOINT = "deploycheck_pause"
_RELEASE = f"RELEASE SAVEPOINT {_SAVEPOINT}"


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
        looks = _Looks(connection)
        while True:
            asked = self._channel.receive()
            if asked["do"] == "go":
                looks.end()
                return
            if asked["do"] == "undo":
                raise Undone
            self._channel.send(
                looks.query(asked["sql"]) if asked["do"] == "query" else looks.run(asked["sql"])
            )


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


class _Looks:
    """What the parent asks in one pause: a statement that fails takes nothing else with it.

    One savepoint serves many queries, as they change nothing; what changes something has one of its own.
    """

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._raw: Any = None
        self._has_savepoint = False

    def query(self, sql: str) -> Message:
        """Return the rows of a statement that changes nothing."""
        self._begin()
        return self._guarded(sql, lambda cursor: {"rows": [_row(r) for r in cursor.fetchall()]})

    def run(self, sql: str) -> Message:
        """Run a statement that may change something, which the next failure leaves as it is."""
        self._release()
        self._begin()
        answer = self._guarded(sql, lambda cursor: {})
        self._release()
        return answer

    def end(self) -> None:
        """Leave no savepoint behind. Raises what the driver does: the connection is lost then."""
        if self._has_savepoint:
            cursor = self._raw.cursor()
            self._raw.execute(cursor, _RELEASE)
            cursor.close()

    def _release(self) -> None:
        """Leave no savepoint behind while the parent still asks: the next statement tells what is wrong."""
        if self._has_savepoint:
            _can(self._raw, _RELEASE)
        self._has_savepoint = False

    def _begin(self) -> None:
        """Set a savepoint, where there is a transaction to have one in."""
        self._raw = self._raw or _Raw(self._connection)
        self._has_savepoint = self._has_savepoint or _can(self._raw, "SAVEPOINT " + _SAVEPOINT)

    def _guarded(self, sql: str, answer: Callable[[Any], Message]) -> Message:
        cursor = self._raw.cursor()
        try:
            self._raw.execute(cursor, sql)
            return answer(cursor)
        except Exception as error:  # whatever the driver raises is the answer
            described = told(error)
        finally:
            cursor.close()
        if self._has_savepoint:
            _can(self._raw, "ROLLBACK TO SAVEPOINT " + _SAVEPOINT)
        return {"error": described["message"], "sqlstate": described["sqlstate"]}


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
