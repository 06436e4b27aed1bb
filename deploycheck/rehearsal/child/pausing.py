"""Between and inside of steps the parent asks: queries on the connection on which the migrations run."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Optional

from .channel import Channel, Message

_SAVEPOINT = "deploycheck_pause"
_OPTIONS = {"no_parameters": True}


class Undone(BaseException):
    """The parent wants no more of this run; no error, so that nothing of the project's takes it for one."""


class Pauses:
    """Answers the parent until it says to go on."""

    def __init__(self, channel: Channel) -> None:
        """Speak on this channel."""
        self._channel = channel
        self.is_ours = False  # so that our own statements are not taken for the project's

    def pause(self, message: Message, connection: Any) -> None:
        """Tell the parent where we are, and do what it asks until it lets us go on."""
        self._channel.send(message)
        self.is_ours = True
        try:
            self._answer(connection)
        finally:
            self.is_ours = False

    def _answer(self, connection: Any) -> None:
        doing: Dict[str, Callable[[Any, str], Message]] = {"query": _query, "run": _run}
        while True:
            asked = self._channel.receive()
            if asked["do"] == "go":
                return
            if asked["do"] == "undo":
                raise Undone
            self._channel.send(doing[asked["do"]](connection, asked["sql"]))


def _query(connection: Any, sql: str) -> Message:
    return _guarded(
        connection, sql, lambda: {"rows": [_row(r) for r in _execute(connection, sql).fetchall()]}
    )


def _run(connection: Any, sql: str) -> Message:
    def run() -> Message:
        _execute(connection, sql)
        return {}

    return _guarded(connection, sql, run)


def _guarded(connection: Any, sql: str, work: Callable[[], Message]) -> Message:
    """Do it in a savepoint, where there is a transaction to have one in."""
    problem = _savepoint(connection)
    try:
        answer = work()
        if problem is None:
            _execute(connection, "RELEASE SAVEPOINT " + _SAVEPOINT)
    except Exception as error:  # whatever the driver raises is the answer
        if problem is None:
            _execute(connection, "ROLLBACK TO SAVEPOINT " + _SAVEPOINT)
            _execute(connection, "RELEASE SAVEPOINT " + _SAVEPOINT)
        from .failures import told

        described = told(error)
        return {"error": described["message"], "sqlstate": described["sqlstate"]}
    return answer


def _savepoint(connection: Any) -> Optional[Exception]:
    from sqlalchemy.exc import DBAPIError

    try:
        _execute(connection, "SAVEPOINT " + _SAVEPOINT)
    except DBAPIError as error:  # autocommit: there is no transaction, and none is hurt
        return error
    return None


def _execute(connection: Any, sql: str) -> Any:
    return connection.exec_driver_sql(sql, execution_options=_OPTIONS)


def _row(row: Any) -> List[Any]:
    return [cell if isinstance(cell, (str, int, float, bool, type(None))) else str(cell) for cell in row]
