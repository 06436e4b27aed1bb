"""A finding in plain text, for formats that have one field for all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploycheck.findings import Confidence, Proof

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.findings import Finding


def told(finding: Finding) -> str:
    """Return the message, the trail and the remedy, a line each."""
    return "\n".join(lines_of(finding))


def proof_of(finding: Finding) -> str:
    """Say what a rehearsal has shown about a finding; empty where it has shown nothing."""
    if finding.proof is None:
        return ""
    after = "; it no longer counts" if finding.proof is Proof.REFUTED else ""
    note = f": {finding.proof_note}" if finding.proof_note else ""
    return f"{finding.proof.value.capitalize()} by a rehearsal{note}{after}"


def lines_of(finding: Finding) -> Iterator[str]:
    """Yield the message, how we know, and what to do."""
    guess = " (likely: a step of its trail is a guess)" if finding.confidence is Confidence.LIKELY else ""
    yield finding.message + guess
    for step in finding.trail:
        place = f"{step.location.path}:{step.location.line}: " if step.location else ""
        yield place + " ".join(step.text.split())
    if finding.proof is not None:
        yield proof_of(finding)
    if finding.remedy:
        yield f"Fix: {finding.remedy}"
    if finding.question:
        yield f"Decide: {finding.question}"
