"""One file for a browser: everything that a run has to say, with filters and drawings, and no network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploycheck import __version__
from deploycheck.reports.page.board import debts
from deploycheck.reports.page.findings import anchors_of, aside, findings
from deploycheck.reports.page.frame import document
from deploycheck.reports.page.histories import histories
from deploycheck.reports.page.markup import Markup, el
from deploycheck.reports.page.rules import outcomes, unseen
from deploycheck.reports.page.verdict import header, status, what_will_run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.engine import Report
    from deploycheck.reports.style import Style


def render(report: Report, style: Style) -> str:  # noqa: ARG001 - every format has this signature
    """Return the page: the same bytes for the same report. It says no time."""
    shown = list(_sections(report))
    return document(
        f"{status(report)} \u00b7 {report.target} \u00b7 deploycheck",
        header(report),
        [(name, title) for name, title, _ in shown],
        [section for _, _, section in shown],
    )


def failure(target: str, exit_code: int, reason: str) -> str:
    """Return the page of a run that came to no report."""
    head = el(
        "header",
        el("p", f"deploycheck {__version__} \u00b7 {target}", class_="about"),
        el("h1", "No report"),
        el("p", reason, class_="counts"),
        el("p", f"Exit code {exit_code}", class_="quiet"),
        class_="not-ready",
    )
    return document(f"No report \u00b7 {target} \u00b7 deploycheck", head, (), None)


def _sections(report: Report) -> Iterator[tuple[str, str, Markup]]:
    """Yield the sections that this report has: name, title and content."""
    anchors = anchors_of(report)
    if not report.nothing:
        yield "runs", "What will run", what_will_run(report)
        yield "debts", "Deployment debts", debts(report, anchors)
        yield "findings", "Findings", findings(report, anchors)
    if report.aside:
        yield "aside", "Set aside", aside(report, anchors)
    if report.understood.migrations:
        yield "migrations", "Migrations", histories(report)
    if report.results:
        yield "rules", "Rules", outcomes(report)
    if report.unread or report.unrehearsed:
        yield "unread", "Could not be looked at", unseen(report)
