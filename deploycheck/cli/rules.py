"""`deploycheck rules`: every rule, by family."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from deploycheck.cli.options import ALLOW_PLUGINS, one_of
from deploycheck.cli.registry import with_local
from deploycheck.rules import OURS

if TYPE_CHECKING:
    from deploycheck.rules import Registry


def rules(
    format_: Annotated[
        str, typer.Option("--format", help="What to print.", **one_of(("terminal", "json")))
    ] = "terminal",
    allow_plugins: Annotated[
        bool, typer.Option("--allow-plugins", help=f"{ALLOW_PLUGINS} That of the working directory.")
    ] = False,
) -> int:
    """List every rule: its code, name, severity, the deployment debt that it pays off, and whose it is."""
    from deploycheck.reports.style import write

    registry = with_local(allowed=allow_plugins)
    write(sys.stdout, _json(registry) if format_ == "json" else _table(registry))
    return 0


def _json(registry: Registry) -> str:
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
            "from": registry.origin(rule),
        }
        for rule in registry.rules
    ]
    return dumps({"schema_version": SCHEMA_VERSION, "rules": records})


def _table(registry: Registry) -> str:
    """Return one line a rule, a blank line between families; who adds it, where that is not us."""
    lines, family, listed = [], "", registry.rules
    for rule in listed:
        lines += [""] if family and family != rule.family else []
        family = rule.family
        origin = registry.origin(rule)
        told = f"{rule.debt:<10} from {origin}" if origin != OURS else rule.debt
        lines.append(f"{rule.code:<9} {rule.severity:<9} {rule.name:<24} {told}".rstrip())
    return (
        "\n".join([*lines, "", f"{len(listed)} rules; deploycheck explain CODE tells all about one"]) + "\n"
    )
