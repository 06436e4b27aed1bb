"""Applies suppressions to what the rules have found, and judges them by it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from deploycheck.engine.report import Aside, Outcome, SetAside
from deploycheck.facts.suppressions.model import Fault, Judged, Near, Pinned
from deploycheck.rules import Registry, UnknownRule

if TYPE_CHECKING:
    from datetime import date

    from deploycheck.engine.report import Result
    from deploycheck.facts.suppressions.model import Suppression
    from deploycheck.findings import Finding
    from deploycheck.masking import Masker


@dataclass(frozen=True, slots=True)
class Suppressed:
    """What suppressions left of the findings, what they set aside, and what became of each of them."""

    findings: tuple[Finding, ...]
    aside: tuple[SetAside, ...] = ()
    judged: tuple[Judged, ...] = ()


@dataclass(frozen=True, slots=True)
class _Word:
    """A rule that a suppression names, and the codes that this stands for: none where it may not work."""

    word: str
    codes: frozenset[str] = frozenset()
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class _Ready:
    """A suppression whose words are understood."""

    suppression: Suppression
    words: tuple[_Word, ...]
    expired: bool

    @property
    def works(self) -> bool:
        """Whether it suppresses anything at all."""
        return not self.suppression.problem and not self.expired

    def word_for(self, finding: Finding) -> str | None:
        """Return the word by which it suppresses a finding."""
        if not self.works or not self.suppression.reach.covers(finding.location, finding.subject):
            return None
        return next((w.word for w in self.words if finding.code in w.codes), None)


def suppress(  # noqa: PLR0913, PLR0917 - each is one thing that the outcome rests on
    findings: tuple[Finding, ...],
    suppressions: Sequence[Suppression],
    results: Iterable[Result],
    registry: Registry,
    day: date,
    masker: Masker,
) -> Suppressed:
    """Set aside what the suppressions mean, on a day, and judge them by the results of the rules that ran.

    Only what stands at a finding's own place counts, and no step of its trail: one reason there would hide
    every finding that has the same cause.
    """
    if not suppressions:
        return Suppressed(findings)
    ready = [_ready(s, registry, day) for s in suppressions]
    used: set[tuple[int, str]] = set()
    kept: list[Finding] = []
    aside: list[SetAside] = []
    for finding in findings:
        by = [(n, word) for n, r in enumerate(ready) if (word := r.word_for(finding)) is not None]
        used.update(by)
        if by:
            reason = masker.mask(suppressions[by[0][0]].reason)
            aside.append(SetAside(finding, Aside.SUPPRESSED, reason))
        else:
            kept.append(finding)
    sure = frozenset(r.rule.code for r in results if saw_everything(r))
    judged = tuple(
        _judged(r, frozenset(word for m, word in used if m == n), sure, kept) for n, r in enumerate(ready)
    )
    return Suppressed(tuple(kept), tuple(aside), judged)


def saw_everything(result: Result) -> bool:
    """Tell whether a rule ran, and looked at all that it needs: what it did not find is not there."""
    return result.outcome in {Outcome.PASSED, Outcome.FINDING} and not result.incomplete


def _ready(suppression: Suppression, registry: Registry, day: date) -> _Ready:
    expired = suppression.until is not None and day > suppression.until
    return _Ready(suppression, tuple(_word(w, registry) for w in suppression.words), expired)


def _word(word: str, registry: Registry) -> _Word:
    try:
        rules = registry.matching(word)
    except UnknownRule as error:
        hint = f"; did you mean {error.nearest}?" if error.nearest else ""
        return _Word(word, fault=Fault(f"No rule is called {word}{hint}", word, error.nearest))
    if any(rule.last for rule in rules):
        text = f"{word} judges suppressions, and cannot be suppressed: mend what it finds"
        return _Word(word, fault=Fault(text, word))
    return _Word(word, frozenset(rule.code for rule in rules))


def _judged(ready: _Ready, used: frozenset[str], sure: frozenset[str], kept: Sequence[Finding]) -> Judged:
    suppression = ready.suppression
    faults = tuple(w.fault for w in ready.words if w.fault)
    if suppression.problem:
        faults = (Fault(f"This suppression {suppression.problem}"), *faults)
    unused = [w for w in ready.words if w.codes and w.codes <= sure and w.word not in used]
    if not ready.works or not unused:
        return Judged(suppression, faults, ready.expired)
    near = tuple(one for word in unused if (one := _nearest(word, suppression, kept)) is not None)
    return Judged(suppression, faults, ready.expired, tuple(w.word for w in unused), near)


def _nearest(word: _Word, suppression: Suppression, kept: Sequence[Finding]) -> Near | None:
    """Return what a rule finds closest to where it was to be suppressed: by its line, or by its subject."""
    of_rule = [f for f in kept if f.code in word.codes]
    if isinstance(suppression.reach, Pinned):
        wanted = suppression.reach.subject
        found = max(of_rule, key=lambda f: SequenceMatcher(None, wanted, f.subject).ratio(), default=None)
    else:
        here = [f for f in of_rule if f.location.path == suppression.at.path]
        found = min(here, key=lambda f: abs(f.location.line - suppression.at.line), default=None)
    return Near(word.word, found.location, found.subject) if found is not None else None
