"""SARIF 2.1.0, as code scanning takes it.

The fingerprint has a key of our own, made of rule, path and subject: GitHub works out its line hash itself.
Every rule that ran is listed; what was skipped, crashed or could not be read stands in `invocations`.
Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploycheck import __version__
from deploycheck.engine.report import Aside, ExitCode, Outcome
from deploycheck.findings import Confidence, Proof
from deploycheck.pages import page_of
from deploycheck.reports.gaps import unrehearsed
from deploycheck.reports.json import dumps
from deploycheck.reports.levels import SARIF
from deploycheck.reports.places import uri_of
from deploycheck.reports.prose import proof_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.engine import Report, Result
    from deploycheck.engine.report import SetAside
    from deploycheck.findings import Finding, Location
    from deploycheck.reports.style import Style
    from deploycheck.rules import Rule

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
FINGERPRINT = "deploycheck/v1"
_ROOT = "%SRCROOT%"
_COMPLETED = {ExitCode.READY, ExitCode.FINDINGS}

Object = dict[str, object]


def render(report: Report, style: Style) -> str:  # noqa: ARG001 - every format has this signature
    """Return one log with one run."""
    rules = [result.rule for result in report.results]
    index = {rule.code: number for number, rule in enumerate(rules)}
    results = [_result(report, finding, index) for finding in report.findings]
    results += [_set_aside(report, aside, index) for aside in report.aside]
    invocation: Object = {
        "executionSuccessful": not report.incomplete and report.verdict in _COMPLETED,
        "exitCode": int(report.exit_code),
        "toolExecutionNotifications": list(_notifications(report)),
    }
    return _log([_rule(rule) for rule in rules], invocation, results)


def failure(target: str, exit_code: int, reason: str) -> str:  # noqa: ARG001 - every format has this signature
    """Return the log of a run that came to no report."""
    notification = _notification("error", reason)
    invocation: Object = {
        "executionSuccessful": False,
        "exitCode": exit_code,
        "toolExecutionNotifications": [notification],
    }
    return _log([], invocation, [])


def _log(rules: list[Object], invocation: Object, results: list[Object]) -> str:
    run: Object = {
        "tool": {"driver": {"name": "deploycheck", "version": __version__, "rules": rules}},
        "automationDetails": {"id": "deploycheck/"},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The root of the repository."}}},
        "invocations": [invocation],
        "results": results,
    }
    return dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


def _rule(rule: Rule) -> Object:
    page = page_of(rule)
    sections = "\n\n".join(f"**{heading}.** {text}" for heading, text in page.sections.items())
    return {
        "id": rule.code,
        "name": "".join(word.capitalize() for word in rule.name.split("-")),
        "shortDescription": {"text": page.summary or rule.name},
        "fullDescription": {"text": page.summary or rule.name},
        "help": {
            "text": sections.replace("**", "") or rule.name,
            "markdown": f"{page.summary}\n\n{sections}".strip() or rule.name,
        },
        "defaultConfiguration": {"level": SARIF[rule.severity]},
        "properties": {
            "tags": [part for part in ("deployment", rule.family, rule.debt) if part],
            "problem.severity": {"note": "recommendation"}.get(SARIF[rule.severity], SARIF[rule.severity]),
        },
    }


def _result(report: Report, finding: Finding, index: dict[str, int]) -> Object:
    flow = [_flow(report, finding.location, finding.message)]
    flow += [_flow(report, step.location, step.text) for step in finding.trail if step.location]
    parts = (finding.message, proof_of(finding), finding.remedy, finding.question)
    text = "\n".join(part for part in parts if part)
    refuted = {"kind": "external", "justification": proof_of(finding)}
    return {
        "ruleId": finding.code,
        **({"ruleIndex": index[finding.code]} if finding.code in index else {}),
        "level": SARIF[finding.severity],
        "message": {"text": text},
        "locations": [_location(report, finding.location)],
        **({"codeFlows": [{"threadFlows": [{"locations": flow}]}]} if len(flow) > 1 else {}),
        **({"suppressions": [refuted]} if finding.proof is Proof.REFUTED else {}),
        "partialFingerprints": {FINGERPRINT: finding.fingerprint},
        "properties": {
            "severity": finding.severity.value,
            "precision": "very-high" if finding.confidence is Confidence.CERTAIN else "medium",
            "evidence": finding.evidence.value,
            "subject": finding.subject,
            **({"proof": finding.proof.value, "proofNote": finding.proof_note} if finding.proof else {}),
        },
    }


def _set_aside(report: Report, aside: SetAside, index: dict[str, int]) -> Object:
    """Return a finding that was set aside: suppressed, or known before."""
    result = _result(report, aside.finding, index)
    if aside.why in {Aside.BASELINE, Aside.UNTOUCHED}:
        return {**result, "baselineState": "unchanged"}
    kind = "external" if aside.why is Aside.IGNORED else "inSource"
    suppression = {"kind": kind, "justification": aside.reason}
    return {**result, "suppressions": [suppression]}


def _flow(report: Report, at: Location, text: str) -> Object:
    return {"location": {**_location(report, at), "message": {"text": text.strip() or at.path}}}


def _location(report: Report, at: Location) -> Object:
    region: Object = {"startLine": at.line, "startColumn": at.column, "endLine": at.end_line}
    if at.end_column > (at.column if at.line == at.end_line else 0):
        region["endColumn"] = at.end_column
    artifact = {"uri": uri_of(report, at.path), "uriBaseId": _ROOT}
    return {"physicalLocation": {"artifactLocation": artifact, "region": region}}


def _notifications(report: Report) -> Iterator[Object]:
    """Yield what was skipped, crashed or not read."""
    for result in report.results:
        if result.outcome is Outcome.CRASHED:
            yield _about(result, "error", f"{result.rule.code} crashed: {result.reason}")
        elif result.outcome is Outcome.SKIPPED or result.incomplete:
            level = "warning" if result.incomplete else "note"
            yield _about(result, level, f"{result.rule.code} {result.outcome}: {result.reason}")
    for unread in report.unread:
        notification = _notification("warning", f"{unread.path} could not be read: {unread.reason}")
        yield {**notification, "locations": [_location(report, unread.at)]}
    yield from (_notification("warning", line) for line in unrehearsed(report))
    for reason in (report.understood.crashed, report.nothing):
        if reason:
            yield _notification("error", reason)


def _about(result: Result, level: str, text: str) -> Object:
    return {**_notification(level, text), "associatedRule": {"id": result.rule.code}}


def _notification(level: str, text: str) -> Object:
    return {"level": level, "message": {"text": text}}
