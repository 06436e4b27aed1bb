"""Which histories are rehearsed, and on which backend: the one that production uses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.facts.databases.backends import DRIVERS
from deploycheck.facts.migrations.dialects import dialect_of
from deploycheck.facts.requirements import canonical
from deploycheck.rehearsal.options import BACKENDS, NAMES, OptionProblem
from deploycheck.rules import nearest

if TYPE_CHECKING:
    from deploycheck.facts.migrations.model import ScriptDirectory
    from deploycheck.project import Project
    from deploycheck.rehearsal.options import Options


@dataclass(frozen=True, slots=True)
class Choice:
    """One history and the backend to rehearse it on.

    `guess` says why that backend, where nothing tells what production uses. `refused` says why the history
    cannot be rehearsed.
    """

    directory: ScriptDirectory
    backend: str
    guess: str = ""
    refused: str = ""


def choices(project: Project, options: Options) -> tuple[Choice, ...]:
    """Return what to rehearse, in path order. Raises `OptionProblem` for a history that is not there."""
    directories = [d for d in project.script_directories if d.revisions]
    if options.history:
        directories = [_named(directories, options.history)]
    return tuple(_choice(project, directory, options) for directory in directories)


def _named(directories: list[ScriptDirectory], wanted: str) -> ScriptDirectory:
    found = [d for d in directories if wanted.rstrip("/") in {d.name, d.directory, d.section}]
    exact = [d for d in found if d.name == wanted] or found
    if len(exact) == 1:
        return exact[0]
    names = [d.name for d in directories]
    near = nearest(wanted, names)
    hint = f"did you mean {near}?" if near else f"there is {', '.join(names) or 'none'}"
    why = "several histories have" if exact else "no history has"
    raise OptionProblem(f"--history: {why} the name {wanted!r}; {hint}")


def _choice(project: Project, directory: ScriptDirectory, options: Options) -> Choice:
    if options.backend:
        return Choice(directory, options.backend)
    name = dialect_of(directory, project.deployments).name
    if name in BACKENDS:
        return Choice(directory, name)
    if name:
        shown = NAMES.get(name, name)
        return Choice(
            directory, name, refused=f"production uses {shown}, of which deploycheck has no throwaway"
        )
    return _guessed(project, directory)


def _guessed(project: Project, directory: ScriptDirectory) -> Choice:
    """Choose by what is installed, where nothing tells what production uses."""
    listed = {canonical(r.name) for f in project.requirements for r in f.requirements}
    drivers = sorted(name for name in listed if DRIVERS.get(name) == "postgresql")
    if drivers:
        return Choice(directory, "postgresql", f"nothing tells production's, but {drivers[0]} is required")
    return Choice(directory, "sqlite", "nothing tells production's, and no driver of PostgreSQL is required")
