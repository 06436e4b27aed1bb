"""What is told of an error: one line, where in the project it was, and the statement that failed."""

from __future__ import annotations

import traceback
from typing import Any, Dict

from . import lookups
from .needs import chain, needed
from .refusing import Project, Refused

Told = Dict[str, Any]

_LOST_STATES = ("57P01", "57P02", "57P03", "53100", "58030", "08000", "08001", "08003", "08004", "08006")
_LOST_WORDS = (
    "server closed the connection unexpectedly",
    "terminating connection",
    "database or disk is full",
    "No space left on device",
    "disk I/O error",
    "connection was closed in the middle of operation",
    "could not connect to server",
    "consuming input failed",
    "the connection is lost",
    "connection is closed",
)


class NotHere(Exception):  # noqa: N818 - named for what it tells
    """This environment cannot be rehearsed; the text says why."""


def told(error: BaseException, revision_file: str = "") -> Told:
    """Return what the parent is told of an error. `revision_file` is the revision's that was running."""
    links = list(chain(error))
    path, line = place(error, revision_file)
    return {
        "ending": _ending(error, links),
        "message": _message(error, links),
        "path": path,
        "line": line,
        "statement": str(_first(links, "statement") or ""),
        "sqlstate": _sqlstate(links),
        "needs": needed(error),
        "looked_up": list(lookups.missing),
        "module": next((e.name or "" for e in links if isinstance(e, ModuleNotFoundError)), ""),
    }


def _ending(error: BaseException, links: list[BaseException]) -> str:
    if any(isinstance(link, Refused) for link in links):
        return "refused"
    if isinstance(error, SystemExit):
        return "exited"
    if isinstance(error, NotHere):
        return "not here"
    if _sqlstate(links) in _LOST_STATES or any(
        word in str(link) for link in links if _is_of_a_database(link) for word in _LOST_WORDS
    ):
        return "server lost"
    return "failed"


def _is_of_a_database(error: BaseException) -> bool:
    return type(error).__module__.partition(".")[0] in (
        "psycopg psycopg2 asyncpg pg8000 sqlite3 sqlalchemy aiosqlite".split()
    )


def _message(error: BaseException, links: list[BaseException]) -> str:
    refused = next((link for link in links if isinstance(link, Refused)), None)
    if refused is not None:
        return str(refused)
    if isinstance(error, SystemExit):
        return "it calls sys.exit(%s)" % ("" if error.code is None else error.code)
    original = getattr(error, "orig", None)
    if original is not None:
        error = original.__cause__ if _is_adapter(original) else original
    text = next((line.strip() for line in str(error).splitlines() if line.strip()), "")
    if isinstance(error, NotHere) or type(error).__name__ in ("CommandError", "CannotLoad"):
        return text
    return "%s: %s" % (type(error).__name__, text) if text else type(error).__name__


def _is_adapter(error: Any) -> bool:
    """Whether it is SQLAlchemy's stand-in for an asyncpg error, whose cause is the real one."""
    return type(error).__module__.startswith("sqlalchemy.") and error.__cause__ is not None


def _first(links: list[BaseException], name: str) -> Any:
    return next((getattr(e, name) for e in links if getattr(e, name, None)), None)


def _sqlstate(links: list[BaseException]) -> str:
    for link in links:
        for holder in (link, getattr(link, "orig", None)):
            for name in ("sqlstate", "pgcode"):
                code = getattr(holder, name, None)
                if isinstance(code, str):
                    return code
            first = holder.args[0] if isinstance(holder, Exception) and holder.args else None
            if isinstance(first, dict) and isinstance(first.get("C"), str):  # pg8000
                return str(first["C"])
    return ""


def place(error: BaseException, revision_file: str = "") -> tuple[str, int]:
    """Return the deepest line of the project's own, in the revision's file where it ran there."""
    if isinstance(error, SyntaxError) and error.filename and Project.owns(error.filename):
        return Project.relative(error.filename), error.lineno or 1
    frames = [(f.filename, f.lineno or 1) for f in traceback.extract_tb(error.__traceback__)]
    return deepest(frames, revision_file) or _of_the_cause(error, revision_file)


def _of_the_cause(error: BaseException, revision_file: str) -> tuple[str, int]:
    for link in list(chain(error))[1:]:
        frames = [(f.filename, f.lineno or 1) for f in traceback.extract_tb(link.__traceback__)]
        found = deepest(frames, revision_file)
        if found:
            return found
    return "", 0


def deepest(frames: list[tuple[str, int]], revision_file: str) -> tuple[str, int] | None:
    """Return the last of the frames that is the revision's, else the last that is the project's."""
    own = [f for f in frames if not f[0].startswith("<") and Project.owns(f[0])]
    shown = [(Project.relative(path), line) for path, line in own]
    return next((f for f in reversed(shown) if f[0] == revision_file), shown[-1] if shown else None)
