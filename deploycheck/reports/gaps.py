"""What a run could not look at, in the words that the formats of other programs share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploycheck.engine.report import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.engine import Report


def crashes(report: Report) -> Iterator[str]:
    """Yield each rule that crashed, and the description of the project if that did."""
    for result in report.results:
        if result.outcome is Outcome.CRASHED:
            yield f"{result.rule.code} crashed: {result.reason}"
    if report.understood.crashed:
        yield report.understood.crashed


def unseen(report: Report) -> Iterator[str]:
    """Yield each rule that could not look at all that it needs, and why: its silence says nothing."""
    for result in report.results:
        if result.incomplete and result.outcome is not Outcome.CRASHED:
            yield f"{result.rule.code} {result.rule.name} could not look at everything: {result.reason}"


def unrehearsed(report: Report) -> Iterator[str]:
    """Yield each thing that was to be rehearsed and was not."""
    yield from (f"could not be rehearsed: {reason}" for reason in report.unrehearsed)
