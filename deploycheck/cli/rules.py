"""`deploycheck rules`: every rule, by family."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from deploycheck.cli.options import one_of
from deploycheck.cli.registry import loaded

if TYPE_CHECKING:
    from deploycheck.rules import Rule


def rules(
    format_: Annotated[
        str, typer.Option("--format", help="What to print.", **one_of(("terminal", "json")))
    ] = "terminal",
) -> int:
    """List every rule: its code, name, severity, and the deployment debt that it pays off."""
    from deploycheck.reports.style import write

    listed = loaded().rules
    write(sys.stdout, _json(listed) if format_ == "json" else _table(listed))
    return 0


def _json(listed: tuple[Rule, ...]) -> str:
    from deploycheck.pages import page_of
    from deploycheck.reports.json import SCHEMA_VERSION, dumps

    records = [
        {
            "code": rule.code,
            "name": rule.name,
            "family": rule.family,
            "severity": rule.severity.value,
            "debt": rule.debt,
            "summary": page_of(rule).summary,
        }
        for rule in listed
    ]
    return dumps({"schema_version": SCHEMA_VERSION, "rules": records})


def _table(listed: tuple[Rule, ...]) -> str:
    """Return one line a rule, a blank line between families."""
    lines, family = [], ""
    for rule in listed:
        lines += [""] if family and family != rule.family else []
        family = rule.family
        lines.append(f"{rule.code:<9} {rule.severity:<9} {rule.name:<24} {rule.debt}".rstrip())
    return (
        "\n".join([*lines, "", f"{len(listed)} rules; deploycheck explain CODE tells all about one"]) + "\n"
    )
