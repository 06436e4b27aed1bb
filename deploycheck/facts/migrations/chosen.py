"""Which script directory a command migrates, and how a command for one is written."""

from __future__ import annotations

import posixpath
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.facts.migrations.declared import MAIN
from deploycheck.facts.migrations.locations import join

if TYPE_CHECKING:
    from collections.abc import Sequence

    from deploycheck.facts.deploying.model import Task
    from deploycheck.facts.migrations.model import ScriptDirectory

_USUAL = "alembic.ini"


@dataclass(frozen=True, slots=True)
class Chosen:
    """The script directory of a command, and whether nothing about that is a guess."""

    directory: ScriptDirectory
    certain: bool


def chosen_by(task: Task, directories: Sequence[ScriptDirectory]) -> Chosen | None:
    """Return the script directory that a migrating command works on; None where that cannot be told.

    What it names (`-c`, `-n`) decides, then the ini file of the folder that it runs in; where the project has
    a single script directory, it is that one.
    """
    named = [d for d in directories if _selects(task, d)]
    if len(named) == 1:
        return Chosen(named[0], certain=True)
    if len(directories) == 1 and not task.ini and task.section in {"", MAIN}:
        return Chosen(directories[0], certain=True)
    if len(directories) == 1:
        return Chosen(directories[0], certain=False)
    return None


def _selects(task: Task, directory: ScriptDirectory) -> bool:
    ini = posixpath.normpath(join(task.directory, task.ini or _USUAL))
    wanted = task.section or MAIN
    for path, section in directory.names:
        flask = not task.ini and path == join(task.directory, f"migrations/{_USUAL}")
        toml = not task.ini and path == join(task.directory, "pyproject.toml")
        if (path == ini or flask or toml) and section == wanted:
            return True
    return False


def command_for(directory: ScriptDirectory, *words: str) -> str:
    """Return the command line that does something with a script directory: `alembic -n billing heads`.

    For Flask-Migrate's it is `flask db …`. It is to be run in the script directory's `program_directory`.
    """
    if directory.env is not None and "current_app" in directory.env.text:
        usual = directory.directory == join(directory.program_directory, "migrations")
        where = () if usual else ("-d", _relative(directory.directory, directory.program_directory))
        return shlex.join(("flask", "db", words[0], *where, *words[1:]))
    ini = _relative(directory.ini, directory.program_directory) if directory.ini else ""
    options = ("-c", ini) if ini and posixpath.basename(ini) != "pyproject.toml" and ini != _USUAL else ()
    section = ("-n", directory.section) if directory.section not in {"", MAIN} else ()
    return shlex.join(("alembic", *options, *section, *words))


def _relative(path: str, folder: str) -> str:
    return posixpath.relpath(path, folder or ".")
