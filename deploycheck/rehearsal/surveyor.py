"""Looks at one throwaway database in the course of a walk: its schema, its rows, its locks."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.rehearsal import locks
from deploycheck.rehearsal.catalogue import Between, Watcher, difference
from deploycheck.rehearsal.looking import Borrowed
from deploycheck.rehearsal.rows.keeper import Keeper

if TYPE_CHECKING:
    from deploycheck.facts.rehearsed import Lock, Lost
    from deploycheck.rehearsal.catalogue import Catalogue
    from deploycheck.rehearsal.session import Session


class Surveyor:
    """Knows how the database was before the revision whose turn it is, and after it went up."""

    def __init__(self, backend: str, unseen: frozenset[str]) -> None:
        """Look at an empty database of this backend; `unseen` are Alembic's own tables."""
        self._session = Borrowed(backend)
        self._watcher = Watcher(self._session, unseen)
        self._before: Catalogue | None = None
        self._above: Catalogue | None = None
        self._expected: Catalogue | None = None
        self._keeper = Keeper()
        self._standing = locks.Standing()

    @contextlib.contextmanager
    def through(self, session: Session) -> Iterator[None]:
        """Look through this session for a while."""
        self._session.stand_for(session)
        try:
            yield
        finally:
            self._session.stand_for(None)

    @property
    def has_rows(self) -> bool:
        """Whether rows of ours stand in the tables."""
        return bool(self._keeper.rows.ours)

    def prepare(self, *, whether_it_locks: bool) -> bool:
        """Get the database ready for a step up; return whether every table has a row."""
        stand = self._keeper.before(self._session)
        self._before = self._expected or self._watcher.now()
        if whether_it_locks:
            self._standing = locks.standing(self._session)
        return not stand.empty

    def empty(self) -> None:
        """Take our rows out."""
        self._keeper.empty(self._session)

    def is_as_expected(self) -> bool:
        """Tell whether the schema is still what it was when the last step that passed had ended."""
        now = self._watcher.now()
        return self._expected is None or not difference(self._expected, now)

    def is_back(self) -> None:
        """Take in that the database was put back to where the last step up had brought it."""
        self._expected = None

    def went_up(self) -> bool:
        """Take in that the step up passed; return whether it changed the schema."""
        self._above = self._expected = self._watcher.now()
        return self._before is None or bool(difference(self._before, self._above))

    def traces(self) -> tuple[str, ...]:
        """Return what the step down has left, or has not brought back."""
        below = self._watcher.now()
        return difference(self._before, below) if self._before is not None else ()

    def lost(self) -> tuple[Lost, ...]:
        """Return what has gone of the rows that stood before."""
        return self._keeper.after(self._session)

    def went_down(self) -> None:
        """Take in that the step down passed."""
        self._expected = self._before

    def went_up_again(self) -> tuple[str, ...]:
        """Take in that the second step up passed; return how the schema differs from after the first."""
        first, self._expected = self._above, self._watcher.now()
        return difference(first, self._expected, Between.UPS) if first is not None else ()

    def locks(self) -> tuple[Lock, ...]:
        """Return the locks that a step holds at its end on tables that stood before it."""
        return locks.held(self._session, self._standing)
