"""`deploycheck explain CODE`: a rule's whole page."""

from __future__ import annotations

import sys
from textwrap import fill
from typing import TYPE_CHECKING, Annotated

import typer

from deploycheck.cli.errors import Stop
from deploycheck.cli.options import ALLOW_PLUGINS
from deploycheck.cli.registry import with_local
from deploycheck.engine.report import ExitCode

if TYPE_CHECKING:
    from deploycheck.rules import Rule


def explain(
    code: Annotated[
        str, typer.Argument(metavar="CODE", help="A rule's code or name, or a family.", show_default=False)
    ],
    allow_plugins: Annotated[
        bool, typer.Option("--allow-plugins", help=f"{ALLOW_PLUGINS} That of the working directory.")
    ] = False,
) -> int:
    """Tell what a rule means, why it matters in production, how to fix it, and when it stays silent."""
    from deploycheck.reports.style import width_of, write
    from deploycheck.rules import UnknownRule

    try:
        found = with_local(allowed=allow_plugins).matching(code)
    except UnknownRule as error:
        raise Stop(str(error), ExitCode.USAGE) from error
    width = width_of(sys.stdout)
    write(sys.stdout, "\n".join(_page(rule, width) for rule in found))
    return 0


def _page(rule: Rule, width: int) -> str:
    from deploycheck.pages import page_of

    page = page_of(rule)
    debt = f"  {rule.debt}" if rule.debt else ""
    blocks = [f"{rule.code} {rule.name}  {rule.severity}{debt}", _filled(page.summary, width)]
    blocks += [f"{heading}\n{_filled(text, width, '  ')}" for heading, text in page.sections.items()]
    return "\n\n".join(blocks) + "\n"


def _filled(text: str, width: int, indent: str = "") -> str:
    """Fill prose to a width; indented blocks (code) and lists stay as they are."""
    blocks = text.split("\n\n")
    return "\n\n".join(
        "\n".join(indent + line for line in block.split("\n"))
        if block.startswith((" ", "- ", "```"))
        else fill(
            " ".join(block.split()),
            width,
            initial_indent=indent,
            subsequent_indent=indent,
            break_on_hyphens=False,
        )
        for block in blocks
    )
