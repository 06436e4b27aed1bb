"""The formats that other programs read, each against what those programs accept."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import validate
from lxml import etree
from pydantic_sarif.model import StaticAnalysisResultsFormatSarifVersion210JsonSchema as Sarif

from deploycheck.engine import Report
from deploycheck.engine.report import Aside, Outcome, Result, SetAside
from deploycheck.findings import Location, Proof
from deploycheck.reports import MACHINE_FORMATS, load, markdown
from deploycheck.reports.style import Style
from deploycheck.reports.verdict import verdict
from tests.fakes import make_rule

XSD = etree.XMLSchema(etree.parse(Path(__file__).with_name("junit.xsd")))
CODE_QUALITY = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "additionalProperties": False,
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "minLength": 1},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "pattern": "^[^./]"},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "properties": {"begin": {"type": "integer", "minimum": 1}},
                    },
                },
            },
        },
    },
}
"""GitLab publishes no schema of its own; this is its documentation's table of required fields."""


def _text(name: str, report: Report, **style: Any) -> str:
    return load(name).render(report, Style(**style))


def _sarif(report: Report) -> Any:
    text = _text("sarif", report)
    Sarif.model_validate_json(text)
    return json.loads(text)["runs"][0]


def test_sarif_is_valid_and_lists_every_rule_that_ran(report: Report) -> None:
    run = _sarif(report)
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["TST001", "TST002", "TST003", "TST004"]
    first = run["results"][0]
    assert (first["ruleId"], first["level"], first["ruleIndex"]) == ("TST001", "error", 0)
    assert first["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "server/app.py", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 203, "startColumn": 19, "endLine": 203, "endColumn": 44},
    }
    assert first["partialFingerprints"] == {"deploycheck/v1": "0123456789abcdef"}
    flow = first["codeFlows"][0]["threadFlows"][0]["locations"]
    assert [step["location"]["message"]["text"] for step in flow][1:] == ['CORS_ORIGINS: list = ["*"]']


def test_sarif_says_in_its_invocation_what_could_not_be_looked_at(report: Report) -> None:
    invocation = _sarif(report)["invocations"][0]
    assert (invocation["executionSuccessful"], invocation["exitCode"]) == (False, 1)
    told = [(n["level"], n["message"]["text"]) for n in invocation["toolExecutionNotifications"]]
    assert told == [
        ("note", "TST003 skipped: no Alembic here"),
        ("error", "TST004 crashed: ValueError: x (a.py:3)"),
        ("warning", "app.yaml could not be read: it is not valid YAML: correct it"),
    ]


def test_sarif_keeps_what_was_set_aside(report: Report) -> None:
    critical, high = report.findings
    aside = (
        SetAside(critical, Aside.SUPPRESSED, "behind a proxy"),
        SetAside(high, Aside.BASELINE),
    )
    suppressed, known = _sarif(replace(report, findings=(), aside=aside))["results"]
    assert suppressed["suppressions"][0]["justification"] == "behind a proxy"
    assert known["baselineState"] == "unchanged"


def test_locations_are_relative_to_the_root_of_the_repository(report: Report) -> None:
    inside = replace(report, inside="services/my app")
    uri = _sarif(inside)["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "services/my%20app/server/app.py"
    assert "file=services/my app/server/app.py," in _text("github", inside)
    assert json.loads(_text("gitlab", inside))[0]["location"]["path"] == "services/my app/server/app.py"
    assert "services/my app/server/app.py:203" in _text("junit", inside)
    assert "`services/my app/server/app.py:203:19`" in _text("markdown", inside)


def test_junit_is_valid_and_counts(report: Report) -> None:
    root = etree.fromstring(_text("junit", report).encode())
    XSD.assertValid(root)
    suite = root[0]
    assert {key: suite.get(key) for key in ("tests", "failures", "errors", "skipped")} == {
        "tests": "4",
        "failures": "1",
        "errors": "1",
        "skipped": "1",
    }
    assert (suite[1].findtext("system-out") or "").splitlines()[0].endswith(":3: high")  # below --fail-on
    assert [failure.get("type") for failure in suite[0].findall("failure")] == ["critical"]


def test_junit_holds_no_character_that_xml_cannot(report: Report) -> None:
    odd = replace(report.findings[0], message="a\x00b\x1b[31m ]]> <&\ufffe")
    root = etree.fromstring(_text("junit", replace(report, findings=(odd,))).encode())
    XSD.assertValid(root)
    assert "a\ufffdb\ufffd[31m ]]> <&\ufffd" in (root[0][0].findtext("failure") or "")


def test_gitlab_has_an_entry_for_each_finding_and_each_gap(report: Report) -> None:
    entries = json.loads(_text("gitlab", report))
    validate(entries, CODE_QUALITY)
    assert [entry["severity"] for entry in entries] == ["blocker", "critical", "blocker", "blocker"]
    assert len({entry["fingerprint"] for entry in entries}) == len(entries)


def test_github_escapes_what_would_end_a_command(report: Report) -> None:
    odd = replace(report.findings[0], message="50 %\r\nof it", location=Location("a,b:c%.py", 2))
    line = _text("github", replace(report, findings=(odd,), results=(), unread=())).splitlines()[0]
    assert line.startswith("::error file=a%2Cb%3Ac%25.py,line=2,")
    assert line.endswith("::50 %25%0D%0Aof it%0ARead the list from CORS_ORIGINS.")


def test_github_stays_under_ten_of_a_kind_and_says_what_is_left_out(report: Report) -> None:
    many = tuple(replace(report.findings[0], message=f"number {n}") for n in range(25))
    lines = _text("github", replace(report, findings=many)).splitlines()
    for kind in ("error", "warning", "notice"):
        assert sum(line.startswith((f"::{kind} ", f"::{kind}::")) for line in lines) <= 10
    assert "::notice::and 17 more: this step's log has them" in lines
    assert sum("number" in line for line in lines) == 25


@pytest.mark.parametrize(
    "name", ["::stop-commands::x.py", " ::error::x.py", "a##[error]b.py", "a\n::error::b.py"]
)
def test_github_takes_no_command_from_the_name_of_a_file(report: Report, name: str) -> None:
    many = tuple(
        replace(report.findings[0], location=Location(name, n), message=f"{name} is wrong") for n in range(12)
    )
    lines = _text("github", replace(report, findings=many)).splitlines()
    commands = [line for line in lines if line.lstrip().startswith("::")]
    assert {re.split(r" |::", line.lstrip(":"))[0] for line in commands} == {"error", "notice"}
    assert len(commands) == 11
    assert not any("##[" in line for line in lines if line not in commands)


def test_jsonl_is_an_object_a_line(report: Report) -> None:
    lines = [json.loads(line) for line in _text("jsonl", report).splitlines()]
    kinds = [line["type"] for line in lines]
    assert kinds == ["run", "finding", "finding", "unread", "rule", "rule", "rule", "rule", "end"]
    assert lines[-1]["exit_code"] == 1


def test_markdown_shows_text_as_it_is_and_mentions_nobody(report: Report) -> None:
    odd = replace(
        report.findings[0], message="<b>@team</b> `x` | [y](z) *w*", remedy="ask @team: <script> | `a`"
    )
    text = _text("markdown", replace(report, findings=(odd,)))
    assert "&lt;b&gt;@\u200bteam&lt;/b&gt; `x` | [y](z) *w*</summary>" in text
    assert "- Fix: ask @\u200bteam: \\<script\\> \\| \\`a\\`" in text


def test_markdown_stays_under_the_limit_of_a_comment(report: Report) -> None:
    many = tuple(replace(report.findings[0], message="x" * 500) for _ in range(300))
    text = _text("markdown", replace(report, findings=many), fixes=True)
    assert len(text) <= markdown.LIMIT
    shown = text.count("<details>")
    assert f"… and {300 - shown} more" in text
    assert text.count("</details>") == shown


def test_markdown_fences_a_patch_that_holds_a_fence(report: Report) -> None:
    patched = replace(report.findings[0], patch="--- a/x\n+++ b/x\n@@ -1 +1 @@\n-```\n+````\n")
    text = _text("markdown", replace(report, findings=(patched,)), fixes=True)
    assert re.search(r"^`````diff$", text, re.MULTILINE)


@pytest.fixture
def rehearsed(report: Report) -> Report:
    """The same after a rehearsal that refuted one finding, confirmed the other, and could not do all."""
    critical, high = report.findings
    blind = Result(make_rule(code="TST005"), Outcome.SKIPPED, "incomplete: not rehearsed", incomplete=True)
    return replace(
        report,
        findings=(
            replace(critical, proof=Proof.REFUTED, proof_note="it ran with rows"),
            replace(high, proof=Proof.CONFIRMED, proof_note="index ix_a is still there"),
        ),
        results=(*report.results, blind),
        unrehearsed=("migrations on SQLite: env.py fails",),
        aside=(SetAside(high, Aside.BASELINE),),
        rehearsed=True,
    )


GAPS = ("could not be rehearsed: migrations on SQLite: env.py fails", "TST005", "incomplete: not rehearsed")


@pytest.mark.parametrize("name", sorted(MACHINE_FORMATS - {"json", "jsonl"} | {"concise"}))
def test_every_format_tells_what_was_not_seen_and_what_a_rehearsal_showed(
    rehearsed: Report, name: str
) -> None:
    text = _text(name, rehearsed).replace("\\\\", "")
    if name == "markdown":
        text = re.sub(r"\\(.)", r"\1", text)
    assert GAPS[0] in text
    assert "it ran with rows" in text
    assert "index ix_a is still there" in text
    if name != "concise":
        assert GAPS[2] in text
    if name in {"github", "markdown", "concise"}:
        assert "1 set aside: 1 in the baseline" in text


def test_sarif_suppresses_what_is_refuted(rehearsed: Report) -> None:
    run = _sarif(rehearsed)
    refuted, confirmed, _ = run["results"]
    (suppression,) = refuted["suppressions"]
    assert suppression["kind"] == "external"
    assert suppression["justification"].startswith("Refuted by a rehearsal: it ran with rows")
    assert "suppressions" not in confirmed
    assert "Confirmed by a rehearsal: index ix_a is still there" in confirmed["message"]["text"]
    invocation = run["invocations"][0]
    assert invocation["executionSuccessful"] is False


def test_junit_has_a_case_for_what_was_not_rehearsed_and_none_fails_for_what_is_refuted(
    rehearsed: Report,
) -> None:
    document: Any = etree.fromstring(_text("junit", rehearsed).encode())
    XSD.assertValid(document)
    (case,) = document.xpath("//testcase[@name='the rehearsal']")
    assert case.find("error").get("message") == GAPS[0]
    (first,) = document.xpath("//testcase[starts-with(@name, 'TST001')]")
    assert first.find("failure") is None
    assert "Refuted by a rehearsal" in first.findtext("system-out")


def test_github_makes_a_notice_of_what_is_refuted(rehearsed: Report) -> None:
    lines = _text("github", rehearsed).splitlines()
    (refuted,) = [line for line in lines if "title=refuted" in line]
    assert refuted.startswith("::notice ")
    assert any(line.startswith("::error title=deploycheck%3A incomplete::") for line in lines)


def test_gitlab_makes_information_of_what_is_refuted(rehearsed: Report) -> None:
    entries = json.loads(_text("gitlab", rehearsed))
    validate(entries, CODE_QUALITY)
    assert entries[0]["severity"] == "info"
    assert {"deploycheck-unrehearsed", "deploycheck-unseen"} <= {e["check_name"] for e in entries}


def test_the_verdict_counts_what_is_refuted_apart(rehearsed: Report) -> None:
    (critical, _) = rehearsed.findings
    ready = replace(rehearsed, findings=(critical,), results=(), unrehearsed=(), unread=())
    assert verdict(ready) == "Ready: 1 refuted by the rehearsal."
    assert verdict(rehearsed) == (
        "Incomplete: not everything could be looked at; 1 high; 1 refuted by the rehearsal."
    )


@pytest.mark.parametrize("name", sorted(MACHINE_FORMATS))
def test_a_run_that_came_to_no_report_is_a_valid_document(name: str) -> None:
    text = load(name).failure("my-app", 2, "no such rule: <x> & 100 %")
    assert text.endswith("\n")
    if name == "sarif":
        Sarif.model_validate_json(text)
    elif name == "junit":
        XSD.assertValid(etree.fromstring(text.encode()))
    elif name == "gitlab":
        validate(json.loads(text), CODE_QUALITY)
    else:
        assert "no such rule" in text
