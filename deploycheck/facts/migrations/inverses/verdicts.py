"""What is said of each operation of upgrade."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deploycheck.facts.migrations.inverses.items import Item
    from deploycheck.facts.migrations.operations import Operation


class Verdict(enum.StrEnum):
    """Whether downgrade takes an operation back; `NONE` for one that has no inverse, or needs none."""

    COVERED = "covered"
    UNCOVERED = "uncovered"
    UNKNOWN = "unknown"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Inverse:
    """One operation of upgrade, and what downgrade makes of it.

    `missing` are the things that stay, one sentence each, or why it is not known; empty where another
    operation's tells it already. `left` are the things that upgrade makes and downgrade leaves.
    """

    operation: Operation
    verdict: Verdict
    missing: tuple[str, ...] = ()
    left: tuple[Item, ...] = ()
