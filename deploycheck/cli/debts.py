"""`deploycheck debts [PATH]`: all thirteen deployment debts on one screen."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from deploycheck.cli.options import one_of


def debts(
    path: Annotated[
        str, typer.Argument(metavar="PATH", help="The project's folder. [default: .]", show_default=False)
    ] = ".",
    *,
    format_: Annotated[
        str, typer.Option("--format", help="What to print.", **one_of(("terminal", "markdown", "json")))
    ] = "terminal",
    env_file: Annotated[
        list[str] | None,
        typer.Option(metavar="FILE", help="A file of NAME=value that production will have. Repeatable."),
    ] = None,
    isolated: Annotated[bool, typer.Option("--isolated", help="Leave this shell's environment out.")] = False,
    exit_zero: Annotated[bool, typer.Option("--exit-zero", help="Exit with 0 instead of 1.")] = False,
) -> int:
    """Show how each of the thirteen deployment debts stands, and each of its acceptance criteria.

    Exits as a check of the same folder does.
    """
    from deploycheck.cli.check import Asked, examine
    from deploycheck.reports import debts as shown
    from deploycheck.reports import style

    report = examine(path, Asked(env_files=tuple(env_file or ()), isolated=isolated, exit_zero=exit_zero))
    if format_ == "json":
        style.write(sys.stdout, shown.document(report))
    elif format_ == "markdown":
        style.write(sys.stdout, shown.markdown(report))
    else:
        style.write(sys.stdout, shown.text(report, style.width_of(sys.stdout)))
    return report.exit_code
