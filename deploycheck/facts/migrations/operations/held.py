"""The tests that are known to hold where a statement runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deploycheck.python.flow import Condition


@dataclass(frozen=True, slots=True)
class Held:
    """One test that is known to hold here; without a condition, one that only makes a change tolerant.

    `until` is what ends it: `block`, or the statement that leaves early (`return`, `break`, `continue`).
    """

    condition: Condition | None
    until: str = "block"
