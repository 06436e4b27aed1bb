"""`deploycheck [PATH]`: the check itself."""

from __future__ import annotations

import gc
import sys
import time
from dataclasses import replace
from typing import Annotated

import typer

from deploycheck import __version__
from deploycheck.cli import options
from deploycheck.cli.asking import Asked, Shown, outputs_for, shown_for, split, style_for
from deploycheck.cli.errors import documents_for
from deploycheck.cli.examining import examined_each, settle_each
from deploycheck.cli.options import Fixes, fixes_of, percentage
from deploycheck.cli.outputs import must_fit, show
from deploycheck.cli.patching import show_patch
from deploycheck.cli.targets import worst
from deploycheck.reports import style

EPILOG = """\b
Other commands:
  deploycheck rules           list every rule
  deploycheck explain CODE    what a rule means, why, and how to fix it
  deploycheck debts [PATH]    how each of the thirteen deployment debts stands
  deploycheck config [PATH]   every value of a check, and where it comes from
  deploycheck rehearse [PATH] run the migrations on a throwaway database
  deploycheck init [PATH]     write a configuration, a baseline and the CI job
  deploycheck completion SHELL    a script that completes bash, zsh or fish
  deploycheck new-rule CODE NAME  begin a rule of your own, in a plug-in

\b
Exit codes:
  0    nothing at or above --fail-on was found
  1    something was found
  2    bad usage or configuration
  3    incomplete: a rule crashed, or what it needed could not be read
  4    nothing to check, or no such folder
  130  interrupted
"""


def _version(value: bool) -> None:
    if value:
        style.write(sys.stdout, f"deploycheck {__version__}\n")
        raise typer.Exit


def check(  # noqa: PLR0913 - each is an option of the command line
    path: options.Path = ".",
    *,
    format_: options.Format = None,
    fail_on: options.FailOn = None,
    min_downgrade_coverage: Annotated[
        str | None,
        typer.Option(
            metavar="N",
            callback=percentage,
            help="Exit with 1 when the migrations' downgrades take back less than N percent.",
        ),
    ] = None,
    exit_zero: options.ExitZero = None,
    select: options.Select = None,
    ignore: options.Ignore = None,
    env_file: options.EnvFile = None,
    isolated: options.Isolated = None,
    profile: options.Profile = None,
    target: options.Target = None,
    database_url: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Look at this database too, read-only. env:NAME takes the URL from a variable.",
        ),
    ] = None,
    database_env: Annotated[
        bool | None,
        typer.Option(
            "--database-env/--no-database-env",
            help="Look at the database that production's environment names.",
        ),
    ] = None,
    compare_models: Annotated[
        bool | None,
        typer.Option(
            "--compare-models/--no-compare-models",
            help="Compare the models with that database too. This runs the project's env.py.",
        ),
    ] = None,
    baseline: Annotated[
        str | None, typer.Option(metavar="FILE", help="A file of known findings, which do not count.")
    ] = None,
    write_baseline: Annotated[
        bool,
        typer.Option("--write-baseline", help="Write that file; one that is there already only shrinks."),
    ] = False,
    grow_baseline: Annotated[
        bool, typer.Option("--grow-baseline", help="With --write-baseline: take new findings in.")
    ] = False,
    since: Annotated[
        str | None,
        typer.Option(metavar="REV", help="Only what the change since a git revision touches or causes."),
    ] = None,
    allow_plugins: options.AllowPlugins = None,
    show_suppressed: Annotated[
        bool, typer.Option("--show-suppressed", help="List the findings that were set aside.")
    ] = False,
    fix_suggestions: options.FixSuggestions = None,
    color: options.Color = None,
    quiet: Annotated[
        bool | None,
        typer.Option("--quiet/--no-quiet", help="Show only what fails the run, and the verdict."),
    ] = None,
    verbose: Annotated[
        bool | None,
        typer.Option("--verbose/--no-verbose", help="Show each rule's outcome, and tracebacks."),
    ] = None,
    show_files: Annotated[
        bool, typer.Option("--show-files", help="List the files that would be read, and exit.")
    ] = False,
    version: Annotated[
        bool, typer.Option("--version", help="Show the version, and exit.", callback=_version, is_eager=True)
    ] = False,
) -> int:
    """Say what will happen in production, and whether that is safe.

    Reads the project's files and nothing else: it runs nothing, connects to nothing but the database that
    you name, and writes nothing but what is asked for.
    """
    del version
    started = time.perf_counter()
    # A run is short and makes millions of small objects that all live to its end: collecting is waste.
    gc.disable()
    asked = Asked(
        select=split("--select", select),
        ignore=split("--ignore", ignore),
        fail_on=fail_on,
        min_downgrade_coverage=min_downgrade_coverage,
        exit_zero=exit_zero,
        env_files=tuple(env_file or ()),
        isolated=isolated,
        database_url=database_url,
        database_env=database_env,
        compare_models=compare_models,
        profile=profile,
        target=target,
        baseline=baseline,
        write_baseline=write_baseline,
        grow_baseline=grow_baseline,
        since=since,
        allow_plugins=allow_plugins,
    )
    if show_files:
        from deploycheck.cli.files import list_files

        return list_files(settle_each(path, asked))
    wanted = Shown(
        format=tuple(format_ or ()),
        color=color,
        fix_suggestions=fix_suggestions,
        quiet=quiet,
        verbose=verbose,
        show_suppressed=show_suppressed,
    )
    shown, said = shown_for(path, asked, wanted)
    outputs = outputs_for(shown, said)
    with documents_for(shown.format):
        settled = settle_each(path, asked)
        must_fit(outputs, len(settled))
        reports = examined_each(settled)
        if len(reports) == 1:
            reports = (replace(reports[0], seconds=time.perf_counter() - started),)
        code = worst(report.exit_code for report in reports)
        show(reports, outputs, style_for(shown), code)
        if fixes_of(shown.fix_suggestions) is Fixes.PATCH:
            show_patch(reports)
    return code
