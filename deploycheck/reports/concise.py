"""One line a finding, for editors and grep: `path:line:column: severity CODE name: message`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploycheck.engine.report import Outcome
from deploycheck.reports.verdict import aside_line, aside_lines, rules_line, unmeasured, verdict

if TYPE_CHECKING:
    from deploycheck.engine import Report
    from deploycheck.reports.style import Style


def render(report: Report, style: Style) -> str:
    """Return a line for each finding, each thing that could not be read, each crash, and the verdict."""
    lines = [f"{f.location}: {f.severity} {f.code} {f.name}: {f.message}" for f in report.findings]
    lines += [f"{u.at}: could not be read: {u.reason}" for u in report.unread]
    lines += [f"{r.rule.code} crashed: {r.reason}" for r in report.results if r.outcome is Outcome.CRASHED]
    lines += aside_lines(report) if style.aside or style.verbose else []
    closing = [verdict(report), unmeasured(report), aside_line(report), *report.notes]
    closing += [rules_line(report)] if report.results else []
    return "\n".join(" ".join(line.split("\n")) for line in [*lines, *closing] if line) + "\n"
