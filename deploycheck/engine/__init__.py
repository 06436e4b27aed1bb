"""Runs rules over a project, each on its own, and returns what they found as a `Report`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import TYPE_CHECKING

from deploycheck import __version__
from deploycheck.engine.boundary import Crash, guarded
from deploycheck.engine.clock import today
from deploycheck.engine.facts import Fact, Section, Understood
from deploycheck.engine.finish import Finisher, arranged, in_order, masker_for
from deploycheck.engine.ignoring import set_aside
from deploycheck.engine.incomplete import Loaded, kinds, loaded_by, missing_for
from deploycheck.engine.patch import PatchError
from deploycheck.engine.report import CoverageGate, ExitCode, Outcome, Report, Result
from deploycheck.engine.suppressions import Suppressed, suppress
from deploycheck.findings import Severity
from deploycheck.masking import Masker
from deploycheck.rules import Incomplete, Registry, Skip
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from datetime import date

    from deploycheck.engine.migrations import Migrations, RevisionLine
    from deploycheck.engine.rehearsed import Ended, Rehearsed, RehearsedLine
    from deploycheck.facts.suppressions import Suppression
    from deploycheck.findings import Draft, Finding
    from deploycheck.project import Project
    from deploycheck.rules import Rule
    from deploycheck.sources.errors import Unread

__all__ = [
    "CoverageGate",
    "Ended",
    "ExitCode",
    "Fact",
    "Migrations",
    "Outcome",
    "Rehearsed",
    "RehearsedLine",
    "Report",
    "Result",
    "RevisionLine",
    "Section",
    "Selection",
    "Understood",
    "run",
]

_LATE = {
    "Ended": "rehearsed",
    "Migrations": "migrations",
    "Rehearsed": "rehearsed",
    "RehearsedLine": "rehearsed",
    "RevisionLine": "migrations",
}
"""Where names stand that an app which asks for itself never needs."""


def __getattr__(name: str) -> object:
    """Import a part of the report when somebody asks for it."""
    if name in _LATE:
        return getattr(import_module(f"{__name__}.{_LATE[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


@dataclass(frozen=True, slots=True)
class Selection:
    """Which rules run, and which severity, or which downgrade coverage in percent, fails the run.

    `severities` replaces what a rule gives its findings, by code. `ignored` has, by pattern (as in
    .gitignore), the codes whose findings do not count in such paths, seen from the folder that has the target
    at `base`. `registry` has every rule that a suppression may name, those of `rules` where it is None;
    `day` is the one by which suppressions run out, today where it is None.
    """

    rules: tuple[Rule, ...]
    fail_on: Severity = Severity.CRITICAL
    exit_zero: bool = False
    min_downgrade_coverage: int | None = None
    profile: str = "production"
    severities: Mapping[str, Severity] = field(default_factory=dict)
    ignored: Mapping[str, frozenset[str]] = field(default_factory=dict)
    base: str = ""
    registry: Registry | None = None
    day: date | None = None

    @property
    def codes(self) -> frozenset[str]:
        """The codes of every rule there is, also of those that do not run."""
        return frozenset(self.registry.by_code if self.registry is not None else (r.code for r in self.rules))


def run(project: Project, selection: Selection, target: str = ".", *, describe: bool = True) -> Report:
    """Run the selected rules and return everything that they found, masked and sorted.

    `target` is the project's path as the user wrote it, for the report. Without `describe` nothing is said
    about what was understood, which takes longer than some rules.
    """
    nothing = guarded(lambda: project.nothing_to_check)
    if isinstance(nothing, str) and nothing:
        return _report(selection, target, nothing=nothing, unread=_unread(project))
    known = guarded(lambda: masker_for(project))
    masker = Masker() if isinstance(known, Crash) else known
    finisher = Finisher(project.tree, masker, selection.severities)
    if isinstance(known, Crash):
        _learn_everything(project, masker)
    ended = [_run_rule(rule, project, finisher) for rule in selection.rules if not rule.last]
    suppressions = guarded(lambda: project.suppressions)
    understood = guarded(lambda: _described(project, masker)) if describe else Understood()
    unread = _unread(project)
    loaded = loaded_by(project) if unread else Loaded()
    if any(e.crash for e in ended) or isinstance(understood, Crash) or isinstance(suppressions, Crash):
        _learn_everything(project, masker)
    results = [_result(e, unread, loaded, masker) for e in ended]
    found = arranged(f for e in ended for f in e.findings)
    left = _suppressed(found, suppressions, results, selection, masker)
    project.judged = left.judged
    late = [_run_late(rule, project, finisher, suppressions) for rule in selection.rules if rule.last]
    results += [_result(e, unread, loaded, masker) for e in late]
    findings, aside = set_aside(
        in_order((*left.findings, *arranged(f for e in late for f in e.findings))),
        selection.ignored,
        selection.base,
    )
    return _report(
        selection,
        target,
        understood=_understood_or_crash(understood, masker),
        results=tuple(sorted(results, key=lambda result: result.rule.code)),
        findings=_proven(findings, project, masker),
        aside=(*left.aside, *aside),
        unread=tuple(replace(u, reason=masker.mask(u.reason)) for u in unread),
        percent=None if isinstance(understood, Crash) else _percent(understood),
        rehearsed=project.rehearsal is not None,
        unrehearsed=_unrehearsed(project, masker),
    )


def _described(project: Project, masker: Masker) -> Understood:
    from deploycheck.engine.understood import understand

    return understand(project).masked(masker)


def _percent(understood: Understood) -> int | None:
    """Return the downgrade coverage of all histories; None where there are none, or nothing to take back."""
    if not understood.migrations:
        return None
    from deploycheck.engine.migrations import total_percent

    return total_percent(understood.migrations)


def _unrehearsed(project: Project, masker: Masker) -> tuple[str, ...]:
    if project.rehearsal is None:
        return ()
    from deploycheck.engine.rehearsed import unrehearsed

    return tuple(masker.mask(reason) for reason in unrehearsed(project.rehearsal))


def _proven(findings: tuple[Finding, ...], project: Project, masker: Masker) -> tuple[Finding, ...]:
    """Return the findings with what a rehearsal has shown about them."""
    if project.rehearsal is None:
        return findings
    from deploycheck.engine.proof import proven

    return tuple(replace(f, proof_note=masker.mask(f.proof_note)) for f in proven(findings, project))


def _suppressed(
    found: tuple[Finding, ...],
    suppressions: tuple[Suppression, ...] | Crash,
    results: list[Result],
    selection: Selection,
    masker: Masker,
) -> Suppressed:
    """Apply the suppressions; where they could not be read, nothing is suppressed."""
    if isinstance(suppressions, Crash):
        return Suppressed(found)
    registry = selection.registry or Registry(selection.rules)
    return suppress(found, suppressions, results, registry, selection.day or today(), masker)


def _run_late(
    rule: Rule, project: Project, finisher: Finisher, suppressions: tuple[Suppression, ...] | Crash
) -> _Ended:
    """Run a rule that judges suppressions, if they could be read."""
    if isinstance(suppressions, Crash):
        return _Ended(rule, crash=suppressions)
    return _run_rule(rule, project, finisher)


def _report(selection: Selection, target: str, percent: int | None = None, **found: object) -> Report:
    required = selection.min_downgrade_coverage
    return Report(
        version=__version__,
        target=target,
        profile=selection.profile,
        fail_on=selection.fail_on,
        exit_zero=selection.exit_zero,
        gate=None if required is None else CoverageGate(required, percent),
        **{"understood": Understood(), **found},  # type: ignore[arg-type]
    )


@dataclass(slots=True)
class _Ended:
    """How one rule ended, before anybody knows all that could not be read."""

    rule: Rule
    findings: tuple[Finding, ...] = ()
    skipped: str = ""
    unreadable: str = ""
    crash: Crash | None = None


def _run_rule(rule: Rule, project: Project, finisher: Finisher) -> _Ended:
    """Run one rule. What it yielded before a crash is kept: it is true all the same."""
    ended = _Ended(rule)
    found: list[Finding] = []

    def work() -> None:
        try:
            ended.skipped = next((reason for r in rule.requires if (reason := r(project))), "")
            for draft in () if ended.skipped else rule.check(project):
                _add(found, rule, draft, finisher)
        except Skip as skip:
            ended.skipped = skip.reason
        except Incomplete as incomplete:
            ended.unreadable = f"incomplete: {incomplete.reason}"
        except ReadError as error:
            ended.unreadable = f"incomplete: {error.path} {error.reason}"

    crash = guarded(work)
    ended.crash = crash if isinstance(crash, Crash) else None
    ended.findings = tuple(found)
    return ended


def _add(found: list[Finding], rule: Rule, draft: Draft, finisher: Finisher) -> None:
    """Finish a draft; when its suggested edits do not fit, keep the finding and let the rule crash after."""
    try:
        found.append(finisher.finish(rule, draft))
    except PatchError:
        without = replace(draft, fix=replace(draft.fix, edits=())) if draft.fix else draft
        found.append(finisher.finish(rule, without))
        raise


def _result(ended: _Ended, unread: Iterable[Unread], loaded: Loaded, masker: Masker) -> Result:
    rule, crash = ended.rule, ended.crash
    if crash is not None:
        return Result(
            rule,
            Outcome.CRASHED,
            masker.mask(crash.line),
            incomplete=True,
            traceback=_masked_traceback(crash, masker),
        )
    missing = ended.unreadable or missing_for(rule.reads, unread, loaded)
    if ended.findings:
        return Result(rule, Outcome.FINDING, masker.mask(missing), incomplete=bool(missing))
    if missing:
        return Result(rule, Outcome.SKIPPED, masker.mask(missing), incomplete=True)
    if ended.skipped:
        return Result(rule, Outcome.SKIPPED, masker.mask(ended.skipped))
    return Result(rule, Outcome.PASSED)


def _masked_traceback(crash: Crash, masker: Masker) -> str:
    return masker.mask(masker.mask(crash.traceback, "traceback.py"))


def _understood_or_crash(understood: Understood | Crash, masker: Masker) -> Understood:
    if isinstance(understood, Crash):
        return Understood(
            crashed=masker.mask(understood.line), traceback=_masked_traceback(understood, masker)
        )
    return understood


def _unread(project: Project) -> tuple[Unread, ...]:
    """Return all that could not be read by now, of the tree and of the Python program, sorted."""
    unparsed = guarded(lambda: project.program.unparsed)
    return tuple(sorted({*project.tree.unread, *(() if isinstance(unparsed, Crash) else unparsed)}))


def _learn_everything(project: Project, masker: Masker) -> None:
    """Learn the secrets of every file: the message of a crash may quote any of them."""
    for path in project.tree.files:
        if not kinds(path):
            continue
        try:
            masker.learn(project.tree.text(path), path)
        except ReadError:
            continue
