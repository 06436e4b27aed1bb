"""The closing words that several formats share."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from deploycheck.engine.report import Aside, ExitCode, Outcome
from deploycheck.findings import Proof, Severity

if TYPE_CHECKING:
    from deploycheck.engine import Report


def counts(report: Report) -> str:
    """Write the findings by severity, and how many a rehearsal has refuted: "2 critical, 7 high; 1 …"."""
    found = [f for f in report.findings if f.proof is not Proof.REFUTED]
    parts = [f"{n} {severity}" for severity in Severity if (n := sum(f.severity is severity for f in found))]
    refuted = len(report.findings) - len(found)
    told = [", ".join(parts)] if parts else []
    return "; ".join([*told, f"{refuted} refuted by the rehearsal"] if refuted else told)


def verdict(report: Report) -> str:
    """Say in one sentence whether to deploy."""
    found = counts(report)
    match report.verdict:
        case ExitCode.FINDINGS:
            hidden = " (--exit-zero: this run does not fail for it)" if report.exit_zero else ""
            reasons = "; ".join(part for part in (_missed(report), found) if part)
            return f"Not ready: {reasons}{hidden}."
        case ExitCode.INCOMPLETE:
            return f"Incomplete: not everything could be looked at{f'; {found}' if found else ''}."
        case ExitCode.NOTHING:
            return f"Nothing to check: {report.nothing}."
        case _:
            left = any(f.proof is not Proof.REFUTED for f in report.findings)
            below = f", none of them {_at_or_above(report.fail_on)}" if left else ""
            return f"Ready: {f'{found}{below}' if found else 'nothing found'}."


def unmeasured(report: Report) -> str:
    """Say that a downgrade coverage is asked for where there is none; empty otherwise."""
    gate = report.gate
    if gate is None or gate.percent is not None or report.understood.crashed:
        return ""
    return (
        f"downgrade coverage of {gate.required} % is asked for: no migration here has anything to take back"
    )


def _missed(report: Report) -> str:
    gate = report.gate
    if gate is None or not gate.missed:
        return ""
    return f"downgrade coverage is {gate.percent} %, less than the {gate.required} % asked for"


ASIDE = {
    Aside.SUPPRESSED: "suppressed",
    Aside.IGNORED: "ignored by the configuration",
    Aside.BASELINE: "in the baseline",
    Aside.UNTOUCHED: "not of this change",
}
"""The words for why a finding does not count."""


def aside_line(report: Report) -> str:
    """Count the findings that were set aside, by why; empty for none."""
    counted = Counter(s.why for s in report.aside)
    parts = [f"{counted[why]} {words}" for why, words in ASIDE.items() if counted[why]]
    return f"{len(report.aside)} set aside: {', '.join(parts)}" if parts else ""


def aside_lines(report: Report) -> list[str]:
    """Write a line for each finding that was set aside: its place, what it is, and why it does not count."""
    return [
        f"{s.finding.location}: {s.finding.severity} {s.finding.code} {s.finding.name}: "
        f"{ASIDE[s.why]}{f': {s.reason}' if s.reason else ''}"
        for s in report.aside
    ]


def rules_line(report: Report) -> str:
    """Count how the rules ended: all four outcomes, with the reasons of what was skipped."""
    total = len(report.results)
    parts = [
        f"{total - report.count(Outcome.SKIPPED)} ran",
        f"{report.count(Outcome.PASSED)} passed",
        f"{report.count(Outcome.FINDING)} found something",
        f"{report.count(Outcome.CRASHED)} crashed",
        f"{report.count(Outcome.SKIPPED)} skipped{_reasons(report)}",
    ]
    return f"rules: {', '.join(parts)}"


def _reasons(report: Report) -> str:
    reasons = Counter(r.reason for r in report.results if r.outcome is Outcome.SKIPPED)
    ordered = sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
    if not ordered:
        return ""
    return f" ({'; '.join(f'{n}: {reason}' if len(ordered) > 1 else reason for reason, n in ordered)})"


def _at_or_above(severity: Severity) -> str:
    return str(severity) if severity is Severity.CRITICAL else f"{severity} or worse"
