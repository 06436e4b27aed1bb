"""The report for people: reads without colour, in 80 columns, through a pipe, and aloud.

Locations stand outside of any table and are never wrapped or cut, so that terminals make links of them.
"""

from __future__ import annotations

import io
import shlex
from collections.abc import Iterable, Iterator
from textwrap import wrap
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from deploycheck.engine.report import Outcome
from deploycheck.findings import Confidence, Evidence, Proof, Severity
from deploycheck.reports import folding
from deploycheck.reports.coverage import coverage_table, rehearsed_table
from deploycheck.reports.style import harmless
from deploycheck.reports.trails import told_once
from deploycheck.reports.verdict import aside_line, aside_lines, rules_line, unmeasured, verdict

if TYPE_CHECKING:
    from deploycheck.engine import Fact, Report
    from deploycheck.findings import Finding, Step
    from deploycheck.reports.style import Style

COLORS = {
    Severity.CRITICAL: "bold red",
    Severity.HIGH: "bold yellow",
    Severity.MEDIUM: "bold cyan",
    Severity.LOW: "bold",
}
_FAINT = "dim"
_LABEL, _VALUE, _PLACE = 13, 25, 26
_INDENT = "  "
_KEPT = {ord("\t"): 0xE000, ord("\r"): 0xE001}
"""rich expands tabs and drops carriage returns; a patch needs both, so they travel as private characters."""


def render(report: Report, style: Style) -> str:
    """Return the whole report."""
    out = io.StringIO()
    console = console_for(out, style)
    for line in lines(report, style):
        line.plain = harmless(line.plain)
        console.print(line, soft_wrap=True)
    return out.getvalue().translate({new: old for old, new in _KEPT.items()})


def console_for(out: io.StringIO, style: Style, *, record: bool = False) -> Console:
    """Return a rich console that decides nothing itself: no markup, no wrapping, no guessing."""
    return Console(
        file=out,
        record=record,
        width=style.width,
        force_terminal=style.color,
        color_system="standard" if style.color else None,
        no_color=not style.color,
        markup=False,
        emoji=False,
        highlight=False,
        legacy_windows=False,
        _environ={},
    )


def lines(report: Report, style: Style) -> Iterator[Text]:
    """Yield the report line by line."""
    yield from (Text(line, "bold") for line in _headline(report, style.width))
    if report.nothing:
        yield from (Text(), Text(verdict(report), "bold"), *_unread(report, style))
        return
    if not style.quiet:
        yield from _understood(report, style)
    shown, folded = folding.folded(report.failing if style.quiet else report.findings, style)
    for finding, trail in told_once(shown):
        yield Text()
        yield from _finding(finding, trail, style)
        if finding.fingerprint in folded:
            yield Text()
            yield from _prose(folded[finding.fingerprint], style)
    yield from _unread(report, style)
    yield from _unrehearsed(report, style)
    yield from _crashes(report, style)
    yield from _aside(report, style)
    yield from _footer(report, style)


def _headline(report: Report, width: int) -> Iterator[str]:
    """Yield what was looked at, on a second line what does not fit."""
    environments = dict.fromkeys(s.environment for s in report.understood.sections if s.environment)
    parts = [f"deploycheck {report.version}", report.target, report.profile]
    told = [f"environment: {e}" for e in environments if len(environments) == 1]
    if len(" · ".join([*parts, *told])) <= width:
        parts, told = [*parts, *told], []
    yield from (" · ".join(parts), *told)


def _understood(report: Report, style: Style) -> Iterator[Text]:
    understood = report.understood
    several = len(understood.sections) > 1
    for section in understood.sections:
        about = f"  {section.title} · environment: {section.environment}" if several else ""
        yield Text()
        yield Text.assemble(("What will run", "bold"), about)
        for fact in section.facts:
            yield from _fact(fact, style)
    if several or (not understood.sections and understood.facts):
        yield Text()
    for fact in understood.facts:
        yield from _fact(fact, style)
    if style.verbose:
        yield from coverage_table(understood.migrations)
        yield from rehearsed_table(understood.migrations)


def _fact(fact: Fact, style: Style) -> Iterator[Text]:
    """Yield a label, a value and a note: on one line where they fit, else the note below."""
    head = f"{_INDENT}{fact.label:<{_LABEL}}"
    if len(head) + max(_VALUE, len(fact.value)) + 2 + len(fact.note) <= style.width:
        yield Text.assemble(
            head, f"{fact.value:<{_VALUE}}  " if fact.note else fact.value, (fact.note, _FAINT)
        )
        return
    pad = " " * len(head)
    for number, part in enumerate(_wrapped(fact.value, style.width - len(head))):
        yield Text((pad if number else head) + part)
    for part in _wrapped(fact.note, style.width - len(head)):
        yield Text.assemble(pad, (part, _FAINT))


def _finding(finding: Finding, trail: Iterable[Step], style: Style) -> Iterator[Text]:
    """Yield one finding: what, where, how we know, what to do."""
    marks = [finding.debt] if finding.debt else []
    marks += [finding.confidence.value] if finding.confidence is Confidence.LIKELY else []
    marks += [finding.evidence.value] if finding.evidence is not Evidence.READ else []
    marks += [finding.proof.value] if finding.proof is not None else []
    title = f"{finding.code} {finding.name}"
    gap = " " * max(2, style.width - 10 - len(title) - len(" · ".join(marks)))
    yield Text.assemble(
        (f"{finding.severity.upper():<10}", COLORS[finding.severity]),
        (title, "bold"),
        (gap + " · ".join(marks) if marks else "", _FAINT),
    )
    yield from _prose(finding.message, style)
    yield Text.assemble(_INDENT, (str(finding.location), "underline" if style.color else ""))
    yield from _excerpt(finding)
    for step in trail:
        yield from _step(step, style)
    yield from _proof(finding, style)
    yield from _remedy(finding, style)


def _excerpt(finding: Finding) -> Iterator[Text]:
    """Yield the source, with marks under the part that is meant."""
    at = finding.location
    number_width = len(str(finding.excerpt[-1][0])) if finding.excerpt else 0
    for number, source in finding.excerpt:
        shown = _clean(source)
        yield Text.assemble((f"    {number:>{number_width}} │ ", _FAINT), shown)
        on_one_line = number == at.line == at.end_line and at.end_column > at.column
        if on_one_line and "***" not in source and at.end_column - 1 <= len(source):
            before = len(_clean(source[: at.column - 1]))
            length = len(_clean(source[: at.end_column - 1])) - before
            yield Text.assemble(
                (f"    {'':>{number_width}} │ ", _FAINT),
                " " * before,
                ("^" * length, COLORS[finding.severity]),
            )


def _step(step: Step, style: Style) -> Iterator[Text]:
    """Yield one line of the trail: its place first and whole, its text beside it or below it."""
    text = " ".join(_clean(step.text).split())
    if step.location is None:
        yield from _prose(text, style, "    ")
        return
    place = f"    {step.location.path}:{step.location.line}"
    if max(len(place), _PLACE) + 2 + len(text) <= style.width:
        yield Text.assemble((f"{place:<{_PLACE}}", _FAINT), "  ", text)
        return
    yield Text(place, _FAINT)
    yield from _prose(text, style, "        ")


def _proof(finding: Finding, style: Style) -> Iterator[Text]:
    """Yield what a rehearsal has shown about it."""
    if finding.proof is Proof.CONFIRMED:
        yield from _prose(f"confirmed, {finding.proof_note}", style, "    ")
    elif finding.proof is Proof.REFUTED:
        yield from _prose(f"refuted, {finding.proof_note}; it no longer counts", style, "    ")


def _remedy(finding: Finding, style: Style) -> Iterator[Text]:
    if finding.remedy:
        hint = "" if style.fixes or not finding.patch else " (--fix-suggestions shows the patch)"
        yield from _labelled("fix", finding.remedy + hint, style)
    if finding.question:
        yield from _labelled("decide", finding.question, style)
    if style.fixes and finding.patch:
        yield Text()
        # git takes a line before a patch for a remark, so that what is shown may be copied whole.
        yield Text(f"# {finding.code} {finding.name}", _FAINT)
        for line in finding.patch.rstrip("\n").split("\n"):
            yield Text(line.translate(_KEPT), _diff_style(line))


def _diff_style(line: str) -> str:
    if line.startswith(("+++", "---", "diff ")):
        return "bold"
    return {"+": "green", "-": "red", "@": "cyan"}.get(line[:1], "")


def _unread(report: Report, style: Style) -> Iterator[Text]:
    if report.unread:
        yield Text()
        yield Text("Could not be read", "bold")
    for unread in report.unread:
        yield Text(f"{_INDENT}{unread.at}")
        yield from _prose(unread.reason, style, "    ")


def _unrehearsed(report: Report, style: Style) -> Iterator[Text]:
    if report.unrehearsed:
        yield Text()
        yield Text("Could not be rehearsed", "bold")
    for reason in report.unrehearsed:
        yield from _prose(reason, style)


def _crashes(report: Report, style: Style) -> Iterator[Text]:
    """Yield what crashed inside of us; the tracebacks too, with `--verbose`."""
    crashed = [(r.rule.code, r.reason, r.traceback) for r in report.results if r.outcome is Outcome.CRASHED]
    if report.understood.crashed:
        crashed.insert(0, ("What will run", report.understood.crashed, report.understood.traceback))
    if crashed:
        yield Text()
        yield Text("Crashed (this is a fault of deploycheck)", "bold")
    for name, reason, traceback in crashed:
        yield from _prose(f"{name}: {reason}", style)
        for line in traceback.rstrip().split("\n") if style.verbose else ():
            yield Text(f"    {_clean(line)}", _FAINT)


def _aside(report: Report, style: Style) -> Iterator[Text]:
    """Yield a line for each finding that was set aside, where they are asked for."""
    wanted = aside_lines(report) if style.aside or style.verbose else []
    if wanted:
        yield Text()
        yield Text("Set aside", "bold")
    for line in wanted:
        yield Text(_INDENT + _clean(line))


def _footer(report: Report, style: Style) -> Iterator[Text]:
    yield Text()
    yield from _prose(verdict(report), style, "", "bold")
    if style.quiet:
        return
    if unmeasured(report):
        yield from _prose(unmeasured(report), style)
    for line in (aside_line(report), *report.notes):
        yield from _prose(line, style)
    for part in wrap(rules_line(report), style.width - 2, break_on_hyphens=False, subsequent_indent="  "):
        yield Text(_INDENT + part, _FAINT)
    if style.verbose:
        for result in report.results:
            yield Text(
                f"    {result.rule.code} {result.outcome}{': ' if result.reason else ''}{result.reason}",
                _FAINT,
            )
    steps = list(_next(report, style))
    for number, step in enumerate(steps):
        yield Text(f"{_INDENT}{'     ' if number else 'next:'} {step}", _FAINT)
    yield Text(f"{report.seconds:.2f} s", _FAINT)


def _next(report: Report, style: Style) -> Iterator[str]:
    """Name the commands that help most with this very report."""
    place = [] if report.target == "." else [shlex.quote(report.target)]
    again = " ".join(["deploycheck", *(["rehearse"] if report.rehearsed else []), *place])
    if any(f.patch for f in report.findings):
        yield f"{again} --fix-suggestions" + ("=patch | git apply" if style.fixes else "")
    if report.findings:
        yield f"deploycheck explain {report.findings[0].code}"
    if report.understood.migrations and not report.rehearsed:
        yield " ".join(["deploycheck rehearse", *place])
    if any(r.traceback for r in report.results) and not style.verbose:
        yield f"{again} --verbose"


def _labelled(label: str, text: str, style: Style) -> Iterator[Text]:
    head = f"{_INDENT}{label}  "
    for number, part in enumerate(_wrapped(text, style.width - len(head))):
        yield Text.assemble((" " * len(head) if number else head, "bold"), part)


def _prose(text: str, style: Style, indent: str = _INDENT, how: str = "") -> Iterator[Text]:
    for part in _wrapped(text, style.width - len(indent)):
        yield Text(indent + part, how)


def _wrapped(text: str, width: int) -> list[str]:
    """Break prose between words only: a path or a URL stays whole, however long."""
    return wrap(_clean(text), width, break_long_words=False, break_on_hyphens=False)


def _clean(text: str) -> str:
    """Show control characters instead of obeying them; a tab is four spaces."""
    return harmless(text.expandtabs(4).replace("\n", " ").rstrip("\r"))
