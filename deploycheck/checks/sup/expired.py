"""Suppressions that have run out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.findings import Draft, Fix, Severity
from deploycheck.rules import rule

if TYPE_CHECKING:
    from deploycheck.project import Project


@rule("SUP002", "expired-suppression", severity=Severity.MEDIUM, last=True)
def expired_suppression(project: Project) -> Iterator[Draft]:
    """Nothing is suppressed any more: the suppression has run out.

    **Why.** Somebody accepted the finding until a day, and that day is over: what was to be done by then is
    not done, or nobody took the comment out.

    **Fix.** Mend what was suppressed and take the suppression out; or decide anew, with another day.

    **Silent when** the day that `until=` names is today or later (by UTC), or none is named.

    Source: the comments of the project's files, the configuration, and today's date.
    """
    for judged in project.judged:
        suppression = judged.suppression
        if judged.expired and not suppression.problem:
            yield Draft(
                message=f"The suppression of {suppression.named} ran out on {suppression.until}.",
                at=suppression.at,
                subject=suppression.named,
                fix=Fix(
                    "mend the finding and take the suppression out",
                    question=f"until when may it stay, if it must ({suppression.reason})?",
                ),
            )
