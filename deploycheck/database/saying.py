"""Why a database could not be looked at, in one line: which one, its own words, and what to do."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.database.urls import Address

_REMEDIES = (
    (r"password|authentication|SCRAM|no pg_hba\.conf entry", "check the user, the password and sslmode"),
    (r"SSL|certificate|TLS|encryption", "check sslmode and the certificates"),
    (r"database .* does not exist", "check the name of the database"),
    (r"resolve host|Name or service|nodename|getaddrinfo", "check the name of the host"),
    (r"too many|connection slots|limit exceeded", "the server has no connection left: try again later"),
    (r"lock timeout", "a migration may be running: try again when it is done"),
    (r"statement timeout", "the server is too slow or too busy: try again later"),
    (r"permission denied", "let this role SELECT from it, or use another role"),
    (r"refused|No such file|not listening", "check the host and the port, and that the server runs"),
    (r"time-?out|timed out|unreachable|No route", "check that the server can be reached from here"),
    (r"invalid|startup|unsupported", "check the parameters of the URL"),
)
_FILE_REMEDIES = (
    (r"does not exist|No such file", "check the path; a relative one starts at {folder}"),
    (r"not a database|malformed|encrypted", "check that this is the file that the app opens"),
    (r"no index", "let sqlite3 or the app open it once"),
    (r"locked|busy", "another process is writing: try again when it is done"),
    (r"[Pp]ermission", "let this user read it"),
)


def of_server(address: Address, error: Exception) -> str:
    """Say why a server could not be looked at."""
    told = address.without_secrets(_own_words(error))
    remedy = _remedy(_REMEDIES, told) or "check that the URL is right and the server can be reached from here"
    return f"cannot look at {address.shown}: {told}: {remedy}"


def of_file(address: Address, error: Exception) -> str:
    """Say why a file could not be looked at."""
    told = error.strerror if isinstance(error, OSError) and error.strerror else _own_words(error)
    remedy = _remedy(_FILE_REMEDIES, told).format(folder=os.getcwd())  # noqa: PTH109 - only shown
    return f"cannot look at {address.shown}: {told}{f': {remedy}' if remedy else ''}"


def _remedy(table: tuple[tuple[str, str], ...], told: str) -> str:
    return next((remedy for pattern, remedy in table if re.search(pattern, told)), "")


def _own_words(error: Exception) -> str:
    """Return the line in which the database says what is wrong, without what only repeats where it is."""
    lines = list(_lines(str(error)))
    line = next((x for x in lines if "FATAL" in x or "ERROR" in x), lines[0] if lines else "")
    line = re.sub(
        r"^connection failed: |connection to server (?:at|on) .*? failed: |(?:FATAL|ERROR): +", "", line
    )
    line = re.sub(r"^\[Errno -?\d+\] ", "", line)
    return line.strip().rstrip(".") or type(error).__name__


def _lines(text: str) -> Iterator[str]:
    """Yield the lines of a message; of several attempts, what each came to."""
    several = text.startswith("Multiple connection attempts failed")
    for line in text.splitlines():
        attempt = re.match(r"- host: .*?hostaddr: .*?: (.*)", line)
        if several and attempt is None:
            continue
        if line.strip():
            yield (attempt[1] if attempt else line).strip()
