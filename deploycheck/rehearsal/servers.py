"""The servers of one rehearsal: each started when the first history needs it."""

from __future__ import annotations

from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Self

from deploycheck.rehearsal.server import ServerProblem

if TYPE_CHECKING:
    from concurrent.futures import Future

    from deploycheck.rehearsal.server import Throwaway


class Servers:
    """Starts a throwaway of each backend once; `url` is a PostgreSQL of the user's, empty for our own."""

    def __init__(self, url: str) -> None:
        """Start nothing yet."""
        self._url = url
        self._started: dict[str, Throwaway] = {}
        self._expected: Future[Throwaway] | None = None

    def expect_postgresql(self) -> None:
        """Begin to start it beside other work. A failure comes out of `of`."""
        from concurrent.futures import ThreadPoolExecutor

        with_one = ThreadPoolExecutor(1)
        self._expected = with_one.submit(self._new, "postgresql")
        with_one.shutdown(wait=False)

    def of(self, backend: str) -> Throwaway:
        """Return the server of a backend. Raises `ServerProblem`."""
        if backend not in self._started:
            expected = self._expected if backend == "postgresql" else None
            self._started[backend] = expected.result() if expected is not None else self._new(backend)
        return self._started[backend]

    def _new(self, backend: str) -> Throwaway:
        if backend == "sqlite":
            from deploycheck.rehearsal.server.sqlite import SqliteFiles

            return SqliteFiles().__enter__()
        if self._url:
            from deploycheck.rehearsal.server.given import GivenPostgres

            return GivenPostgres(self._url).__enter__()
        from deploycheck.rehearsal.server.embedded import EmbeddedPostgres

        return EmbeddedPostgres().__enter__()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop all that were started, or are about to be."""
        if self._expected is not None and "postgresql" not in self._started:
            with suppress(ServerProblem):
                self._started["postgresql"] = self._expected.result()
        for server in self._started.values():
            server.close()
