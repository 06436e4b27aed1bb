"""Trails that findings share: what a report has told once, it does not tell again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from deploycheck.findings import Finding, Step

LOOKED_BACK = 40
"""How many findings above are searched; a reader would not look further either."""
SHORTEST = 5
"""A shorter run of steps is sooner read again than looked up."""


def told_once(findings: Iterable[Finding]) -> Iterator[tuple[Finding, tuple[Step, ...]]]:
    """Yield each finding with its trail, in which a run that stands above is one step that says where."""
    told: list[Finding] = []
    for finding in findings:
        yield finding, _shortened(finding.trail, told[-LOOKED_BACK:])
        told.append(finding)


def _shortened(trail: tuple[Step, ...], told: list[Finding]) -> tuple[Step, ...]:
    start, length, owner = max(
        ((*_common(trail, other.trail), other) for other in told),
        key=lambda run: run[1],
        default=(0, 0, None),
    )
    if owner is None or length < SHORTEST:
        return trail
    reference = Step(f"… {length} steps as under {owner.code} at {owner.location}")
    return (*trail[:start], reference, *trail[start + length :])


def _common(trail: tuple[Step, ...], other: tuple[Step, ...]) -> tuple[int, int]:
    """Return where the longest run that both trails share starts in the first, and its length."""
    best = (0, 0)
    lengths = [0] * (len(other) + 1)
    for i, step in enumerate(trail, 1):
        row = [0] * (len(other) + 1)
        for j, one in enumerate(other, 1):
            if step == one:
                row[j] = lengths[j - 1] + 1
                if row[j] > best[1]:
                    best = (i - row[j], row[j])
        lengths = row
    return best
