"""A page a debt: its acceptance criteria, and the rules that judge each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploycheck.engine.debts import DEBTS, Criterion, Debt
from deploycheck.pages import page_of
from tools.docs.text import prose, table

if TYPE_CHECKING:
    from deploycheck.rules import Rule


def debt_page(debt: Debt, rules: tuple[Rule, ...]) -> str:
    """Return a debt's page."""
    judging = {code for criterion in debt.criteria for code in criterion.rules}
    criteria = ((c.text, _links(c.rules), _shows(c)) for c in debt.criteria)
    more = [r for r in rules if r.debt == debt.id and r.code not in judging]
    blocks = [
        f"# {debt.id} {debt.title}",
        f"Severity: {debt.severity}. `deploycheck debts` shows how it stands in a project.",
        "## Acceptance criteria",
        table(("criterion", "judged by", "without a finding"), criteria),
        "## Rules",
        table(("code", "severity", "what will happen"), (_row(r) for r in rules if r.code in judging)),
    ]
    if more:
        about = "These belong to the debt too. They judge none of its criteria."
        blocks += ["## Other rules", about, table(("code", "severity", "what will happen"), map(_row, more))]
    return "\n\n".join(blocks) + "\n"


def debts_index() -> str:
    """Return the list of all debts."""
    rows = ((f"[{d.id}]({d.id}.md)", d.title, str(d.severity), str(len(d.criteria))) for d in DEBTS)
    return (
        "# Debts\n\nThe thirteen deployment debts. `deploycheck debts` shows on one screen how each stands: "
        "*paid*, *owed*, *not applicable*, or *cannot tell*; what was set aside is owed all the same.\n\n"
        + table(("debt", "paid when", "severity", "criteria"), rows)
        + "\n"
    )


def _shows(criterion: Criterion) -> str:
    if not criterion.rules:
        return "open: no rule judges it"
    return "met" if criterion.proves else "open: reading alone cannot tell"


def _links(codes: tuple[str, ...]) -> str:
    return ", ".join(f"[{code}](../rules/{code}.md)" for code in codes) or "–"


def _row(rule: Rule) -> tuple[str, ...]:
    return f"[{rule.code}](../rules/{rule.code}.md)", str(rule.severity), prose(page_of(rule).summary)
