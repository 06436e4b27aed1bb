"""A trail that stands above is not told again, and nothing else is left out."""

from __future__ import annotations

from dataclasses import replace

from deploycheck.findings import Confidence, Evidence, Finding, Location, Severity, Step
from deploycheck.reports.trails import SHORTEST, told_once

STEPS = tuple(Step(f"step {n}", Location("a.py", n)) for n in range(1, 9))
FIRST = Finding(
    "ENV001", "one", "ENV", "", Severity.HIGH, Confidence.CERTAIN, Evidence.READ, "x", "…",
    Location("a.py", 3), STEPS, "", "", None, "f",
)  # fmt: skip


def test_a_run_that_stands_above_becomes_one_step() -> None:
    own = (Step("before"), *STEPS[1:], Step("after"))
    second = replace(FIRST, code="ENV002", trail=own)
    told = {f.code: trail for f, trail in told_once([FIRST, second])}
    assert told["ENV001"] == STEPS
    assert told["ENV002"] == (Step("before"), Step("… 7 steps as under ENV001 at a.py:3:1"), Step("after"))


def test_a_short_run_is_told_again() -> None:
    second = replace(FIRST, code="ENV002", trail=(*STEPS[: SHORTEST - 1], Step("other")))
    assert [trail for _, trail in told_once([FIRST, second])] == [STEPS, second.trail]


def test_no_trail_stays_none() -> None:
    assert [trail for _, trail in told_once([replace(FIRST, trail=()), FIRST])] == [(), STEPS]
