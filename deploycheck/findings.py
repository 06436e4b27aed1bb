"""The vocabulary of a report: severities, places, trails, findings and fixes.

The ground floor of the house. It imports nothing of ours, so every other room may speak it.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field


class Severity(enum.StrEnum):
    """How bad a finding is for production, worst first."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def rank(self) -> int:
        """0 for the worst; sorting by rank puts the worst first."""
        return list(Severity).index(self)

    def at_least(self, other: Severity) -> bool:
        """Tell whether this severity is as bad as `other`, or worse."""
        return self.rank <= other.rank


class Confidence(enum.StrEnum):
    """Whether every step of the trail is known, or one of them is a guess."""

    CERTAIN = "certain"
    LIKELY = "likely"


class Evidence(enum.StrEnum):
    """How a finding is known."""

    READ = "read"
    OBSERVED = "observed"
    REHEARSED = "rehearsed"


class Proof(enum.StrEnum):
    """What a rehearsal showed about a finding that reading had raised."""

    CONFIRMED = "confirmed"
    REFUTED = "refuted"


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A place in a file of the project.

    `path` is relative to the target, with forward slashes. `line` and `column` count from 1;
    `end_line` is the last line of the thing (the same as `line` when it fits on one).
    `end_column` is the column after its last character, 0 when not known.
    """

    path: str
    line: int = 1
    column: int = 1
    end_line: int = 0
    end_column: int = 0

    def __post_init__(self) -> None:
        """Fill in `end_line` for a place on a single line."""
        if self.end_line < self.line:
            object.__setattr__(self, "end_line", self.line)

    def __str__(self) -> str:
        """Write `path:line:column`, the form that editors and terminals make links of."""
        return f"{self.path}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a trail: what was read, and where (nowhere for a statement about the whole)."""

    text: str
    location: Location | None = None


@dataclass(frozen=True, slots=True)
class Edit:
    """Lines `start` to `end` (1-based, both included) of `path` become `text`.

    `end == start - 1` inserts before line `start`. A `path` that does not exist yet, with
    `start=1, end=0`, makes a new file. `text` is whole lines; a missing last newline is added.
    """

    path: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """What to do about a finding: one sentence, the edits where they can be made, or a question.

    `question` is what the user must decide before edits can be written.
    """

    remedy: str
    edits: tuple[Edit, ...] = ()
    question: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """What a check yields: a finding before the engine adds the rule's own data and masks secrets.

    `subject` is what the finding is about and never changes when code moves (a variable, a
    revision, a file): it is part of the fingerprint. `certain` is False when a step of the trail
    is a guess. `severity` overrides the rule's default for this one case.
    """

    message: str
    at: Location
    subject: str
    trail: tuple[Step, ...] = ()
    certain: bool = True
    severity: Severity | None = None
    fix: Fix | None = None
    evidence: Evidence = Evidence.READ


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that production will suffer from, ready to be shown.

    `excerpt` holds (line number, text) pairs of the source at `location`, masked. `patch` is a
    unified diff that `git apply` takes from the target's folder, or None. `proof` is what a rehearsal
    showed about it, and `proof_note` how; a refuted finding is shown and fails nothing. `edits` are what
    `patch` was made of, empty where there is none: several findings' become one patch.
    """

    code: str
    name: str
    family: str
    debt: str
    severity: Severity
    confidence: Confidence
    evidence: Evidence
    subject: str
    message: str
    location: Location
    trail: tuple[Step, ...]
    remedy: str
    question: str
    patch: str | None
    fingerprint: str
    excerpt: tuple[tuple[int, str], ...] = field(default=())
    proof: Proof | None = None
    proof_note: str = ""
    edits: tuple[Edit, ...] = field(default=(), repr=False)
