"""A page a rule, made of its docstring, its registration and its examples; and the index of them all."""

from __future__ import annotations

import importlib
import tempfile
from pathlib import Path

from deploycheck.checks.applies import a_rehearsal, a_target
from deploycheck.engine.debts import DEBTS
from deploycheck.pages import page_of
from deploycheck.project import Project, Settings
from deploycheck.rules import Reads, Rule, load
from tools.docs.cases import cases, shown
from tools.docs.examples import example
from tools.docs.text import fenced, prose, table

_INPUTS = {
    Reads.PYTHON: "the app's Python files",
    Reads.MANIFESTS: "the deployment's manifests",
    Reads.REQUIREMENTS: "the list of requirements",
    Reads.MIGRATIONS: "the migrations",
}
_TITLES = {debt.id: debt.title for debt in DEBTS}


def own_rules() -> tuple[Rule, ...]:
    """Return deploycheck's own rules, without those of plug-ins that happen to be installed."""
    return tuple(r for r in load().rules if r.check.__module__.startswith("deploycheck."))


def rule_page(rule: Rule) -> str:
    """Return a rule's page."""
    page = page_of(rule)
    sections = dict(page.sections)
    silent, _, source = sections["Silent when"].partition("\n\nSource:")
    sections["Silent when"] = silent
    if source:
        sections["Source"] = source.strip()
    bad, good = shown(rule)
    blocks = [f"# {rule.code} {rule.name}", prose(page.summary), table(("", ""), _about(rule))]
    blocks += [f"## {heading}\n\n{prose(text[:1].upper() + text[1:])}" for heading, text in sections.items()]
    shows = (("Reported", bad), ("Not reported", good))
    blocks += [f"## {title}\n\n{example(case)}" for title, case in shows if case is not None]
    blocks += ["## Leave it out\n\n" + _leave_out(rule)]
    return "\n\n".join(blocks) + "\n"


def rules_index(rules: tuple[Rule, ...]) -> str:
    """Return the index, a section for each family."""
    blocks = [
        "# Rules",
        f"{len(rules)} rules in {len({r.family for r in rules})} families. A code never changes its meaning.",
        "`deploycheck explain CODE` shows a page in the terminal.",
    ]
    for family in sorted({r.family for r in rules}):
        those = [r for r in rules if r.family == family]
        about = importlib.import_module(those[0].check.__module__.rpartition(".")[0]).__doc__ or ""
        rows = ((_link(r), r.name, str(r.severity), prose(page_of(r).summary), _debt(r)) for r in those)
        head = ("code", "name", "severity", "what will happen", "debt")
        blocks += [f"## {family}", prose(about.strip().split("\n")[0]), table(head, rows)]
    return "\n\n".join(blocks) + "\n"


def _about(rule: Rule) -> list[tuple[str, str]]:
    rows = [("Severity", str(rule.severity)), ("Family", f"[{rule.family}](index.md#{rule.family.lower()})")]
    if rule.debt:
        rows.append(("Debt", f"{_debt(rule)} {_TITLES.get(rule.debt, '')}"))
    rows.append(("Known by", f"[{', '.join(_evidence(rule))}](../how-it-knows.md#three-ways-of-knowing)"))
    inputs = [text for flag, text in _INPUTS.items() if flag in rule.reads]
    if inputs:
        rows.append(("Incomplete without", ", ".join(inputs)))
    if reasons := _skipped(rule):
        rows.append(("Skipped when", "; ".join(reasons)))
    return rows


def _evidence(rule: Rule) -> tuple[str, ...]:
    """Tell how the rule's findings are known, by what it requires and what its examples need."""
    bad = [case.settings for case in cases(rule, "bad")]
    observed = a_target in rule.requires or any("database" in s for s in bad)
    rehearsed = a_rehearsal in rule.requires or any(s.get("rehearse") for s in bad)
    read = any("database" not in s and not s.get("rehearse") for s in bad)
    known = {"read": read or not (observed or rehearsed), "observed": observed, "rehearsed": rehearsed}
    return tuple(name for name, holds in known.items() if holds)


def _skipped(rule: Rule) -> tuple[str, ...]:
    """Return the reasons for which the rule is skipped: those that an empty project gives."""
    with tempfile.TemporaryDirectory() as folder:
        nothing = Project(Path(folder), Settings())
        return tuple(dict.fromkeys(reason for ask in rule.requires if (reason := ask(nothing))))


def _link(rule: Rule) -> str:
    return f"[{rule.code}]({rule.code}.md)"


def _debt(rule: Rule) -> str:
    return f"[{rule.debt}](../debts/{rule.debt}.md)" if rule.debt else ""


def _leave_out(rule: Rule) -> str:
    other = "low" if rule.severity != "low" else "medium"
    setting = fenced(
        f'[tool.deploycheck.rules]\n{rule.code} = "{other}"   # or "off"', 'toml title="pyproject.toml"'
    )
    if rule.last:
        return f"It judges suppressions, so none covers it. Another severity, or none of it:\n\n{setting}"
    comment = fenced(f"# deploycheck: ignore[{rule.code}] why it may stay, until=2027-01-31", "python")
    return (
        f"One finding, with a reason, at the end of its line or alone on the line above:\n\n{comment}\n\n"
        f"Another severity, or none of it:\n\n{setting}\n\n"
        "Where no comment can stand, and for findings that are there already: "
        "[leaving findings out](../reference/leaving-out.md)."
    )
