"""Long queries of ours that a connection keeps planned: to plan one takes longer than to run it."""

from __future__ import annotations

import contextlib
import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from deploycheck.rehearsal.session import StatementFailed

if TYPE_CHECKING:
    from deploycheck.rehearsal.session import Cell, Session

_OFTEN = 64
"""Uses of a plan before it is made anew: a catalogue grows, and the plan of a small one does not fit it."""
_numbers = itertools.count(1)


@dataclass(slots=True)
class _Plan:
    """One prepared statement, and how often it may still be used."""

    name: str
    left: int = _OFTEN


@dataclass(slots=True)
class Prepared:
    """Queries with the same text, again and again, through a session that may come to be another one's."""

    session: Session
    _plans: dict[str, _Plan] = field(default_factory=dict)

    def query(self, sql: str) -> list[tuple[Cell, ...]]:
        """Return the rows of a SELECT. Raises `StatementFailed`."""
        plan = self._plans.get(sql) or self._planned(sql)
        try:
            rows = self.session.query(f"EXECUTE {plan.name}")
        except StatementFailed:  # another connection, or one that was told to forget
            self._plans.pop(sql, None)
            return self.session.query(sql)
        plan.left -= 1
        if not plan.left:
            del self._plans[sql]
            with contextlib.suppress(StatementFailed):
                self.session.run(f"DEALLOCATE {plan.name}")
        return rows

    def _planned(self, sql: str) -> _Plan:
        plan = _Plan(f"deploycheck_{next(_numbers)}")
        self.session.run(f"PREPARE {plan.name} AS {sql}")
        self._plans[sql] = plan
        return plan
