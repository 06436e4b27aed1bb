"""The debt board for people and for programs."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

from deploycheck.engine.debts import Mark, State, board
from deploycheck.reports.json import SCHEMA_VERSION, dumps
from deploycheck.reports.style import harmless
from deploycheck.reports.verdict import verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.engine.debts import Judged, Standing
    from deploycheck.engine.report import Report

_TITLE = 40
_SHOWN = 3


def text(report: Report, width: int) -> str:
    """Return the board as a table of the debts, and the criteria below it."""
    return "".join(f"{harmless(line)}\n" for line in _lines(report, width))


def document(report: Report) -> str:
    """Return the board as one JSON document."""
    return dumps(_document(report))


def documents(reports: tuple[Report, ...], exit_code: int) -> str:
    """Return the boards of several targets as one JSON document; `exit_code` is what they come to."""
    head = {"schema_version": SCHEMA_VERSION, "version": reports[0].version, "exit_code": exit_code}
    return dumps({**head, "targets": [_document(report) for report in reports]})


def _document(report: Report) -> dict[str, object]:
    debts = [
        {
            "id": s.debt.id,
            "title": s.debt.title,
            "severity": s.debt.severity.value,
            "state": s.state.value,
            "findings": [f.fingerprint for f in s.findings],
            "criteria": [_criterion(j) for j in s.judged],
        }
        for s in board(report)
    ]
    head = {"schema_version": SCHEMA_VERSION, "version": report.version, "target": report.target}
    return {**head, "exit_code": int(report.exit_code), "debts": debts}


def markdown(report: Report, *, titled: bool = False) -> str:
    """Return the board as a section of Markdown: a table of the debts; `titled` with the target's path."""
    rows = [
        f"## Deployment debts of {report.target}" if titled else "## Deployment debts",
        "",
        "| debt | title | state | criteria | findings |",
        "|---|---|---|---|---|",
    ]
    for standing in board(report):
        debt = standing.debt
        marks = "<br>".join(f"{_marked(j)}: {j.criterion.text}" for j in standing.judged)
        found = "<br>".join(f"{f.code} `{f.location}`" for f in standing.findings[:_SHOWN])
        more = len(standing.findings) - _SHOWN
        found += f"<br>and {more} more" if more > 0 else ""
        rows.append(f"| {debt.id} | {debt.title} | {standing.state} | {marks} | {found} |")
    return "\n".join(rows) + "\n"


def _marked(judged: Judged) -> str:
    return judged.mark + (f" ({judged.evidence})" if judged.mark in {Mark.MET, Mark.NOT_MET} else "")


def _criterion(judged: Judged) -> dict[str, object]:
    return {
        "text": judged.criterion.text,
        "mark": judged.mark.value,
        "evidence": judged.evidence.value if judged.mark in {Mark.MET, Mark.NOT_MET} else None,
        "rules": list(judged.criterion.rules),
        "reason": judged.reason or None,
    }


def _lines(report: Report, width: int) -> Iterator[str]:
    yield f"deploycheck {report.version} · {report.target} · the debt board"
    if report.nothing:
        yield from ("", verdict(report))
        return
    standings = board(report)
    for standing in standings:
        yield ""
        yield from _standing(standing, width)
    counted = {state: sum(s.state is state for s in standings) for state in State}
    yield ""
    yield ", ".join(f"{number} {state}" for state, number in counted.items() if number) + "."


def _standing(standing: Standing, width: int) -> Iterator[str]:
    debt = standing.debt
    left = f" ({standing.open} open)" if standing.state is State.PAID and standing.open else ""
    yield f"{debt.id:<10} {debt.title:<{_TITLE}} {debt.severity:<9} {standing.state.upper()}{left}"
    for judged in standing.judged:
        line = f"{_marked(judged):<16} {judged.criterion.text}{_because(judged)}"
        yield from wrap(line, width, initial_indent="  ", subsequent_indent=" " * 19, break_on_hyphens=False)
        for finding in judged.findings[:_SHOWN]:
            yield f"{'':19}{finding.code} {finding.location}"
        if len(judged.findings) > _SHOWN:
            yield f"{'':19}and {len(judged.findings) - _SHOWN} more"


def _because(judged: Judged) -> str:
    return f": {judged.reason}" if judged.reason else ""
