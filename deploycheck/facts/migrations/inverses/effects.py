"""What one operation does to one thing."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deploycheck.facts.migrations.inverses.items import Item
    from deploycheck.facts.migrations.operations import Operation


class Did(enum.Enum):
    """What is done: `REMADE` gives a standing thing another definition, `OTHER` is any other change."""

    MADE = enum.auto()
    DROPPED = enum.auto()
    RENAMED = enum.auto()
    ALTERED = enum.auto()
    REMADE = enum.auto()
    OTHER = enum.auto()


@dataclass(frozen=True, slots=True, eq=False)
class Effect:
    """One operation's effect on one thing. `attribute`, `before` and `after` are of an ALTERED column.

    `before` is None where neither the operation nor an earlier revision says it.
    """

    did: Did
    item: Item
    operation: Operation
    attribute: str = ""
    before: str | None = None
    after: str = ""
