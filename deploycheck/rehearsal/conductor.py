"""The rehearsal as a whole: each history on production's backend, from nothing, by steps, from the target."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from deploycheck.facts.migrations.version_table import version_table
from deploycheck.facts.rehearsed import Rehearsal, RehearsedHistory
from deploycheck.rehearsal import interpreter
from deploycheck.rehearsal.choosing import choices
from deploycheck.rehearsal.options import NAMES
from deploycheck.rehearsal.outcome import CannotRun
from deploycheck.rehearsal.server import ServerProblem
from deploycheck.rehearsal.squawk import with_hazards
from deploycheck.rehearsal.stage import Run, Stage
from deploycheck.rehearsal.standing import must_be_there
from deploycheck.rehearsal.whole import Whole

if TYPE_CHECKING:
    from deploycheck.project import Project
    from deploycheck.rehearsal.choosing import Choice
    from deploycheck.rehearsal.interpreter import Interpreter
    from deploycheck.rehearsal.options import Options, Progress
    from deploycheck.rehearsal.servers import Servers


@dataclass(frozen=True, slots=True)
class _Rehearsing:
    """What all histories of one rehearsal share."""

    project: Project
    options: Options
    servers: Servers
    python: Interpreter
    progress: Progress


def rehearse(project: Project, options: Options, progress: Progress, servers: Servers) -> Rehearsal:
    """Run the project's migrations on throwaway databases of these servers, and return what was seen.

    It runs the project's code. What could not be run is in `not_rehearsed`, with the reason. Raises
    `OptionProblem` for an option that names what is not there.
    """
    chosen = choices(project, options)
    must_be_there(project, options.start)
    python = interpreter.chosen(project.root, options.python, options.environment)
    shared = _Rehearsing(project, options, servers, python, progress)
    return Rehearsal(tuple(_timed(shared, choice) for choice in chosen))


def _timed(shared: _Rehearsing, choice: Choice) -> RehearsedHistory:
    started = time.perf_counter()
    try:
        found = _rehearsed(shared, choice)
    finally:
        shared.progress.end()
    return replace(with_hazards(found), seconds=time.perf_counter() - started)


def _rehearsed(shared: _Rehearsing, choice: Choice) -> RehearsedHistory:
    blank = RehearsedHistory(
        name=choice.directory.name,
        backend=choice.backend,
        server=NAMES.get(choice.backend, choice.backend),
        guess=choice.guess,
        python=f"{shared.python.path} ({shared.python.source})",
    )
    if choice.refused:
        return replace(blank, not_rehearsed=choice.refused)
    try:
        server = shared.servers.of(choice.backend)
        how = Run(shared.python.path, shared.options.timeout)
        stage = Stage(shared.project, choice.directory, server, how)
        whole = Whole(
            stage, version_table(choice.directory) or "alembic_version", shared.options.start, shared.progress
        )
        return whole.rehearse(replace(blank, server=server.version))
    except ServerProblem as problem:
        return replace(blank, not_rehearsed=str(problem))
    except CannotRun as problem:
        return replace(blank, not_rehearsed=problem.message)
