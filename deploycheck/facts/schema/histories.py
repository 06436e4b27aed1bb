"""Which Alembic history a deployment's database has."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from deploycheck.facts.deployments import Deployment
    from deploycheck.facts.migrations.model import ScriptDirectory


def histories_of(
    deployment: Deployment, directories: Iterable[ScriptDirectory]
) -> tuple[ScriptDirectory, ...]:
    """Return the script directories with at least one revision that migrate a deployment's database.

    One does whose env.py brings in modules that the app runs too. Of one whose env.py brings in none of the
    project's, that is not known: it counts where the app lies in the folder that Alembic runs from.
    """
    return tuple(d for d in directories if d.revisions and _belongs(deployment, d))


def _belongs(deployment: Deployment, directory: ScriptDirectory) -> bool:
    if directory.env is None:
        return _lies_in(deployment, directory)
    # A history inside of the package that it migrates brings in the package itself, and so says nothing.
    own = {path for path in deployment.program.reachable(directory.env) if not path.endswith("__init__.py")}
    brought = own - {directory.env.path}
    return bool(brought & deployment.modules) if brought else _lies_in(deployment, directory)


def _lies_in(deployment: Deployment, directory: ScriptDirectory) -> bool:
    folder = directory.program_directory or posixpath.dirname(directory.directory)
    return not folder or any(path.startswith(f"{folder}/") for path in deployment.modules)
