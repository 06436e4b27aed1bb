"""GitLab's Code Quality report: an array of findings.

Source: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploycheck.engine.report import Outcome
from deploycheck.findings import Proof
from deploycheck.reports.gaps import unrehearsed, unseen
from deploycheck.reports.json import dumps
from deploycheck.reports.levels import GITLAB
from deploycheck.reports.places import in_repository
from deploycheck.reports.prose import proof_of

if TYPE_CHECKING:
    from deploycheck.engine import Report
    from deploycheck.findings import Finding
    from deploycheck.reports.style import Style

Entry = dict[str, object]


def render(report: Report, style: Style) -> str:  # noqa: ARG001 - every format has this signature
    """Return one entry a finding; what could not be looked at is an entry too, so that it is seen."""
    entries = [_finding(report, finding) for finding in report.findings]
    entries += [
        _entry("crashed", r.rule.code, f"{r.rule.code} crashed: {r.reason}", report.target)
        for r in report.results
        if r.outcome is Outcome.CRASHED
    ]
    for kind, lines in (("unrehearsed", unrehearsed(report)), ("unseen", unseen(report))):
        entries += [_entry(kind, line, line, report.inside or report.target) for line in lines]
    if report.incomplete:
        entries += [
            _entry(
                "unread", u.path, f"could not be read: {u.reason}", in_repository(report, u.path), u.at.line
            )
            for u in report.unread
        ]
    return dumps(entries)


def failure(target: str, exit_code: int, reason: str) -> str:
    """Return the report of a run that came to none: one entry that says why."""
    return dumps([_entry(f"exit-{exit_code}", reason, reason, target)])


def _finding(report: Report, finding: Finding) -> Entry:
    at = finding.location
    lines = {"begin": at.line, "end": at.end_line}
    return {
        "description": " ".join(
            part for part in (finding.message, proof_of(finding), finding.remedy) if part
        ),
        "check_name": f"{finding.code} {finding.name}",
        "fingerprint": finding.fingerprint,
        "severity": "info" if finding.proof is Proof.REFUTED else GITLAB[finding.severity],
        "location": {"path": in_repository(report, at.path), "lines": lines},
    }


def _entry(kind: str, subject: str, text: str, path: str, line: int = 1) -> Entry:
    import hashlib

    return {
        "description": f"deploycheck: {text}",
        "check_name": f"deploycheck-{kind}",
        "fingerprint": hashlib.sha256(f"{kind}\0{subject}".encode()).hexdigest()[:16],
        "severity": "blocker",
        "location": {"path": path, "lines": {"begin": line}},
    }
