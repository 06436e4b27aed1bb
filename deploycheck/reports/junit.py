"""JUnit XML: a suite for each family, a test case for each rule.

What fails the run is a failure, what crashed or could not be looked at an error, what was skipped is
skipped; findings below that severity are in the case's output.
Source: the schema of Jenkins' xUnit plugin, which the other readers follow.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from deploycheck.engine.report import Outcome
from deploycheck.reports.gaps import unrehearsed
from deploycheck.reports.places import in_repository
from deploycheck.reports.prose import told

if TYPE_CHECKING:
    from collections.abc import Iterable

    from deploycheck.engine import Report, Result
    from deploycheck.findings import Finding
    from deploycheck.reports.style import Style

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(report: Report, style: Style) -> str:  # noqa: ARG001 - every format has this signature
    """Return the whole document."""
    root = Element("testsuites", name="deploycheck")
    for family in dict.fromkeys(r.rule.family for r in report.results):
        suite = SubElement(root, "testsuite", name=f"deploycheck.{family}")
        for result in report.results:
            if result.rule.family == family:
                _case(suite, report, result)
        _count(suite)
    if report.nothing or report.understood.crashed:
        _whole(root, report.nothing or report.understood.crashed)
    if report.unrehearsed:
        _whole(root, "\n".join(unrehearsed(report)), "the rehearsal")
    return _written(root)


def failure(target: str, exit_code: int, reason: str) -> str:  # noqa: ARG001 - every format has this signature
    """Return the document of a run that came to no report: one error."""
    root = Element("testsuites", name="deploycheck")
    _whole(root, reason)
    return _written(root)


def _case(suite: Element, report: Report, result: Result) -> None:
    rule = result.rule
    case = SubElement(
        suite, "testcase", classname=f"deploycheck.{rule.family}", name=f"{rule.code} {rule.name}"
    )
    found = [f for f in report.findings if f.code == rule.code]
    failing = [f for f in found if f in report.failing]
    if failing:
        message = f"{len(failing)} found, the first: {failing[0].message}"
        _told(case, "failure", message, _texts(report, failing), failing[0].severity.value)
    if result.outcome is Outcome.CRASHED or (result.incomplete and not failing):
        _told(case, "error", result.reason, result.reason, result.outcome.value)
    elif result.outcome is Outcome.SKIPPED:
        SubElement(case, "skipped", message=_clean(result.reason))
    elif result.incomplete:  # beside a failure: a test case has one outcome for most readers
        SubElement(case, "system-err").text = _clean(f"could not look at everything: {result.reason}")
    if others := [f for f in found if f not in failing]:
        SubElement(case, "system-out").text = _clean(_texts(report, others))


def _texts(report: Report, findings: Iterable[Finding]) -> str:
    return "\n\n".join(
        f"{in_repository(report, f.location.path)}:{f.location.line}: {f.severity}\n{told(f)}"
        for f in findings
    )


def _whole(root: Element, reason: str, name: str = "the run") -> None:
    suite = SubElement(root, "testsuite", name="deploycheck")
    case = SubElement(suite, "testcase", classname="deploycheck", name=name)
    _told(case, "error", reason, reason, "run")
    _count(suite)


def _told(case: Element, kind: str, message: str, text: str, what: str) -> None:
    SubElement(case, kind, message=_clean(message), type=what).text = _clean(text)


def _count(suite: Element) -> None:
    suite.set("tests", str(len(suite)))
    for name, kind in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(name, str(len(suite.findall(f"testcase/{kind}"))))


def _written(root: Element) -> str:
    indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _clean(text: str) -> str:
    """Leave out what XML 1.0 cannot hold, however it is escaped."""
    return _NOT_XML.sub("\ufffd", text)
