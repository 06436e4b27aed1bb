"""The rows of one rehearsal, from step to step."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from deploycheck.rehearsal.rows import emptying
from deploycheck.rehearsal.rows.filling import fill, remember
from deploycheck.rehearsal.rows.losses import lost
from deploycheck.rehearsal.rows.model import Rows

if TYPE_CHECKING:
    from deploycheck.facts.rehearsed import Lost
    from deploycheck.rehearsal.session import Session


@dataclass(slots=True)
class Keeper:
    """Fills tables before a step and tells after it what is gone; `rows` is what stood last."""

    rows: Rows = field(default_factory=Rows)

    def before(self, session: Session, *, renew: bool = True) -> Rows:
        """Put a row into each table that has none, and remember all. `renew` is as for `fill`."""
        self.rows = fill(session, self.rows, renew=renew)
        return self.rows

    def after(self, session: Session) -> tuple[Lost, ...]:
        """Return what is gone since `before`, once a step went up and down again."""
        now = remember(session, self.rows)
        found = lost(self.rows, now)
        self.rows = now
        return found

    def empty(self, session: Session, *, everything: bool = False) -> None:
        """Take our rows out again; `everything` is as for `emptying.empty`. Raises `StatementFailed`."""
        emptying.empty(session, remember(session, self.rows), everything=everything)
        self.rows = replace(remember(session, self.rows), ours={})
