"""The findings, worst first, each as one thought: what, where, how we know, what to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from deploycheck.findings import Proof
from deploycheck.reports.page.filters import NONE, filters, known_by
from deploycheck.reports.page.markup import Markup, count, el, folded, section
from deploycheck.reports.places import in_repository
from deploycheck.reports.verdict import ASIDE

if TYPE_CHECKING:
    from deploycheck.engine.report import Report, SetAside
    from deploycheck.findings import Finding, Step


def anchors_of(report: Report) -> dict[Finding, str]:
    """Return each finding's place in the page: its fingerprint, so that a link outlives a change of code."""
    anchors: dict[Finding, str] = {}
    taken: dict[str, int] = {}
    for finding in (*report.findings, *(s.finding for s in report.aside)):
        if finding not in anchors:
            number = taken[finding.fingerprint] = taken.get(finding.fingerprint, 0) + 1
            again = f"-{number}" if number > 1 else ""
            anchors[finding] = f"finding-{finding.fingerprint}{again}"
    return anchors


def findings(report: Report, anchors: Mapping[Finding, str]) -> Markup:
    """Return the findings with the filters above them."""
    found = report.findings
    if not found:
        return section("findings", "Findings", el("p", "Nothing was found."))
    items = [el("li", _finding(report, f, anchors[f])) for f in found]
    return section("findings", "Findings", filters(found), el("ol", items, class_="found", role="list"))


def aside(report: Report, anchors: Mapping[Finding, str]) -> Markup:
    """Return what was set aside, folded, each with the reason that was given."""
    shown = set(report.findings)
    items = [el("li", _aside(report, s, anchors)) for s in report.aside if s.finding not in shown]
    told = f"{count(len(items), 'finding')} that {'does' if len(items) == 1 else 'do'} not count"
    return section("aside", "Set aside", folded(told, el("ol", items, class_="found", role="list")))


def _aside(report: Report, one: SetAside, anchors: Mapping[Finding, str]) -> Markup:
    why = ASIDE[one.why] + (f": {one.reason}" if one.reason else "")
    return _finding(report, one.finding, anchors[one.finding], why=why)


def _finding(report: Report, finding: Finding, anchor: str, *, why: str = "") -> Markup:
    at = finding.location
    marks = [finding.debt, *known_by(finding)]
    return el(
        "article",
        el(
            "h3",
            el("span", finding.severity.value, class_="severity"),
            " ",
            el("span", finding.code, class_="code-of-rule"),
            f" {finding.name}",
            id=f"{anchor}-title",
        ),
        el("p", " \u00b7 ".join(m for m in marks if m), class_="quiet marks"),
        el("p", f"Set aside, {why}") if why else None,
        el("p", finding.message, class_="message"),
        el("p", el("code", f"{in_repository(report, at.path)}:{at.line}:{at.column}"), class_="place"),
        _excerpt(finding),
        _proof(finding),
        _advice("Fix", finding.remedy),
        _advice("Decide", finding.question),
        _trail(report, finding.trail),
        _patch(finding),
        id=anchor,
        class_=finding.severity.value,
        aria_labelledby=f"{anchor}-title",
        data_severity=finding.severity.value,
        data_family=finding.family,
        data_debt=finding.debt or NONE,
        data_known=" ".join(known_by(finding)),
    )


def _excerpt(finding: Finding) -> Markup | None:
    lines = [_line(str(number), _marked(finding, number, source)) for number, source in finding.excerpt]
    return el("pre", el("code", lines), class_="excerpt") if lines else None


def _line(number: str, source: Markup | str) -> Markup:
    return el("span", el("span", number, class_="number"), " ", el("span", source), "\n", class_="line")


def _marked(finding: Finding, number: int, source: str) -> Markup | str:
    """Mark the part that is meant, where it is on one line and masking has moved nothing."""
    at, source = finding.location, source.rstrip("\r")
    on_one_line = number == at.line == at.end_line and at.end_column > at.column
    if not on_one_line or "***" in source or at.end_column - 1 > len(source):
        return source
    start, end = at.column - 1, at.end_column - 1
    return el("span", source[:start], el("mark", source[start:end]), source[end:])


def _proof(finding: Finding) -> Markup | None:
    if finding.proof is None:
        return None
    counts = "; it no longer counts" if finding.proof is Proof.REFUTED else ""
    return el("p", el("strong", finding.proof.value.capitalize()), f", {finding.proof_note}{counts}")


def _advice(label: str, told: str) -> Markup | None:
    return el("p", el("strong", label), f" {told}", class_="advice") if told else None


def _trail(report: Report, trail: tuple[Step, ...]) -> Markup | None:
    if not trail:
        return None
    return folded(f"How this is known: {count(len(trail), 'step')}", el("ol", list(_steps(report, trail))))


def _steps(report: Report, trail: tuple[Step, ...]) -> Iterator[Markup]:
    for step in trail:
        at = step.location
        place = el("code", f"{in_repository(report, at.path)}:{at.line}", class_="place") if at else None
        yield el("li", place, " " if at else None, el("span", " ".join(step.text.split())))


def _patch(finding: Finding) -> Markup | None:
    if not finding.patch:
        return None
    lines = finding.patch.rstrip("\n").split("\n")
    return folded("Patch", el("pre", el("code", [_changed(line) for line in lines]), class_="patch"))


def _changed(line: str) -> Markup:
    kinds = {"+": "added", "-": "removed", "@": "hunk"}
    kind = "file" if line.startswith(("+++", "---", "diff ")) else kinds.get(line[:1])
    return el("span", f"{line}\n", class_=kind) if kind else el("span", f"{line}\n")
