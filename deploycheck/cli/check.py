"""`deploycheck [PATH]`: the check itself."""

from __future__ import annotations

import gc
import os
import sys
import time
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deploycheck import __version__
from deploycheck.cli.errors import Stop, documents_for
from deploycheck.cli.options import ALLOW_PLUGINS, FIXES, Fixes, fixes, fixes_of, one_of, percentage
from deploycheck.cli.outputs import must_fit, parsed, show
from deploycheck.cli.patching import beside_patch, show_patch
from deploycheck.cli.selecting import selection_of
from deploycheck.cli.settings import Resolved, completed, from_outside, option, refuse_unknown
from deploycheck.cli.target import observed
from deploycheck.cli.targets import configured, folder_of, folders_of, worst
from deploycheck.configuration import PRODUCTION
from deploycheck.engine.report import ExitCode
from deploycheck.findings import Severity
from deploycheck.reports import FORMATS, style

if TYPE_CHECKING:
    from deploycheck.cli.outputs import Output
    from deploycheck.configuration import Configuration
    from deploycheck.engine import Report, Selection
    from deploycheck.project import Project, Settings

COLORS = ("auto", "always", "never")

EPILOG = """\b
Other commands:
  deploycheck rules           list every rule
  deploycheck explain CODE    what a rule means, why, and how to fix it
  deploycheck debts [PATH]    how each of the thirteen deployment debts stands
  deploycheck rehearse [PATH] run the migrations on a throwaway database, and check
  deploycheck init [PATH]     write a configuration, a baseline and the CI job
  deploycheck completion SHELL    a script that completes words in bash, zsh or fish
  deploycheck new-rule CODE NAME  begin a rule of your own, in a plug-in

\b
Exit codes:
  0    nothing at or above --fail-on was found
  1    something was found
  2    bad usage or configuration
  3    incomplete: a rule crashed, or an input that it needed could not be read
  4    nothing to check, or no such folder
  130  interrupted
"""


def _version(value: bool) -> None:
    if value:
        style.write(sys.stdout, f"deploycheck {__version__}\n")
        raise typer.Exit


def check(  # noqa: PLR0913 - each is an option of the command line
    path: Annotated[
        str, typer.Argument(metavar="PATH", help="The project's folder. [default: .]", show_default=False)
    ] = ".",
    *,
    format_: Annotated[
        list[str] | None,
        typer.Option(
            "--format",
            metavar="FORMAT[=FILE]",
            help=f"What to print, or to write to a file: {', '.join(FORMATS)}. Comma-separated or repeated. "
            "[default: terminal]",
        ),
    ] = None,
    fail_on: Annotated[
        str | None,
        typer.Option(
            help="Exit with 1 from this severity on. [default: critical]", **one_of(tuple(Severity))
        ),
    ] = None,
    min_downgrade_coverage: Annotated[
        str | None,
        typer.Option(
            metavar="N",
            callback=percentage,
            help="Exit with 1 when the migrations' downgrades take back less than N percent.",
        ),
    ] = None,
    exit_zero: Annotated[
        bool | None, typer.Option("--exit-zero/--no-exit-zero", help="Exit with 0 instead of 1.")
    ] = None,
    select: Annotated[
        list[str] | None,
        typer.Option(metavar="RULES", help="Run only these: codes or families, comma-separated or repeated."),
    ] = None,
    ignore: Annotated[list[str] | None, typer.Option(metavar="RULES", help="Leave these out.")] = None,
    env_file: Annotated[
        list[str] | None,
        typer.Option(metavar="FILE", help="A file of NAME=value that production will have. Repeatable."),
    ] = None,
    isolated: Annotated[
        bool | None, typer.Option("--isolated/--no-isolated", help="Leave this shell's environment out.")
    ] = None,
    profile: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="A profile of the configuration. [default: production]"),
    ] = None,
    target: Annotated[
        str | None, typer.Option(metavar="NAME", help="The one of the configuration's targets to check.")
    ] = None,
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
    allow_plugins: Annotated[bool | None, typer.Option("--allow-plugins", help=ALLOW_PLUGINS)] = None,
    show_suppressed: Annotated[
        bool, typer.Option("--show-suppressed", help="List the findings that were set aside.")
    ] = False,
    fix_suggestions: Annotated[str | None, typer.Option("--fix-suggestions", callback=fixes, **FIXES)] = None,
    color: Annotated[
        str | None, typer.Option(help="Whether to use colour. [default: auto]", **one_of(COLORS))
    ] = None,
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
        reports = _examined_each(settled)
        if len(reports) == 1:
            reports = (replace(reports[0], seconds=time.perf_counter() - started),)
        code = worst(report.exit_code for report in reports)
        show(reports, outputs, style_for(shown), code)
        if fixes_of(shown.fix_suggestions) is Fixes.PATCH:
            show_patch(reports)
    return code


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a run is asked for. A field that is unset may still be set by a variable or by the file."""

    select: tuple[str, ...] = option((), commas=True)
    ignore: tuple[str, ...] = option((), commas=True, adds=True)
    fail_on: str | None = option(default=Severity.CRITICAL, check=one_of(tuple(Severity))["callback"])
    min_downgrade_coverage: str | int | None = option(check=percentage)
    exit_zero: bool | None = option(default=False, flag=True)
    env_files: tuple[str, ...] = option((), name="env-file")
    isolated: bool | None = option(default=False, flag=True)
    database_url: str | None = field(default=None, repr=False)
    database_env: bool | None = option(default=False, flag=True)
    compare_models: bool | None = option(default=False, flag=True)
    profile: str | None = option(default=PRODUCTION)
    target: str | None = None
    baseline: str | None = option()
    write_baseline: bool = False
    grow_baseline: bool = False
    since: str | None = option()
    allow_plugins: bool | None = option(default=False, flag=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """How the outcome is shown; unset fields as with `Asked`."""

    format: tuple[str, ...] = option((), default=("terminal",), commas=True)
    color: str | None = option(default="auto", check=one_of(COLORS)["callback"])
    fix_suggestions: str | bool | None = option(default=False, check=fixes)
    quiet: bool | None = option(default=False, flag=True)
    verbose: bool | None = option(default=False, flag=True)
    show_suppressed: bool = False


def examine(path: str, asked: Asked) -> Report:
    """Look at a folder and return the report. Raises `Stop` for what cannot be looked at."""
    return _examined_each((settle(path, asked),))[0]


def examine_each(path: str, asked: Asked) -> tuple[Report, ...]:
    """Look at a folder, or at each target that its configuration lists. Raises `Stop`."""
    return _examined_each(settle_each(path, asked))


@dataclass(frozen=True, slots=True)
class Settled:
    """What a run of one folder is asked for, everything decided. `path` is as the user wrote it."""

    path: str
    root: Path
    resolved: Resolved[Asked]
    configuration: Configuration
    selection: Selection


def settle(path: str, asked: Asked) -> Settled:
    """Decide everything about a run, by command line, environment, file and defaults. Raises `Stop`."""
    refuse_unknown(os.environ, Asked, Shown)
    root = folder_of(path)
    given = from_outside(asked, os.environ)
    configuration = configured(root, given.options.profile or PRODUCTION)
    resolved = completed(given, configuration)
    return Settled(path, root, resolved, configuration, selection_of(resolved, configuration, root))


def settle_each(path: str, asked: Asked) -> tuple[Settled, ...]:
    """Decide everything about each target, before any is looked at. Raises `Stop`."""
    given = from_outside(asked, os.environ).options
    return tuple(settle(folder, asked) for folder in folders_of(path, given.target))


def _examined_each(targets: tuple[Settled, ...]) -> tuple[Report, ...]:
    """Look at targets, one after another; what cannot be done is refused before the first."""
    from deploycheck.cli.narrowing import begun, narrowed, refuse_contradictions

    for each in targets:
        refuse_contradictions(each)
    fresh = begun(targets)
    reports: list[Report] = []
    for each in targets:
        project = prepared(each)
        report = ran(each, project)
        reports.append(narrowed(report, project, each, partial(run_earlier, each, project), fresh))
    return tuple(reports)


def ran(settled: Settled, project: Project) -> Report:
    """Run the rules over a project and return the report."""
    from deploycheck.engine import run
    from deploycheck.sources.repository import inside_of

    started = time.perf_counter()
    report = run(project, settled.selection, settled.path)
    return replace(report, inside=inside_of(settled.root), seconds=time.perf_counter() - started)


def run_earlier(settled: Settled, today: Project, root: Path) -> tuple[Report, Project]:
    """Run the rules over an earlier state of the target, with its own declarations and today's database."""
    project = prepared(settled, root, today)
    return ran(settled, project), project


def prepared(
    settled: Settled, at: Path | None = None, seen: Project | None = None, python: str = ""
) -> Project:
    """Return the project, with its database as it was seen if one is named. Raises `Stop`.

    `at` is a folder with an earlier state of it; `seen` has what was observed and rehearsed already. `python`
    runs the project's code where the models are to be compared, empty for the usual one.
    """
    from deploycheck.project import Settings

    asked = settled.resolved.options
    root = settled.root if at is None else at
    configuration = settled.configuration
    if at is not None:
        configuration = _configuration_then(root, configuration)
    files = tuple(Path(file) for file in asked.env_files)
    settings = Settings(files, bool(asked.isolated), dict(os.environ), configuration)
    said = settled.resolved.origins["env_files"][0]
    project = _project(root, settings, str(said))
    if seen is not None:
        project.target, project.rehearsal = seen.target, seen.rehearsal
    else:
        project.target = observed(
            project,
            asked.database_url,
            from_environment=bool(asked.database_env),
            compare=python if asked.compare_models else None,
        )
    return project


def _configuration_then(root: Path, now: Configuration) -> Configuration:
    """Return what the project declared at an earlier state; today's where that cannot be taken any more."""
    try:
        return configured(root, now.profile)
    except Stop:
        return now


def split(option: str, values: list[str] | None) -> tuple[str, ...]:
    """Return the rules that an option names. An option that names none would mean all: refused."""
    parts = tuple(part.strip() for value in values or () for part in value.split(",") if part.strip())
    if values and not parts:
        raise Stop(f"{option} names no rule", ExitCode.USAGE)
    return parts


def _project(root: Path, settings: Settings, said: str) -> Project:
    """Return the project. Raises `Stop` for an env file that cannot be read; `said` is who names it."""
    from deploycheck.project import Project
    from deploycheck.sources.errors import ReadError

    project = Project(root, settings)
    try:
        project.sources  # noqa: B018 - reads the env files, which are the user's words and not the project's
    except ReadError as error:
        raise Stop(
            f"{said} {error}" if said.startswith("--") else f"{said}: {error}", ExitCode.USAGE, str(root)
        ) from error
    return project


def shown_for(path: str, asked: Asked, wanted: Shown) -> tuple[Shown, str]:
    """Return how to show the outcome, and who names the formats; names a file that is not used on stderr."""
    given = from_outside(asked, os.environ).options
    configuration = configured(folder_of(path), given.profile or PRODUCTION)
    if configuration.beside:
        note = f"{configuration.file} is used, and not {configuration.beside} beside it: keep one"
        style.write(sys.stderr, f"deploycheck: {note}\n")
    resolved = completed(from_outside(wanted, os.environ), configuration)
    origin = resolved.origins["format"][0]
    return resolved.options, f"{origin}: format" if origin.at is not None else str(origin)


def outputs_for(shown: Shown, said: str) -> tuple[Output, ...]:
    """Return where the outcome goes; `said` is who names the formats. Raises `Stop` for what cannot be."""
    outputs = parsed(shown.format, said)
    return beside_patch(outputs) if fixes_of(shown.fix_suggestions) is Fixes.PATCH else outputs


def style_for(shown: Shown) -> style.Style:
    """Return how the report is to look."""
    return style.Style(
        color=style.wants_color(shown.color or "auto", os.environ, is_terminal=sys.stdout.isatty()),
        width=style.width_of(sys.stdout),
        fixes=fixes_of(shown.fix_suggestions) is Fixes.TERMINAL,
        quiet=bool(shown.quiet),
        verbose=bool(shown.verbose),
        aside=bool(shown.show_suppressed),
    )
