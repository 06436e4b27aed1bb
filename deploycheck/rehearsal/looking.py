"""What is looked at in the database in the course of a walk, whichever session it is seen through.

The same long queries are asked again and again, and to plan one of the catalogue takes longer than to run it:
so a connection keeps the plan of what it is asked often.
"""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

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

    def __init__(self, backend: str) -> None:
        """Stand for none yet."""
        self._backend = backend
        self._inner: Session | None = None
        self._asked: Counter[int] = Counter()
        self._plans: dict[str, _Plan] = {}
        self._are_plans_there = False

    def stand_for(self, inner: Session | None) -> None:
        """Be this session from now on, or none. It may be of another connection than the last."""
        self._inner = inner
        self._are_plans_there = False

    @property
    def backend(self) -> str:
        """Return `postgresql` or `sqlite`."""
        return self._backend

    def query(self, sql: str) -> list[tuple[Cell, ...]]:
        """Return the rows of a SELECT. Raises `StatementFailed`."""
        if not self._is_worth_a_plan(sql):
            return self._lent().query(sql)
        plan = self._plan(sql)
        rows = self._lent().query(f"EXECUTE {plan.name}")
        plan.left -= 1
        if not plan.left:
            del self._plans[sql]
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

    def _plan(self, sql: str) -> _Plan:
        if not self._are_plans_there:  # a driver may tell a connection to forget all of them
            there = {str(name) for (name,) in self._lent().query("SELECT name FROM pg_prepared_statements")}
            self._plans = {text: plan for text, plan in self._plans.items() if plan.name in there}
            self._are_plans_there = True
        if sql not in self._plans:
            plan = _Plan(f"deploycheck_{next(_numbers)}")
            self.run(f"PREPARE {plan.name} AS {sql}")
            self._plans[sql] = plan
        return self._plans[sql]

    def _lent(self) -> Session:
        if self._inner is None:
            raise RuntimeError("no session is lent at this moment")
        return self._inner
