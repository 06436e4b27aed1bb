"""Looks at one throwaway database in the course of a walk: its schema, its rows, its locks."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.rehearsal.catalogue import Watcher, difference
from deploycheck.rehearsal.looking import Borrowed

if TYPE_CHECKING:
    from deploycheck.facts.rehearsed import Lock, Lost
    from deploycheck.rehearsal.catalogue import Catalogue
    from deploycheck.rehearsal.session import Session


class Surveyor:
    """Knows how the database was before the revision whose turn it is, and after it went up."""

    def __init__(self, backend: str) -> None:
        """Look at a database of this backend that nobody has looked at yet."""
        self._session = Borrowed(backend)
        self._watcher = Watcher(self._session)
        self._before: Catalogue | None = None
        self._above: Catalogue | None = None
        self._now: Catalogue | None = None
        self.has_rows = False

    @contextlib.contextmanager
    def through(self, session: Session) -> Iterator[None]:
        """Look through this session for a while."""
        self._session.inner = session
        try:
            yield
        finally:
            self._session.inner = None
