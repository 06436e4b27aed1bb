"""What was rehearsed, as the report shows it: on what, how far, and what became of each revision."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from deploycheck.facts.migrations.coverage import percent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.facts.rehearsed import Rehearsal, RehearsedHistory, RehearsedRevision
    from deploycheck.masking import Masker


class Ended(enum.StrEnum):
    """What became of a revision."""

    REVERSIBLE = "reversible"
    MERGE = "merge"
    UP_FAILED = "upgrade fails"
    DOWN_FAILED = "downgrade fails"
    AGAIN_FAILED = "second upgrade fails"
    TRACES = "leaves traces"
    DIFFERS = "second upgrade differs"
    NOT_REHEARSED = "not rehearsed"


@dataclass(frozen=True, slots=True)
class RehearsedLine:
    """One revision: what became of it, and a remark."""

    id: str
    path: str
    state: Ended
    note: str = ""


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """One history on one server. `percent` is the share of revisions that were seen to be reversible."""

    backend: str
    server: str
    guess: str
    python: str
    isolation: str
    start: str
    percent: int | None
    reversible: int
    counted: int
    stubbed: tuple[str, ...] = ()
    problem: str = ""
    by_revision: tuple[RehearsedLine, ...] = ()
    seconds: float = field(default=0.0, compare=False)

    def masked(self, masker: Masker) -> Rehearsed:
        """Return the same with what the database and the code said masked."""
        lines = tuple(replace(line, note=masker.mask(line.note)) for line in self.by_revision)
        return replace(self, problem=masker.mask(self.problem), by_revision=lines)


def rehearsed_of(rehearsal: Rehearsal | None, name: str) -> Rehearsed | None:
    """Return how a script directory's history was rehearsed, None where it was not asked for."""
    found = rehearsal.of(name) if rehearsal is not None else ()
    return _described(found[0]) if found else None


def unrehearsed(rehearsal: Rehearsal | None) -> Iterator[str]:
    """Yield each thing that was to be rehearsed and was not, with the reason."""
    for history in rehearsal.histories if rehearsal is not None else ():
        if history.not_rehearsed:
            yield f"{history.name} on {history.server}: {history.not_rehearsed}"
            continue
        left = [one for one in history.revisions if one.not_rehearsed]
        if left:
            more = f" and {len(left) - 1} more revisions" if len(left) > 1 else ""
            yield f"{left[0].id}{more} of {history.name} on {history.server}: {left[0].not_rehearsed}"


def _described(history: RehearsedHistory) -> Rehearsed:
    reversible, counted = history.coverage
    return Rehearsed(
        backend=history.backend,
        server=history.server,
        guess=history.guess,
        python=history.python,
        isolation=history.isolation,
        start=history.start,
        percent=percent(reversible, counted),
        reversible=reversible,
        counted=counted,
        stubbed=history.stubbed,
        problem=history.not_rehearsed,
        by_revision=tuple(_line(one) for one in history.revisions),
        seconds=history.seconds,
    )


def _line(one: RehearsedRevision) -> RehearsedLine:
    state, note = _state(one)
    return RehearsedLine(one.id, one.path, state, note)


def _state(one: RehearsedRevision) -> tuple[Ended, str]:
    if one.not_rehearsed:
        return Ended.NOT_REHEARSED, one.not_rehearsed
    failures = (
        (Ended.UP_FAILED, one.up),
        (Ended.DOWN_FAILED, one.down or one.down_with_rows),
        (Ended.AGAIN_FAILED, one.again),
    )
    for state, failure in failures:
        if failure is not None:
            return state, failure.message
    if one.traces:
        return Ended.TRACES, one.traces[0]
    if one.differs:
        return Ended.DIFFERS, one.differs[0]
    return (Ended.MERGE if one.is_merge else Ended.REVERSIBLE), ""
