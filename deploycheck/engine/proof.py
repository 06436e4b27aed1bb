"""What a rehearsal says of findings that reading raised: confirmed, refuted, or nothing.

Each rule has one judge, which knows what a rehearsal can show about it. A thing is refuted only by the very
step that the finding speaks of; that one row was not lost or rejected says nothing about others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from deploycheck.findings import Evidence, Proof

if TYPE_CHECKING:
    from deploycheck.facts.rehearsed import Failure, RehearsedHistory, RehearsedRevision
    from deploycheck.findings import Finding
    from deploycheck.project import Project


@dataclass(frozen=True, slots=True)
class Shown:
    """What was shown about a finding, and by what."""

    proof: Proof
    note: str


Judge = Callable[["Finding", "RehearsedRevision"], Shown | None]


def _confirmed(note: str) -> Shown:
    return Shown(Proof.CONFIRMED, note)


def _failed(failure: Failure) -> Shown:
    return _confirmed(failure.message)


def _returned(one: RehearsedRevision) -> Shown | None:
    """Judge what a rollback leaves: by the schema after the step down."""
    if one.down is not None:
        return _failed(one.down)
    if one.traces:
        more = f" (and {len(one.traces) - 1} more)" if len(one.traces) > 1 else ""
        return _confirmed(f"{one.traces[0]}{more}")
    failure = one.down_with_rows or one.again
    return _failed(failure) if failure is not None else None


def _downgrade(finding: Finding, one: RehearsedRevision) -> Shown | None:
    """Judge an empty or partial downgrade. Rows that stay are no part of a schema: they are not refuted."""
    del finding
    if (found := _returned(one)) is not None:
        return found
    if one.reversible and one.changed:
        return Shown(Proof.REFUTED, "the schema is what it was after the step up and down")
    return None


def _irreversible(finding: Finding, one: RehearsedRevision) -> Shown | None:
    """Judge a downgrade that raises."""
    del finding
    if one.down is not None:
        return _failed(one.down)
    return Shown(Proof.REFUTED, "its downgrade ran to its end") if one.went_down else None


def _loss(finding: Finding, one: RehearsedRevision) -> Shown | None:
    """Judge a loss of data, which one row can show and not disprove."""
    del finding
    if not one.lost:
        return None
    first = one.lost[0]
    what = f"the values of {first.table}.{first.column}" if first.column else f"a row of {first.table}"
    return _confirmed(f"{what} did not come back")


def _dialect(finding: Finding, one: RehearsedRevision) -> Shown | None:
    """Judge statements that production's backend may not know, by the step that runs them."""
    if finding.subject.endswith(" downgrade"):
        failure, passed = one.down, one.went_down
    else:
        failure, passed = one.up or one.with_rows, one.up is None
    if failure is not None:
        at_it = failure.at is not None and failure.at.path == finding.location.path
        return _failed(failure) if at_it else None
    return Shown(Proof.REFUTED, "every statement of it passed") if passed else None


def _long_id(finding: Finding, one: RehearsedRevision) -> Shown | None:
    """Judge an id that does not fit the version table."""
    del finding
    if one.up is not None:
        return _failed(one.up) if one.up.sqlstate == _TOO_LONG else None
    return Shown(Proof.REFUTED, "the version table took the id")


def _not_null(finding: Finding, one: RehearsedRevision) -> Shown | None:
    """Judge a column that existing rows cannot fill, where every table had a row."""
    table = finding.subject.partition(" ")[2].rpartition(".")[2]
    failure = one.with_rows or one.up
    if failure is not None:
        named = table in failure.message or table in failure.statement
        return _failed(failure) if named and "null" in failure.message.lower() else None
    if one.filled:
        return Shown(Proof.REFUTED, "the step up passed with a row in every table")
    return None


_TOO_LONG = "22001"

JUDGES: dict[str, Judge] = {
    "MIG003": _downgrade,
    "MIG004": _downgrade,
    "MIG005": _irreversible,
    "MIG006": _loss,
    "MIG009": _dialect,
    "MIG010": _long_id,
    "MIG011": _not_null,
}
"""By rule, whose findings' subject begins with a revision's id: what of that speaks for or against them."""


def proven(findings: Iterable[Finding], project: Project) -> tuple[Finding, ...]:
    """Return the findings, those of reading with what a rehearsal has shown about them."""
    if project.rehearsal is None:
        return tuple(findings)
    seen: dict[tuple[str, str], list[_Ran]] = {}
    backends = {c.directory.name: c.dialect.name for c in project.coverages}
    for history in project.rehearsal.histories:
        as_production = history.backend == backends.get(history.name)
        for one in history.revisions:
            seen.setdefault((one.id, one.path), []).append(_Ran(history, one, as_production))
    return tuple(_judged(f, seen.get(_about(f), [])) for f in findings)


@dataclass(frozen=True, slots=True)
class _Ran:
    """One revision on one server; `as_production` is whether that is the backend which production has."""

    history: RehearsedHistory
    one: RehearsedRevision
    as_production: bool


def _about(finding: Finding) -> tuple[str, str]:
    return finding.subject.partition(" ")[0], finding.location.path


def _judged(finding: Finding, seen: list[_Ran]) -> Finding:
    """Return the finding with what was shown: confirmed by any rehearsal, refuted only by all of them.

    What another backend than production's takes refutes nothing.
    """
    judge = JUDGES.get(finding.code)
    if judge is None or finding.evidence is not Evidence.READ or not seen:
        return finding
    shown = [(ran, None if ran.one.not_rehearsed else judge(finding, ran.one)) for ran in seen]
    for ran, found in shown:
        if found is not None and found.proof is Proof.CONFIRMED:
            return _with(finding, ran.history, found)
    ran, found = shown[0]
    if found is not None and all(other is not None and r.as_production for r, other in shown):
        return _with(finding, ran.history, found)
    return finding


def _with(finding: Finding, history: RehearsedHistory, shown: Shown) -> Finding:
    return replace(finding, proof=shown.proof, proof_note=f"rehearsed on {history.server}: {shown.note}")
