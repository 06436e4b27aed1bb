"""What is looked at in the database in the course of a walk, whichever session it is seen through."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deploycheck.rehearsal.session import Cell, Session


class Borrowed:
    """A session that stands for the one of the moment: what watches a database outlives a run of steps."""

    def __init__(self, backend: str) -> None:
        """Stand for none yet."""
        self._backend = backend
        self.inner: Session | None = None

    @property
    def backend(self) -> str:
        """Return `postgresql` or `sqlite`."""
        return self._backend

    def query(self, sql: str) -> list[tuple[Cell, ...]]:
        """Return the rows of a SELECT. Raises `StatementFailed`."""
        return self._lent().query(sql)

    def run(self, sql: str) -> None:
        """Run one statement. Raises `StatementFailed`."""
        self._lent().run(sql)

    def _lent(self) -> Session:
        if self.inner is None:
            raise RuntimeError("no session is lent at this moment")
        return self.inner
