from __future__ import annotations

import json
from dataclasses import replace

from deploycheck.engine import Report, Understood
from deploycheck.reports import load
from deploycheck.reports.json import failure
from deploycheck.reports.style import Style
from tests.reports.conftest import LONG, PATCH


def _document(report: Report) -> dict[str, object]:
    found: dict[str, object] = json.loads(load("json").render(report, Style()))
    return found


def test_the_contract(report: Report) -> None:
    document = _document(report)
    findings = document.pop("findings")
    assert document == {
        "schema_version": 1,
        "version": "0.1.0",
        "target": "my app",
        "profile": "production",
        "ready": False,
        "exit_code": 1,
        "understood": {
            "deployments": [
                {
                    "name": "web",
                    "environment": "app.yaml + this shell",
                    "facts": [
                        {"label": "platform", "value": "Databricks Apps (app.yaml)", "note": "2 vCPU, 6 GB"}
                    ],
                }
            ],
            "facts": [{"label": "read", "value": "9 files", "note": ""}],
            "migrations": [],
        },
        "rules": [
            {"code": "TST001", "outcome": "finding", "reason": None},
            {"code": "TST002", "outcome": "passed", "reason": None},
            {"code": "TST003", "outcome": "skipped", "reason": "no Alembic here"},
            {"code": "TST004", "outcome": "crashed", "reason": "ValueError: x (a.py:3)"},
        ],
        "summary": {"critical": 1, "high": 1, "medium": 0, "low": 0},
        "aside": [],
        "notes": [],
        "unread": [{"path": "app.yaml", "line": 4, "reason": "it is not valid YAML: correct it"}],
        "seconds": 0.414,
    }
    assert isinstance(findings, list)
    assert findings[0] == {
        "code": "TST001",
        "name": "any-origin",
        "family": "TST",
        "debt": "DEPLOY-2",
        "severity": "critical",
        "confidence": "certain",
        "evidence": "read",
        "subject": "CORS_ORIGINS",
        "message": "Any website may call this API [id] with its visitors' credentials [/x].",
        "location": {"path": "server/app.py", "line": 203, "column": 19, "end_line": 203},
        "trail": [
            {"path": "server/config.py", "line": 24, "text": 'CORS_ORIGINS: list = ["*"]'},
            {"path": None, "line": None, "text": "no environment variable changes it"},
        ],
        "remedy": "Read the list from CORS_ORIGINS.",
        "question": "Which origins?",
        "patch": PATCH,
        "fingerprint": "0123456789abcdef",
        "proof": None,
        "proof_note": None,
    }
    assert findings[1]["location"]["path"] == LONG


def test_nothing_to_check_is_a_document_too(report: Report) -> None:
    nothing = replace(
        report, nothing="no Python web app found", findings=(), results=(), understood=Understood()
    )
    document = _document(nothing)
    assert (document["exit_code"], document["error"]) == (4, "no Python web app found")


def test_a_failure_has_the_same_names(report: Report) -> None:
    document = json.loads(failure("shop", 2, "no such option"))
    assert set(_document(report)) - {"seconds"} <= set(document)
    assert (document["exit_code"], document["ready"], document["error"]) == (2, False, "no such option")


def test_a_crash_while_understanding_is_told(report: Report) -> None:
    crashed = replace(report, understood=Understood(crashed="KeyError: 'x'"))
    assert _document(crashed)["understood"] == {"error": "KeyError: 'x'"}
