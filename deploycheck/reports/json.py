"""The JSON document: its names are a contract, described in the README."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from deploycheck import __version__

if TYPE_CHECKING:
    from deploycheck.engine import (
        CoverageGate,
        Fact,
        Migrations,
        Rehearsed,
        Report,
        Result,
        RevisionLine,
        Understood,
    )
    from deploycheck.findings import Finding, Location
    from deploycheck.reports.style import Style

SCHEMA_VERSION = 1

Document = dict[str, object]


def render(report: Report, style: Style) -> str:  # noqa: ARG001 - every format has this signature
    """Return one JSON document with a line end."""
    return dumps(document(report))


def several(reports: tuple[Report, ...], exit_code: int) -> str:
    """Return one document for several targets: the document of each in `targets`, and what they come to."""
    head: Document = {"schema_version": SCHEMA_VERSION, "version": __version__}
    ends: Document = {"ready": all(r.ready for r in reports), "exit_code": exit_code}
    return dumps({**head, **ends, "targets": [document(report) for report in reports]})


def failure(target: str, exit_code: int, reason: str) -> str:
    """Return the document of a run that came to no report: the same names, nothing in them, and `error`."""
    empty: Document = {
        "schema_version": SCHEMA_VERSION,
        "version": __version__,
        "target": target,
        "profile": None,
        "ready": False,
    }
    rest: Document = {
        "understood": {},
        "rules": [],
        "summary": {},
        "findings": [],
        "aside": [],
        "notes": [],
        "unread": [],
    }
    return dumps({**empty, "exit_code": exit_code, "error": reason, **rest})


def dumps(data: object) -> str:
    """Return JSON for people and programs alike: indented, in the order given, not only ASCII."""
    return json.dumps(data, indent=2, ensure_ascii=True) + "\n"


def document(report: Report) -> Document:
    """Return the report as plain data."""
    return {
        "schema_version": SCHEMA_VERSION,
        "version": report.version,
        "target": report.target,
        "profile": report.profile,
        "ready": report.ready,
        "exit_code": int(report.exit_code),
        **({"error": report.nothing} if report.nothing else {}),
        **({"min_downgrade_coverage": _gate(report.gate)} if report.gate else {}),
        "understood": _understood(report.understood),
        "rules": [_rule(result) for result in report.results],
        "summary": {severity.value: count for severity, count in report.summary.items()},
        "findings": [_finding(finding) for finding in report.findings],
        **({"unrehearsed": list(report.unrehearsed)} if report.rehearsed else {}),
        "aside": [
            {"why": s.why.value, "reason": s.reason or None, **_finding(s.finding)} for s in report.aside
        ],
        "notes": list(report.notes),
        "unread": [{"path": u.path, "line": u.at.line, "reason": u.reason} for u in report.unread],
        "seconds": round(report.seconds, 3),
    }


def _understood(understood: Understood) -> Document:
    if understood.crashed:
        return {"error": understood.crashed}
    deployments = [
        {"name": s.title, "environment": s.environment, "facts": _facts(s.facts)} for s in understood.sections
    ]
    return {
        "deployments": deployments,
        "facts": _facts(understood.facts),
        "migrations": [_migrations(history) for history in understood.migrations],
    }


def _gate(gate: CoverageGate) -> Document:
    return {"required": gate.required, "percent": gate.percent, "met": not gate.missed}


def _migrations(history: Migrations) -> Document:
    return {
        "name": history.name,
        "revisions": len(history.by_revision),
        "heads": list(history.heads),
        "coverage": _coverage(history),
        "by_revision": [
            {"id": r.id, "path": r.path, "state": r.state, **_coverage(r)} for r in history.by_revision
        ],
        **({"rehearsed": _rehearsed(history.rehearsed)} if history.rehearsed else {}),
    }


def _rehearsed(rehearsed: Rehearsed) -> Document:
    return {
        "backend": rehearsed.backend,
        "server": rehearsed.server,
        "guess": rehearsed.guess or None,
        "python": rehearsed.python,
        "isolation": rehearsed.isolation,
        "from": rehearsed.start or None,
        "percent": rehearsed.percent,
        "reversible": rehearsed.reversible,
        "counted": rehearsed.counted,
        "stand_ins": list(rehearsed.stubbed),
        "problem": rehearsed.problem or None,
        "by_revision": [
            {"id": r.id, "path": r.path, "state": r.state.value, "note": r.note or None}
            for r in rehearsed.by_revision
        ],
        "seconds": round(rehearsed.seconds, 3),
    }


def _coverage(counted: Migrations | RevisionLine) -> Document:
    return {
        "percent": counted.percent,
        "covered": counted.covered,
        "invertible": counted.invertible,
        "unknown": counted.unknown,
    }


def _facts(facts: tuple[Fact, ...]) -> list[Document]:
    return [{"label": f.label, "value": f.value, "note": f.note} for f in facts]


def _rule(result: Result) -> Document:
    return {"code": result.rule.code, "outcome": result.outcome.value, "reason": result.reason or None}


def _finding(finding: Finding) -> Document:
    return {
        "code": finding.code,
        "name": finding.name,
        "family": finding.family,
        "debt": finding.debt,
        "severity": finding.severity.value,
        "confidence": finding.confidence.value,
        "evidence": finding.evidence.value,
        "subject": finding.subject,
        "message": finding.message,
        "location": _location(finding.location),
        "trail": [
            {
                "path": step.location.path if step.location else None,
                "line": step.location.line if step.location else None,
                "text": step.text,
            }
            for step in finding.trail
        ],
        "remedy": finding.remedy,
        "question": finding.question or None,
        "patch": finding.patch,
        "fingerprint": finding.fingerprint,
        "proof": finding.proof.value if finding.proof else None,
        "proof_note": finding.proof_note or None,
    }


def _location(location: Location) -> Document:
    return {
        "path": location.path,
        "line": location.line,
        "column": location.column,
        "end_line": location.end_line,
    }
