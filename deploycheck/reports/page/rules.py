"""How the rules ended, and what could not be looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploycheck.engine.report import Outcome
from deploycheck.reports.page.markup import Markup, count, el, folded, section
from deploycheck.reports.places import in_repository

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.engine.report import Report, Result

_WORDS = {
    Outcome.CRASHED: "crashed (this is a fault of deploycheck)",
    Outcome.SKIPPED: "skipped",
    Outcome.FINDING: "found something",
    Outcome.PASSED: "passed",
}


def outcomes(report: Report) -> Markup:
    """Return every rule under its outcome, with the reasons; what crashed stands open."""
    return section("rules", "Rules", list(_outcomes(report)))


def _outcomes(report: Report) -> Iterator[Markup]:
    for outcome, words in _WORDS.items():
        results = [r for r in report.results if r.outcome is outcome]
        if results:
            told = f"{count(len(results), 'rule')} {words}"
            listed = el("ul", [el("li", _result(r)) for r in results], class_="rules")
            if outcome is Outcome.CRASHED:
                yield el("details", el("summary", told), listed, open=True)
            else:
                yield folded(told, listed)


def _result(result: Result) -> list[Markup | str | None]:
    reason = f": {result.reason}" if result.reason else ""
    trace = el("pre", result.traceback.rstrip(), class_="excerpt") if result.traceback else None
    return [el("span", result.rule.code, class_="code-of-rule"), f" {result.rule.name}{reason}", trace]


def unseen(report: Report) -> Markup:
    """Return what could not be read, and what could not be rehearsed, with the reasons."""
    files = [
        el("li", el("code", f"{in_repository(report, u.path)}:{u.at.line}:{u.at.column}"), " ", u.reason)
        for u in report.unread
    ]
    rest = [el("li", f"could not be rehearsed: {reason}") for reason in report.unrehearsed]
    return section("unread", "Could not be looked at", el("ul", files, rest))
