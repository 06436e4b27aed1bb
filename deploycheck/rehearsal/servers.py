"""The servers of one rehearsal: each started when the first history needs it."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from deploycheck.rehearsal.server import Throwaway


class Servers:
    """Starts a throwaway of each backend once; `url` is a PostgreSQL of the user's, empty for our own."""

    def __init__(self, url: str) -> None:
        """Start nothing yet."""
        self._url = url
        self._started: dict[str, Throwaway] = {}

    def of(self, backend: str) -> Throwaway:
        """Return the server of a backend. Raises `ServerProblem`."""
        if backend not in self._started:
            self._started[backend] = self._new(backend).__enter__()
        return self._started[backend]

    def _new(self, backend: str) -> Throwaway:
        if backend == "sqlite":
            from deploycheck.rehearsal.server.sqlite import SqliteFiles

            return SqliteFiles()
        if self._url:
            from deploycheck.rehearsal.server.given import GivenPostgres

            return GivenPostgres(self._url)
        from deploycheck.rehearsal.server.embedded import EmbeddedPostgres

        return EmbeddedPostgres()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop all that were started."""
        for server in self._started.values():
            server.close()
