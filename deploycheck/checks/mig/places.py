"""What is said of every change besides the migrations: who makes it, where, and beside which history."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from deploycheck.checks.applies import a_deployment
from deploycheck.facts.schema.moments import Moment
from deploycheck.findings import Step

if TYPE_CHECKING:
    from deploycheck.facts.migrations.model import ScriptDirectory
    from deploycheck.project import Project
    from deploycheck.python.program import Call

WHO = {
    Moment.BEFORE: "A script that runs before the server",
    Moment.STARTUP: "Start-up",
    Moment.REQUEST: "A request",
}


def a_history(project: Project) -> str:
    """Return why nothing can be judged beside Alembic's migrations, if nothing can."""
    return a_deployment(project) or (
        "" if any(d.revisions for d in project.script_directories) else "no Alembic migrations here"
    )


def place_of(call: Call) -> str:
    """Name the function that a call stands in, with its class: it stays the same when code moves."""
    names: list[str] = []
    scope = call.scope
    while scope.parent is not None:
        names.insert(0, getattr(scope.node, "name", "lambda"))
        scope = scope.parent
    return ".".join(names) or "module"


def beside(histories: Sequence[ScriptDirectory]) -> tuple[Step, ...]:
    """Return the step that tells of the history that it stands beside."""
    steps = []
    for directory in histories[:1]:
        count = len(directory.revisions)
        text = f"the migrations: {count} revision{'s' if count > 1 else ''} in {directory.name}"
        steps.append(Step(text, directory.at))
    return tuple(steps)
