"""`deploycheck debts [PATH]`: all thirteen deployment debts on one screen."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from deploycheck.cli import options
from deploycheck.cli.options import one_of
from deploycheck.cli.targets import worst


def debts(  # noqa: PLR0913 - each is an option of the command line
    path: options.Path = ".",
    *,
    format_: Annotated[
        str, typer.Option("--format", help="What to print.", **one_of(("terminal", "markdown", "json")))
    ] = "terminal",
    env_file: options.EnvFile = None,
    isolated: options.Isolated = None,
    exit_zero: options.ExitZero = None,
    profile: options.Profile = None,
    target: options.Target = None,
) -> int:
    """Show how each of the thirteen deployment debts stands, and each of its acceptance criteria.

    Exits as a check of the same folder does.
    """
    from deploycheck.cli.asking import Asked
    from deploycheck.cli.examining import examine_each
    from deploycheck.reports import debts as shown
    from deploycheck.reports import style

    asked = Asked(
        env_files=tuple(env_file or ()),
        isolated=isolated,
        exit_zero=exit_zero,
        profile=profile,
        target=target,
    )
    reports = examine_each(path, asked)
    code = worst(report.exit_code for report in reports)
    if format_ == "json":
        text = shown.document(reports[0]) if len(reports) == 1 else shown.documents(reports, code)
    elif format_ == "markdown":
        text = "\n".join(shown.markdown(report, titled=len(reports) > 1) for report in reports)
    else:
        text = "\n".join(shown.text(report, style.width_of(sys.stdout)) for report in reports)
    style.write(sys.stdout, text)
    return code
