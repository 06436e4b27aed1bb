"""Looking at a target database, whatever it is: from a URL to what was seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploycheck.database import connecting, postgresql, sqlite
from deploycheck.database.connecting import Limits
from deploycheck.database.urls import SQLITE, Address, address_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from deploycheck.facts.migrations.version_names import VersionName
    from deploycheck.facts.target import Target


def look(url: str | Address, wanted: Iterable[VersionName] = (), limits: Limits | None = None) -> Target:
    """Look at a database, read-only, and return what was seen.

    `wanted` are the version tables that the project's histories name. Raises `BadUrl` and `Unreachable`,
    whose message is one line without a secret.
    """
    address = address_of(url) if isinstance(url, str) else url
    waits = limits or Limits()
    if address.dialect == SQLITE:
        with connecting.sqlite(address, waits) as file:
            return sqlite.look_at(file, address, wanted)
    with connecting.postgresql(address, waits) as server:
        return postgresql.look_at(server, address, wanted)
