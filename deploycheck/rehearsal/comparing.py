"""The models beside the target: Alembic's own comparison, by the project's env.py, read-only.

This runs the project's code, so it is done only when it is asked for.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from deploycheck.rehearsal import variables
from deploycheck.rehearsal.outcome import DriftProblem
from deploycheck.rehearsal.place import Place
from deploycheck.rehearsal.process import AlembicProcess

if TYPE_CHECKING:
    from deploycheck.database.urls import Address
    from deploycheck.facts.migrations.model import ScriptDirectory
    from deploycheck.facts.target import Target
    from deploycheck.project import Project


def compared(project: Project, target: Target, address: Address, python: str) -> Target:
    """Return the target with what the models have otherwise, or with why that could not be told."""
    directories = [d for d in project.script_directories if d.revisions]
    if len(directories) != 1:
        return replace(
            target, drift_problem=f"{len(directories)} histories: which models are this database's?"
        )
    try:
        return replace(target, drift=_drift(project, directories[0], address, python))
    except DriftProblem as problem:
        return replace(target, drift_problem=address.without_secrets(problem.message))


def _drift(project: Project, directory: ScriptDirectory, address: Address, python: str) -> tuple[str, ...]:
    """Compare, again with each variable that the code turns out to need. Raises `DriftProblem`."""
    url = neutral(address)
    with tempfile.TemporaryDirectory(prefix="deploycheck-") as folder:
        harmless = variables.Harmless(project, directory, variables.Place.of(url, Path(folder)))
        environment = harmless.first
        for _ in range(variables.ATTEMPTS):
            with AlembicProcess(
                Place.of(project.root, directory),
                url,
                environment=environment,
                python=Path(python),
                read_only=True,
            ) as process:
                try:
                    return process.drift()
                except DriftProblem as problem:
                    more = harmless.more(problem.needs.variables) if problem.needs.variables else {}
                    if not more:
                        raise
                    environment = more
    raise DriftProblem(variables.INSATIABLE)


def neutral(address: Address) -> str:
    """Return an address as the one URL that the child takes, whatever driver the project has."""
    if address.path:
        return f"sqlite:///{quote(str(Path(address.path).absolute()))}"
    given = dict(address.parameters)
    user, password = given.pop("user", ""), given.pop("password", "")
    name = given.pop("dbname", "") or user
    who = quote(user, safe="") + (f":{quote(password, safe='')}" if password else "")
    return f"postgresql://{who}@/{quote(name, safe='')}?{urlencode(given)}"
