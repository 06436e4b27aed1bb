"""How revisions hang together, by Alembic's own rules: parents, dependencies, branches, heads."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from deploycheck.facts.migrations.model import Revision


class RevisionGraph:
    """The revisions of one script directory."""

    def __init__(self, revisions: Iterable[Revision]) -> None:
        """Hang `revisions` together."""
        self.revisions = tuple(revisions)

    def ordered(self) -> tuple[Revision, ...]:
        """Return the revisions so that each stands after its parents and dependencies."""
        return self.revisions
