"""What a run found out, and what that means for the exit code. Data only; reporters print it."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from deploycheck.findings import Finding, Proof, Severity

if TYPE_CHECKING:
    from deploycheck.engine.facts import Understood
    from deploycheck.rules import Rule
    from deploycheck.sources.errors import Unread


class ExitCode(enum.IntEnum):
    """The contract with scripts and CI; the README has the same table."""

    READY = 0
    FINDINGS = 1
    USAGE = 2
    INCOMPLETE = 3
    NOTHING = 4
    INTERRUPTED = 130


class Outcome(enum.StrEnum):
    """How a rule ended."""

    PASSED = "passed"
    FINDING = "finding"
    SKIPPED = "skipped"
    CRASHED = "crashed"


@dataclass(frozen=True, slots=True)
class Result:
    """One rule's outcome. `reason` says why it was skipped, crashed, or did not see everything.

    `incomplete` is whether it could not look at all that it needed. `traceback` is masked.
    """

    rule: Rule
    outcome: Outcome
    reason: str = ""
    incomplete: bool = False
    traceback: str = ""


class Aside(enum.StrEnum):
    """Why a true finding is not shown and does not count."""

    SUPPRESSED = "suppressed"
    BASELINE = "baseline"
    IGNORED = "ignored"
    """The configuration ignores the rule in the finding's path; the reason is the pattern."""
    UNTOUCHED = "untouched"
    """The change since `--since` neither touches nor causes it."""


@dataclass(frozen=True, slots=True)
class SetAside:
    """A finding that was set aside, why, and the reason that the user gave, if any."""

    finding: Finding
    why: Aside
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CoverageGate:
    """The downgrade coverage that the user asks for, and what it is; None where nothing is measured."""

    required: int
    percent: int | None = None

    @property
    def missed(self) -> bool:
        """Whether it is measured, and less than asked for."""
        return self.percent is not None and self.percent < self.required


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything that a run has to say, masked, sorted, and the same for the same tree.

    `target` is the path as the user wrote it, `inside` its folder in its repository, empty for the root;
    `profile` is the configuration's. `nothing` is why there is nothing to check, or empty. `seconds` is the
    time it took. Findings are worst first; `aside` has those that were set aside, and `notes` what else to
    say about that. `gate` is set where the user asks for a downgrade coverage. `rehearsed` is whether the
    migrations were to be rehearsed, and `unrehearsed` has what of that could not be, with the reasons.
    """

    version: str
    target: str
    understood: Understood
    profile: str = "production"
    results: tuple[Result, ...] = ()
    findings: tuple[Finding, ...] = ()
    aside: tuple[SetAside, ...] = ()
    notes: tuple[str, ...] = ()
    unread: tuple[Unread, ...] = ()
    nothing: str = ""
    fail_on: Severity = Severity.CRITICAL
    exit_zero: bool = False
    gate: CoverageGate | None = None
    rehearsed: bool = False
    unrehearsed: tuple[str, ...] = ()
    inside: str = ""
    seconds: float = field(default=0.0, compare=False)

    @property
    def summary(self) -> dict[Severity, int]:
        """The number of findings of each severity, worst first, zeros included."""
        return {s: sum(f.severity is s for f in self.findings) for s in Severity}

    @property
    def failing(self) -> tuple[Finding, ...]:
        """The findings that fail the run: bad enough, and not refuted by a rehearsal."""
        return tuple(
            f for f in self.findings if f.severity.at_least(self.fail_on) and f.proof is not Proof.REFUTED
        )

    @property
    def incomplete(self) -> bool:
        """Whether something could not be looked at."""
        crashed = self.understood.crashed or any(r.outcome is Outcome.CRASHED for r in self.results)
        return bool(crashed or self.unrehearsed) or any(r.incomplete for r in self.results)

    @property
    def verdict(self) -> ExitCode:
        """What the run came to, whether or not `--exit-zero` hides it."""
        if self.failing or (self.gate is not None and self.gate.missed):
            return ExitCode.FINDINGS
        if self.incomplete:
            return ExitCode.INCOMPLETE
        return ExitCode.NOTHING if self.nothing else ExitCode.READY

    @property
    def ready(self) -> bool:
        """Whether to deploy: everything was looked at, and nothing speaks against it."""
        return self.verdict is ExitCode.READY

    @property
    def exit_code(self) -> ExitCode:
        """The code to exit with. `--exit-zero` hides findings and nothing else."""
        if self.verdict is not ExitCode.FINDINGS or not self.exit_zero:
            return self.verdict
        return ExitCode.INCOMPLETE if self.incomplete else ExitCode.READY

    def count(self, outcome: Outcome) -> int:
        """Return how many rules ended in an outcome."""
        return sum(r.outcome is outcome for r in self.results)
