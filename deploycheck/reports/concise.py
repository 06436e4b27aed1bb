"""One line a finding, for editors and grep: `path:line:column: severity CODE name: message`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploycheck.engine.report import Outcome
from deploycheck.reports.style import harmless
from deploycheck.reports.verdict import aside_line, aside_lines, rules_line, unmeasured, verdict

if TYPE_CHECKING:
    from deploycheck.engine import Report
    from deploycheck.findings import Finding
    from deploycheck.reports.style import Style


def render(report: Report, style: Style) -> str:
    """Return a line for each finding, each thing that could not be read, each crash, and the verdict."""
    found = report.failing if style.quiet else report.findings
    lines = [line_of(finding) for finding in found]
    lines += [f"{u.at}: could not be read: {u.reason}" for u in report.unread]
    lines += [f"could not be rehearsed: {reason}" for reason in report.unrehearsed]
    lines += [f"{r.rule.code} crashed: {r.reason}" for r in report.results if r.outcome is Outcome.CRASHED]
    lines += aside_lines(report) if style.aside or style.verbose else []
    closing = [verdict(report), unmeasured(report), aside_line(report), *report.notes, _rules(report, style)]
    return "\n".join(harmless(" ".join(line.split("\n"))) for line in [*lines, *closing] if line) + "\n"


def line_of(finding: Finding) -> str:
    """Return a finding in one line."""
    told = f"{finding.location}: {finding.severity} {finding.code} {finding.name}: {finding.message}"
    return " ".join(f"{told}{_proof(finding)}".split("\n"))


def _rules(report: Report, style: Style) -> str:
    return rules_line(report) if report.results and not style.quiet else ""


def _proof(finding: Finding) -> str:
    """Write what a rehearsal has shown about a finding."""
    return f" [{finding.proof}, {finding.proof_note}]" if finding.proof is not None else ""
