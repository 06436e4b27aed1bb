"""Who runs pending revisions: a step of the deployment, perhaps one, or nobody."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.facts.deploying.model import Act, Origin
from deploycheck.facts.migrations.chosen import chosen_by

if TYPE_CHECKING:
    from deploycheck.facts.deploying.model import Task, Way
    from deploycheck.facts.migrations.model import ScriptDirectory
    from deploycheck.project import Project

_MOMENTS = frozenset({Origin.RELEASE, Origin.START, Origin.STARTUP, Origin.PIPELINE})
"""What happens at each deployment by itself. A recipe that nobody calls does not."""


class Runs(enum.Enum):
    """Whether deploying runs the migrations of a history."""

    SURELY = enum.auto()
    PERHAPS = enum.auto()
    NEVER = enum.auto()


@dataclass(frozen=True, slots=True)
class Applying:
    """Whether deploying runs a history's migrations, and the command that does, where one is known."""

    runs: Runs
    way: Way | None = None
    task: Task | None = None


def applying(project: Project, directory: ScriptDirectory) -> Applying:
    """Return who runs the migrations of a history in production."""
    doubtful: Applying | None = None
    for way in project.ways:
        for task in way.tasks if way.deploys and way.origin in _MOMENTS else ():
            if Act.MIGRATE in task.acts and not task.practised:
                chosen = chosen_by(task, project.script_directories)
                if chosen is not None and chosen.directory is not directory:
                    continue
                if chosen is not None and chosen.certain and task.certain:
                    return Applying(Runs.SURELY, way, task)
                doubtful = doubtful or Applying(Runs.PERHAPS, way, task)
            elif task.opaque:
                doubtful = doubtful or Applying(Runs.PERHAPS, way, task)
    return doubtful or Applying(Runs.NEVER)
