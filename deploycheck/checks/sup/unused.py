"""Suppressions of what is not there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.checks.sup.edits import without
from deploycheck.findings import Draft, Fix, Severity
from deploycheck.rules import rule

if TYPE_CHECKING:
    from deploycheck.facts.suppressions import Judged
    from deploycheck.project import Project


@rule("SUP003", "unused-suppression", severity=Severity.LOW, last=True)
def unused_suppression(project: Project) -> Iterator[Draft]:
    """Nothing is left to suppress: the rule finds nothing in that place.

    **Why.** The finding is mended, or the code has moved away from its comment. The suppression that is left
    behind will hide the next finding of that rule in this place, with a reason that was given for another.

    **Fix.** Take it out. Where the finding is still reported, move the comment to the end of its line or
    alone to the line above: a comment at another step of its trail does not count.

    **Silent when** a rule that it names did not run, was skipped, or could not look at everything; and when
    it has run out or cannot work, which are findings of their own.

    Source: the findings of this very run.
    """
    for judged in project.judged:
        suppression = judged.suppression
        for word in judged.unused:
            yield Draft(
                message=f"The suppression of {word} suppresses nothing: {_what_is(word, judged)}.",
                at=suppression.at,
                subject=word,
                fix=Fix("take it out", without(suppression, judged.unused)),
            )


def _what_is(word: str, judged: Judged) -> str:
    """Say that nothing is there, or where the finding is that was perhaps meant."""
    near = next((one for one in judged.near if one.word == word), None)
    if near is None:
        return f"{word} finds nothing there"
    if judged.suppression.source:
        return f"what {word} finds here is at line {near.at.line}"
    return f"what {word} finds is about {near.subject!r}, at {near.at.path}:{near.at.line}"
