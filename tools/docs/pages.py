"""All generated pages by their path in docs/, as a run would write them."""

from __future__ import annotations

from pathlib import Path

from deploycheck.engine.debts import DEBTS
from tools.docs.commands import commands
from tools.docs.configuration import key_blocks
from tools.docs.debts import debt_page, debts_index
from tools.docs.rules import own_rules, rule_page, rules_index
from tools.docs.text import with_blocks

GENERATED = ("rules", "debts")
"""Folders that hold nothing else."""


def pages(docs: Path) -> dict[str, str]:
    """Return the text of each page; those with generated blocks are read from `docs` first."""
    rules = own_rules()
    made = {f"rules/{rule.code}.md": rule_page(rule) for rule in rules}
    made |= {f"debts/{debt.id}.md": debt_page(debt, rules) for debt in DEBTS}
    made |= {"rules/index.md": rules_index(rules), "debts/index.md": debts_index()}
    blocks = {"reference/configuration.md": key_blocks(), "reference/commands.md": commands()}
    for path, content in blocks.items():
        made[path] = with_blocks((docs / path).read_text(encoding="utf-8"), content)
    return made
