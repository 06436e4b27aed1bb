"""How findings about revisions are put into words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploycheck.findings import Step

if TYPE_CHECKING:
    from collections.abc import Iterable

    from deploycheck.facts.migrations.operations import Operation

_TOLD = 3
"""How many things a message names."""
_STEPS = 12
"""How many a trail shows."""


def some(texts: Iterable[str]) -> str:
    """Write the first few of some texts, each once, and how many more there are."""
    told = list(dict.fromkeys(texts))
    more = f"; and {len(told) - _TOLD} more" if len(told) > _TOLD else ""
    return "; ".join(told[:_TOLD]) + more


def steps(told: Iterable[tuple[str, Operation]]) -> tuple[Step, ...]:
    """Return a trail: a text for each operation, where it stands."""
    found = [Step(text, operation.at) for text, operation in told]
    more = (Step(f"and {len(found) - _STEPS} more"),) if len(found) > _STEPS else ()
    return (*found[:_STEPS], *more)
