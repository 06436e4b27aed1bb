"""Annotations of a GitHub workflow run: the worst first, under the limit of ten a kind and step.

Source: https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploycheck.findings import Proof
from deploycheck.reports import concise
from deploycheck.reports.gaps import crashes, unrehearsed, unseen
from deploycheck.reports.levels import GITHUB
from deploycheck.reports.places import in_repository
from deploycheck.reports.prose import proof_of
from deploycheck.reports.style import harmless
from deploycheck.reports.verdict import aside_line, rules_line, verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.engine import Report
    from deploycheck.findings import Finding
    from deploycheck.reports.style import Style

LIMIT = 10
"""How many annotations of one kind a step may make; more are dropped without a word."""


def render(report: Report, style: Style) -> str:  # noqa: ARG001 - every format has this signature
    """Return a workflow command for each of the worst findings, one notice for the rest, and the verdict."""
    kinds: dict[str, list[str]] = {"error": list(_incomplete(report)), "warning": [], "notice": []}
    rest: list[str] = []
    for finding in report.findings:
        kind = kinds[_kind(finding)]
        if len(kind) < LIMIT - (kind is kinds["notice"]):  # the last notice is for the rest
            kind.append(_annotation(report, finding))
        else:
            rest.append(concise.line_of(finding))
    if rest:
        kinds["notice"].append(_command("notice", f"and {len(rest)} more: this step's log has them"))
    closing = [
        verdict(report),
        aside_line(report),
        *report.notes,
        rules_line(report) if report.results else "",
    ]
    lines = [line for kind in kinds.values() for line in kind]
    return "\n".join([*lines, *map(_plain, [*rest, *(line for line in closing if line)])]) + "\n"


def failure(target: str, exit_code: int, reason: str) -> str:  # noqa: ARG001 - every format has this signature
    """Return the annotation of a run that came to no report."""
    return _command("error", reason, title="deploycheck") + "\n"


def _incomplete(report: Report) -> Iterator[str]:
    """Yield what could not be looked at, as few annotations: it must not push the findings out."""
    unread = [f"{in_repository(report, u.path)} could not be read: {u.reason}" for u in report.unread]
    gaps = [*(unread if report.incomplete else ()), *unrehearsed(report), *unseen(report)]
    for kind in (list(crashes(report)), gaps):
        if kind:
            yield _command("error", "\n".join(kind), title="deploycheck: incomplete")


def _kind(finding: Finding) -> str:
    """Return the command for a finding: what a rehearsal has refuted is worth a notice."""
    return "notice" if finding.proof is Proof.REFUTED else GITHUB[finding.severity]


def _annotation(report: Report, finding: Finding) -> str:
    at = finding.location
    said = f"refuted, {finding.severity}" if finding.proof is Proof.REFUTED else str(finding.severity)
    return _command(
        _kind(finding),
        "\n".join(part for part in (finding.message, proof_of(finding), finding.remedy) if part),
        file=in_repository(report, at.path),
        line=str(at.line),
        endLine=str(at.end_line),
        col=str(at.column),
        title=f"{said} {finding.code} {finding.name}",
    )


def _plain(text: str) -> str:
    """Return a line for the log that no runner takes for a command of its own, whatever a file is called."""
    line = harmless(" ".join(text.splitlines())).replace("##[", "## [")
    return f"./{line}" if line.lstrip().startswith("::") else line


def _command(kind: str, message: str, **properties: str) -> str:
    listed = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{kind}{' ' if listed else ''}{listed}::{_data(message)}"


def _data(text: str) -> str:
    return harmless(text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A"))


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
