"""`deploycheck [PATH]`: the check itself."""

from __future__ import annotations

import gc
import os
import sys
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deploycheck import __version__
from deploycheck.cli.errors import Stop
from deploycheck.cli.options import one_of, percentage
from deploycheck.cli.outputs import parsed, show
from deploycheck.cli.registry import loaded
from deploycheck.cli.target import observed
from deploycheck.engine.report import ExitCode
from deploycheck.findings import Severity
from deploycheck.reports import FORMATS

if TYPE_CHECKING:
    from deploycheck.configuration import Configuration
    from deploycheck.engine import Report, Selection
    from deploycheck.project import Project, Settings
    from deploycheck.reports.style import Style
    from deploycheck.rules import Registry

COLORS = ("auto", "always", "never")

EPILOG = """\b
Other commands:
  deploycheck rules           list every rule
  deploycheck explain CODE    what a rule means, why, and how to fix it
  deploycheck debts [PATH]    how each of the thirteen deployment debts stands
  deploycheck rehearse [PATH] run the migrations on a throwaway database, and check

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
        sys.stdout.write(f"deploycheck {__version__}\n")
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
    exit_zero: Annotated[bool, typer.Option("--exit-zero", help="Exit with 0 instead of 1.")] = False,
    select: Annotated[
        list[str] | None,
        typer.Option(metavar="RULES", help="Run only these: codes or families, comma-separated or repeated."),
    ] = None,
    ignore: Annotated[list[str] | None, typer.Option(metavar="RULES", help="Leave these out.")] = None,
    env_file: Annotated[
        list[str] | None,
        typer.Option(metavar="FILE", help="A file of NAME=value that production will have. Repeatable."),
    ] = None,
    isolated: Annotated[bool, typer.Option("--isolated", help="Leave this shell's environment out.")] = False,
    database_url: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Look at this database too, read-only. env:NAME takes the URL from a variable.",
        ),
    ] = None,
    database_env: Annotated[
        bool,
        typer.Option("--database-env", help="Look at the database that production's environment names."),
    ] = False,
    fix_suggestions: Annotated[
        bool, typer.Option("--fix-suggestions", help="Show a patch under each finding that has one.")
    ] = False,
    color: Annotated[str, typer.Option(help="Whether to use colour.", **one_of(COLORS))] = "auto",
    quiet: Annotated[
        bool, typer.Option("--quiet", help="Show only what fails the run, and the verdict.")
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="Show each rule's outcome, and tracebacks.")
    ] = False,
    version: Annotated[
        bool, typer.Option("--version", help="Show the version, and exit.", callback=_version, is_eager=True)
    ] = False,
) -> int:
    """Say what will happen in production, and whether that is safe.

    Reads the project's files and nothing else: it runs nothing, writes nothing, and connects to nothing but
    the database that you name.
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
    )
    outputs = parsed(format_ or ())
    report = examine(path, asked)
    report = replace(report, seconds=time.perf_counter() - started)
    show(report, outputs, style_for(color, fixes=fix_suggestions, quiet=quiet, verbose=verbose))
    return report.exit_code


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the command line asks of a run."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    fail_on: str | None = None
    min_downgrade_coverage: str | None = None
    exit_zero: bool = False
    env_files: tuple[str, ...] = ()
    isolated: bool = False
    database_url: str | None = field(default=None, repr=False)
    database_env: bool = False


def examine(path: str, asked: Asked) -> Report:
    """Look at a folder and return the report. Raises `Stop` for what cannot be looked at."""
    from deploycheck.engine import run
    from deploycheck.sources.repository import inside_of

    project, selection = prepared(path, asked)
    return replace(run(project, selection, path), inside=inside_of(project.root))


def prepared(path: str, asked: Asked) -> tuple[Project, Selection]:
    """Return the project, not looked at yet, and which rules run. Raises `Stop` for what is not there."""
    from deploycheck.project import Settings

    root = _folder(path)
    configuration = _configuration(root)
    selection = _selection(
        configuration, asked.select, asked.ignore, asked.fail_on, exit_zero=asked.exit_zero
    )
    if asked.min_downgrade_coverage is not None:
        selection = replace(selection, min_downgrade_coverage=int(asked.min_downgrade_coverage))
    files = tuple(Path(file) for file in asked.env_files)
    settings = Settings(files, asked.isolated, dict(os.environ), configuration)
    project = _project(root, settings)
    project.target = observed(project, asked.database_url, from_environment=asked.database_env)
    return project, selection


def _folder(path: str) -> Path:
    """Return the target, as the user wrote it. Raises `Stop` when it is no folder."""
    # `os.path` answers for a folder that may not be entered; `Path.is_dir` would raise.
    if not os.path.isdir(path):  # noqa: PTH112
        state = "is a file, not a folder" if os.path.exists(path) else "does not exist"  # noqa: PTH110
        raise Stop(f"{path} {state}: give the folder of a project", ExitCode.NOTHING, path)
    return Path(path)


def _configuration(path: Path) -> Configuration:
    from deploycheck.configuration import ConfigurationError, load

    try:
        return load(path)
    except ConfigurationError as error:
        raise Stop(str(error), ExitCode.USAGE, str(path)) from error


def split(option: str, values: list[str] | None) -> tuple[str, ...]:
    """Return the rules that an option names. An option that names none would mean all: refused."""
    parts = tuple(part.strip() for value in values or () for part in value.split(",") if part.strip())
    if values and not parts:
        raise Stop(f"{option} names no rule", ExitCode.USAGE)
    return parts


def _selection(
    configuration: Configuration,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    fail_on: str | None,
    *,
    exit_zero: bool,
) -> Selection:
    """Return which rules run: the command line's `--select` replaces the file's, `--ignore` adds to it."""
    from deploycheck.engine import Selection
    from deploycheck.rules import UnknownRule

    try:
        registry = loaded()
        _must_be_known(configuration, registry)
        rules = registry.select(select or configuration.select, ignore + configuration.ignore)
    except UnknownRule as error:
        raise Stop(str(error), ExitCode.USAGE) from error
    if not rules:
        raise Stop("no rule is left to run: select more, or ignore less", ExitCode.USAGE)
    severity = Severity(fail_on) if fail_on else configuration.fail_on or Severity.CRITICAL
    return Selection(rules, severity, exit_zero, configuration.min_downgrade_coverage)


def _must_be_known(configuration: Configuration, registry: Registry) -> None:
    """Refuse a rule in the configuration that does not exist, with the place where it is named."""
    from deploycheck.rules import UnknownRule

    for key in ("select", "ignore"):
        for wanted in getattr(configuration, key):
            try:
                registry.matching(wanted)
            except UnknownRule as error:
                place = configuration.places[key]
                raise Stop(f"{place}: {key}: {error}", ExitCode.USAGE) from error


def _project(root: Path, settings: Settings) -> Project:
    """Return the project. Raises `Stop` for an `--env-file` that cannot be read."""
    from deploycheck.project import Project
    from deploycheck.sources.errors import ReadError

    project = Project(root, settings)
    try:
        project.sources  # noqa: B018 - reads the env files, which are the user's words and not the project's
    except ReadError as error:
        raise Stop(f"--env-file {error}", ExitCode.USAGE, str(root)) from error
    return project


def style_for(color: str, *, fixes: bool, quiet: bool, verbose: bool) -> Style:
    """Return how the report is to look."""
    from deploycheck.reports import style

    return style.Style(
        color=style.wants_color(color, os.environ, is_terminal=sys.stdout.isatty()),
        width=style.width_of(sys.stdout),
        fixes=fixes,
        quiet=quiet,
        verbose=verbose,
    )
