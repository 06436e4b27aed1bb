"""What is looked at in the database in the course of a walk, whichever session it is seen through.

The same long queries are asked again and again, and to plan one of the catalogue takes longer than to run it:
so a connection keeps the plan of what it is asked often.
"""

from __future__ import annotations

import contextlib
import itertools
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.rehearsal.session import StatementFailed

if TYPE_CHECKING:
    from deploycheck.rehearsal.session import Cell, Session

_OFTEN = 64
"""Uses of a plan before it is made anew: a catalogue grows, and the plan of a small one does not fit it."""
_LONG = 200
"""Characters of a query that is worth a plan of its own,"""
_SELDOM = 2
"""and how often it is asked without one: a query about one table seldom comes a third time."""
_numbers = itertools.count(1)


@dataclass(slots=True)
class _Plan:
    """One prepared statement, and how often it may still be used."""

    name: str
    left: int = _OFTEN


class Borrowed:
    """A session that stands for the one of the moment: what watches a database outlives a run of steps."""

    def __init__(self, backend: str, inner: Session | None = None) -> None:
        """Stand for none yet, or for this one."""
        self._backend = backend
        self.inner = inner
        self._asked: Counter[int] = Counter()
        self._plans: dict[str, _Plan] = {}

    @property
    def backend(self) -> str:
        """Return `postgresql` or `sqlite`."""
        return self._backend

    def query(self, sql: str) -> list[tuple[Cell, ...]]:
        """Return the rows of a SELECT. Raises `StatementFailed`."""
        if not self._is_worth_a_plan(sql):
            return self._lent().query(sql)
        plan = self._plans.get(sql) or self._planned(sql)
        try:
            rows = self._lent().query(f"EXECUTE {plan.name}")
        except StatementFailed:  # another connection, or one that was told to forget
            self._plans.pop(sql, None)
            return self._lent().query(sql)
        plan.left -= 1
        if not plan.left:
            del self._plans[sql]
            with contextlib.suppress(StatementFailed):
                self.run(f"DEALLOCATE {plan.name}")
        return rows

    def run(self, sql: str) -> None:
        """Run one statement. Raises `StatementFailed`."""
        self._lent().run(sql)

    def _is_worth_a_plan(self, sql: str) -> bool:
        if self._backend != "postgresql" or len(sql) < _LONG:
            return False
        self._asked[hash(sql)] += 1
        return self._asked[hash(sql)] > _SELDOM

    def _planned(self, sql: str) -> _Plan:
        plan = _Plan(f"deploycheck_{next(_numbers)}")
        self.run(f"PREPARE {plan.name} AS {sql}")
        self._plans[sql] = plan
        return plan

    def _lent(self) -> Session:
        if self.inner is None:
            raise RuntimeError("no session is lent at this moment")
        return self.inner
