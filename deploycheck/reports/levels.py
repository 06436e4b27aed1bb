"""What other tools call our severities."""

from __future__ import annotations

from deploycheck.findings import Severity

SARIF = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
}
"""SARIF 2.1.0, §3.27.10."""

GITHUB = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "notice",
}
"""The three commands that make annotations of a workflow run."""

GITLAB = {
    Severity.CRITICAL: "blocker",
    Severity.HIGH: "critical",
    Severity.MEDIUM: "major",
    Severity.LOW: "minor",
}
"""The severities of a Code Quality report."""
