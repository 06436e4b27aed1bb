"""The verdict, and what will run: what a reader wants to know before anything else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploycheck.reports import verdict as words
from deploycheck.reports.page.budgets import drawn
from deploycheck.reports.page.markup import Markup, el, section

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from deploycheck.engine import Fact, Report, Understood
    from deploycheck.engine.budgets import ConnectionBudget
    from deploycheck.reports.page.markup import Content


def status(report: Report) -> str:
    """Return the verdict in one or two words: `Not ready`."""
    return words.verdict(report).partition(":")[0]


def header(report: Report) -> Markup:
    """Return the page's heading: whether to deploy, how much was found, and what else to know of the run."""
    said, _, rest = words.verdict(report).partition(": ")
    lines = [words.unmeasured(report), words.aside_line(report), *report.notes]
    if report.results:
        lines.append(words.rules_line(report))
    environments = dict.fromkeys(s.environment for s in report.understood.sections if s.environment)
    about = [f"deploycheck {report.version}", report.target, report.profile]
    about += [f"environment: {e}" for e in environments if len(environments) == 1]
    return el(
        "header",
        el("p", " \u00b7 ".join(about), class_="about"),
        el("h1", said),
        el("p", rest[:1].upper() + rest[1:], class_="counts"),
        [el("p", line[:1].upper() + line[1:], class_="quiet") for line in lines if line],
        class_="ready" if report.ready else "not-ready",
    )


def what_will_run(report: Report) -> Markup:
    """Return each deployment's facts, with its connections drawn, and those of the whole."""
    understood = report.understood
    if understood.crashed:
        return section("runs", "What will run", el("p", f"This could not be told: {understood.crashed}"))
    return section("runs", "What will run", list(_deployments(understood)), _facts(understood.facts))


def _deployments(understood: Understood) -> Iterator[Markup | None]:
    several = len(understood.sections) > 1
    budgets = {b.deployment: b for b in understood.budgets}
    for one in understood.sections:
        if several:
            yield el("h3", one.title)
            yield el("p", f"environment: {one.environment}", class_="quiet") if one.environment else None
        yield _facts(one.facts, budgets.get(one.title))
    if several and understood.facts:
        yield el("h3", "The whole project")


def _facts(facts: Iterable[Fact], budget: ConnectionBudget | None = None) -> Markup | None:
    rows = [el("div", el("dt", f.label), el("dd", _said(f, budget)), class_="fact") for f in facts]
    return el("dl", rows, class_="facts") if rows else None


def _said(fact: Fact, budget: ConnectionBudget | None) -> Content:
    """Return what a fact is; the drawing of the connections says the words of theirs."""
    if budget is not None and fact.value == budget.text:
        return drawn(budget)
    return [el("span", fact.value), el("span", fact.note, class_="quiet note") if fact.note else None]
