"""The debt board: what each deployment debt asks for, and how a run's results judge it."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.engine.report import Outcome
from deploycheck.findings import Evidence, Severity

if TYPE_CHECKING:
    from deploycheck.engine.report import Report, Result
    from deploycheck.findings import Finding


class Mark(enum.StrEnum):
    """How one acceptance criterion stands. `OPEN`: reading alone cannot tell, or no rule judges it."""

    MET = "met"
    NOT_MET = "not met"
    NOT_APPLICABLE = "not applicable"
    CANNOT_TELL = "cannot tell"
    OPEN = "open"


class State(enum.StrEnum):
    """How a whole debt stands. One that is paid may still have criteria that are open."""

    PAID = "paid"
    OWED = "owed"
    NOT_APPLICABLE = "not applicable"
    CANNOT_TELL = "cannot tell"


@dataclass(frozen=True, slots=True)
class Criterion:
    """One acceptance criterion, and the codes of the rules that judge it.

    `proves` tells whether silence of the rules shows that it is met; otherwise a finding shows that it is
    not, and without one it stays open.
    """

    text: str
    rules: tuple[str, ...]
    proves: bool = True


@dataclass(frozen=True, slots=True)
class Debt:
    """One item of the debt list."""

    id: str
    title: str
    severity: Severity
    criteria: tuple[Criterion, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """One criterion as a run judges it, by which evidence, and the findings against it."""

    criterion: Criterion
    mark: Mark
    evidence: Evidence
    findings: tuple[Finding, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """One debt as a run judges it."""

    debt: Debt
    state: State
    judged: tuple[Judged, ...]

    @property
    def open(self) -> int:
        """How many of its criteria nothing here can judge."""
        return sum(j.mark is Mark.OPEN for j in self.judged)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings behind it, each once."""
        return tuple(dict.fromkeys(f for j in self.judged for f in j.findings))


def _debt(identifier: str, severity: Severity, title: str, *criteria: Criterion) -> Debt:
    return Debt(f"DEPLOY-{identifier}", title, severity, criteria)


def _by(text: str, codes: str, *, proves: bool = True) -> Criterion:
    return Criterion(text, tuple(codes.split()), proves)


DEBTS = (
    _debt(
        "1",
        Severity.CRITICAL,
        "Environment configuration is validated",
        _by("it does not start when backend and configuration differ", "ENV001 ENV002 ENV009 ENV011 ENV012"),
        _by("every required variable is validated at start-up", "ENV003 ENV004 ENV005 ENV010"),
        _by("the start-up log says which backend is active", "LOG004", proves=False),
    ),
    _debt(
        "2",
        Severity.CRITICAL,
        "Only chosen origins may call the API",
        _by("origins can be set from the environment", "CORS002"),
        _by("production sets specific origins", "CORS001 CORS003 CORS004 CORS007"),
    ),
    _debt(
        "3",
        Severity.HIGH,
        "The health check tells the truth",
        _by("the endpoint that routing uses answers 503 without the database", "HLT001 HLT002 HLT003 HLT006"),
        _by("a check covers tables and migration state", "HLT004"),
        _by("a readiness probe validates full initialisation", "HLT001 HLT007", proves=False),
    ),
    _debt(
        "4",
        Severity.HIGH,
        "Worker counts agree",
        _by("one source of truth", "WRK001"),
        _by("the count fits the container's CPU", "WRK003"),
        _by("the setting is used or removed", "WRK002"),
    ),
    _debt(
        "5",
        Severity.HIGH,
        "Pools fit their database",
        _by("sizes fit each backend", "POOL001 POOL002 POOL006"),
        _by("configurable from the environment", "POOL003 POOL004"),
        _by("the defaults' reasons are written down", "", proves=False),
    ),
    _debt(
        "6",
        Severity.HIGH,
        "A deployment can be rolled back",
        _by("every migration has a tested downgrade", "MIG003 MIG004 MIG005", proves=False),
        _by("no schema change outside Alembic", "MIG007 MIG008"),
        _by("rollback documented", "MIG012"),
        _by("pre-deployment backup automated", "BAK004 MIG016"),
    ),
    _debt(
        "7",
        Severity.MEDIUM,
        "Logs are structured",
        _by("production logs are JSON", "LOG001"),
        _by("a request id is on every record", "LOG003"),
        _by("levels are used consistently", "LOG002 LOG004", proves=False),
    ),
    _debt(
        "8",
        Severity.MEDIUM,
        "The build is checked",
        _by("the vulnerability audit runs in CI", "BLD001"),
        _by("the dead-code check runs in CI or as a recipe", "BLD002"),
        _by("a bundle budget is documented and enforced", "BLD003"),
        _by("licences are checked", "BLD004"),
    ),
    _debt(
        "9",
        Severity.MEDIUM,
        "The database is backed up",
        _by("SQLite backup on by default", "BAK001 BAK002"),
        _by("server strategy documented", "BAK003"),
        _by("backup before migration documented", "BAK004"),
    ),
    _debt(
        "10",
        Severity.MEDIUM,
        "The API's version is its own",
        _by("read from the package", "VER001 VER002"),
        _by("an endpoint tells version and build", "VER003"),
        _by("incremented on release", "", proves=False),
    ),
    _debt(
        "11",
        Severity.LOW,
        "Requests are limited",
        _by("limits configured", "RATE001 RATE002"),
        _by("settable from the environment, and 429 carries Retry-After", "RATE003"),
    ),
    _debt(
        "12",
        Severity.LOW,
        "Requests end in time",
        _by("a default time-out", "TIME001 TIME002"),
        _by("long operations run in the background", "", proves=False),
    ),
    _debt(
        "13",
        Severity.LOW,
        "CI caches what it installs",
        _by("Python packages", "CI001"),
        _by("node modules", "CI002"),
        _by("Playwright browsers", "CI003"),
    ),
)
"""The thirteen debts with their acceptance criteria, in order."""


def board(report: Report) -> tuple[Standing, ...]:
    """Return how each debt stands after a run."""
    results = {r.rule.code: r for r in report.results}
    return tuple(_standing(debt, report, results) for debt in DEBTS)


def _standing(debt: Debt, report: Report, results: dict[str, Result]) -> Standing:
    judged = tuple(_judged(criterion, report, results) for criterion in debt.criteria)
    marks = {j.mark for j in judged}
    if Mark.NOT_MET in marks:
        state = State.OWED
    elif Mark.CANNOT_TELL in marks:
        state = State.CANNOT_TELL
    elif Mark.MET in marks:
        state = State.PAID
    else:
        state = State.NOT_APPLICABLE if Mark.NOT_APPLICABLE in marks else State.CANNOT_TELL
    return Standing(debt, state, judged)


def _judged(criterion: Criterion, report: Report, results: dict[str, Result]) -> Judged:
    """Judge one criterion: findings first, then what could not be looked at, then silence."""
    # What was set aside is owed all the same: a reason or a baseline pays off no debt.
    everything = (*report.findings, *(a.finding for a in report.aside))
    found = tuple(f for f in everything if f.code in criterion.rules)
    if found:
        best = max((f.evidence for f in found), key=list(Evidence).index)
        return Judged(criterion, Mark.NOT_MET, best, found)
    asked = [results[code] for code in criterion.rules if code in results]
    unclear = next((r for r in asked if r.incomplete or r.outcome is Outcome.CRASHED), None)
    if unclear is not None:
        return Judged(criterion, Mark.CANNOT_TELL, Evidence.READ, reason=unclear.reason)
    if not asked:
        return Judged(criterion, Mark.OPEN, Evidence.READ)
    skipped = [r for r in asked if r.outcome is Outcome.SKIPPED]
    if len(skipped) == len(asked):
        return Judged(criterion, Mark.NOT_APPLICABLE, Evidence.READ, reason=skipped[0].reason)
    if not criterion.proves:
        return Judged(criterion, Mark.OPEN, Evidence.READ)
    return Judged(criterion, Mark.MET, Evidence.READ)
