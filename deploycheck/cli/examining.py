"""From what is asked for to reports: everything is decided first, then each target is looked at."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from deploycheck.cli.asking import Asked, Shown
from deploycheck.cli.errors import Stop
from deploycheck.cli.selecting import selection_of
from deploycheck.cli.settings import Resolved, completed, from_outside, refuse_unknown
from deploycheck.cli.target import observed
from deploycheck.cli.targets import configured, folder_of, folders_of
from deploycheck.configuration import PRODUCTION
from deploycheck.engine.report import ExitCode

if TYPE_CHECKING:
    from deploycheck.configuration import Configuration
    from deploycheck.engine import Report, Selection
    from deploycheck.project import Project, Settings


def examine(path: str, asked: Asked) -> Report:
    """Look at a folder and return the report. Raises `Stop` for what cannot be looked at."""
    return examined_each((settle(path, asked),))[0]


def examine_each(path: str, asked: Asked) -> tuple[Report, ...]:
    """Look at a folder, or at each target that its configuration lists. Raises `Stop`."""
    return examined_each(settle_each(path, asked))


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


def examined_each(targets: tuple[Settled, ...]) -> tuple[Report, ...]:
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
