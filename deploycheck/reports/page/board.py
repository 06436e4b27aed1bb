"""The debt board: a line for each debt, its criteria below it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploycheck.engine.debts import Mark, State, board
from deploycheck.reports.page.markup import Markup, count, el, folded, section

if TYPE_CHECKING:
    from collections.abc import Mapping

    from deploycheck.engine.debts import Judged, Standing
    from deploycheck.engine.report import Report
    from deploycheck.findings import Finding

_SHOWN = 5
"""How many findings of a criterion are linked; the filter by debt shows all."""


def debts(report: Report, anchors: Mapping[Finding, str]) -> Markup:
    """Return the board. `anchors` are the places in this page of the findings that it shows."""
    standings = board(report)
    counted = {state: sum(s.state is state for s in standings) for state in State}
    told = ", ".join(f"{number} {state}" for state, number in counted.items() if number)
    return section(
        "debts",
        "Deployment debts",
        el("p", f"{told}.", class_="quiet"),
        el("ul", [el("li", _standing(s, anchors)) for s in standings], class_="board"),
    )


def _standing(standing: Standing, anchors: Mapping[Finding, str]) -> Markup:
    debt = standing.debt
    found = count(len(standing.findings), "finding") if standing.findings else ""
    left = f"{standing.open} open" if standing.state is State.PAID and standing.open else ""
    summary = [
        el("span", debt.id, class_="id"),
        " ",
        el("span", debt.title, class_="title"),
        " ",
        el("span", debt.severity.value, class_="quiet"),
        " ",
        el("span", standing.state.value, class_=f"state {standing.state.name.lower()}"),
        el("span", f" {found or left}", class_="quiet") if found or left else None,
    ]
    return folded(summary, el("ul", [_criterion(j, anchors) for j in standing.judged], class_="criteria"))


def _criterion(judged: Judged, anchors: Mapping[Finding, str]) -> Markup:
    by = f" ({judged.evidence})" if judged.mark in {Mark.MET, Mark.NOT_MET} else ""
    because = f": {judged.reason}" if judged.reason else ""
    links = [el("li", _link(f, anchors)) for f in judged.findings[:_SHOWN]]
    if len(judged.findings) > _SHOWN:
        links.append(el("li", f"and {len(judged.findings) - _SHOWN} more"))
    mark = el("strong", f"{judged.mark}{by}", class_=judged.mark.name.lower())
    return el("li", mark, " ", judged.criterion.text, because, el("ul", links) if links else None)


def _link(finding: Finding, anchors: Mapping[Finding, str]) -> Markup:
    told = [finding.code, " ", el("code", str(finding.location))]
    return el("a", told, href=f"#{anchors[finding]}") if finding in anchors else el("span", told)
