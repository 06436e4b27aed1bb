"""A pull request's comment, or a step's summary: verdict, what will run, and the findings, worst first."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from deploycheck.reports.gaps import crashes, unrehearsed, unseen
from deploycheck.reports.places import in_repository
from deploycheck.reports.prose import lines_of
from deploycheck.reports.style import harmless
from deploycheck.reports.verdict import aside_line, rules_line, unmeasured, verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.engine import Fact, Report
    from deploycheck.findings import Finding
    from deploycheck.reports.style import Style

LIMIT = 60_000
"""In characters: a comment may have 65,536, a summary a million."""
MARK = "<!-- deploycheck -->"
"""Stands first, so that a job finds its own comment again and writes over it."""

_ACTIVE = re.compile(r"([\\`*_{}\[\]<>()#+!|~$&])")


def render(report: Report, style: Style) -> str:
    """Return the document; findings that do not fit are counted, never cut in their middle."""
    head = "\n".join(_head(report)) + "\n"
    foot = "\n".join(_foot(report)) + "\n"
    shown: list[str] = []
    room = LIMIT - len(head) - len(foot) - 200
    for number, finding in enumerate(report.findings):
        text = "\n".join(_finding(report, finding, style)) + "\n"
        room -= len(text)
        if room < 0:
            shown.append(f"\n… and {len(report.findings) - number} more: `deploycheck` shows them all.\n")
            break
        shown.append(text)
    return head + "".join(shown) + foot


def failure(target: str, exit_code: int, reason: str) -> str:
    """Return the document of a run that came to no report."""
    return f"{MARK}\n## deploycheck {code(target)}\n\n**{escaped(reason)}** (exit code {exit_code})\n"


def _head(report: Report) -> Iterator[str]:
    yield MARK
    yield f"## deploycheck {code(report.target)}"
    yield ""
    yield f"**{escaped(verdict(report))}**"
    if report.nothing:
        return
    for section in report.understood.sections:
        yield from _table(section.title, section.facts)
    yield from _table("", report.understood.facts)


def _table(title: str, facts: tuple[Fact, ...]) -> Iterator[str]:
    if not facts:
        return
    yield ""
    yield f"| {escaped(title) or 'what'} | is | |"
    yield "|---|---|---|"
    for fact in facts:
        yield f"| {escaped(fact.label)} | {escaped(fact.value)} | {escaped(fact.note)} |"


def _finding(report: Report, finding: Finding, style: Style) -> Iterator[str]:
    debt = f" · {finding.debt}" if finding.debt else ""
    proof = f" · {finding.proof}" if finding.proof else ""
    yield ""
    yield "<details>"
    title = f"<b>{finding.severity}</b> {finding.code} {finding.name}{debt}{proof}"
    yield f"<summary>{title}: {_in_html(finding.message)}</summary>"
    yield ""
    at = finding.location
    yield f"{code(f'{in_repository(report, at.path)}:{at.line}:{at.column}')}"
    for line in list(lines_of(finding))[1:]:
        yield f"- {code(line) if _is_place(line) else escaped(line)}"
    if style.fixes and finding.patch:
        fence = _fence(finding.patch)
        yield from ("", f"{fence}diff", finding.patch.rstrip("\n"), fence)
    yield ""
    yield "</details>"


def _is_place(line: str) -> bool:
    return not line.startswith(("Fix: ", "Decide: ", "Confirmed by ", "Refuted by "))


def _foot(report: Report) -> Iterator[str]:
    unread = [f"{in_repository(report, u.path)} could not be read: {u.reason}" for u in report.unread]
    gaps = (*crashes(report), *unread, *unrehearsed(report), *unseen(report))
    for line in (*gaps, unmeasured(report), aside_line(report), *report.notes):
        if line:
            yield f"- {escaped(line)}"
    if report.results:
        yield ""
        yield escaped(rules_line(report))


def _in_html(text: str) -> str:
    """Return text for a summary, in which HTML counts and Markdown does not; nobody is mentioned."""
    return html.escape(harmless(" ".join(text.split())), quote=False).replace("@", "@\u200b")


def escaped(text: str) -> str:
    """Return text that Markdown shows as it is: no markup, no HTML, nobody mentioned, on one line."""
    return _ACTIVE.sub(r"\\\1", harmless(" ".join(text.split()))).replace("@", "@\u200b")


def code(text: str) -> str:
    """Return text as a span of code, whatever backticks it has."""
    flat = harmless(" ".join(text.split())) or " "
    ticks = "`" * (max((len(run) for run in re.findall("`+", flat)), default=0) + 1)
    pad = " " if flat.startswith("`") or flat.endswith("`") else ""
    return f"{ticks}{pad}{flat}{pad}{ticks}"


def _fence(text: str) -> str:
    return "`" * max(3, max((len(run) for run in re.findall("`+", text)), default=0) + 1)
