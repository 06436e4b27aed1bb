"""Ways of deploying as data."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deploycheck.findings import Location


class Act(enum.StrEnum):
    """What a command does, as far as this matters to a database."""

    MIGRATE = "migrate"
    DOWNGRADE = "downgrade"
    BACKUP = "backup"
    RESTORE = "restore"
    DEPLOY = "deploy"
    SERVE = "serve"


class Origin(enum.StrEnum):
    """Where a way is written down, and so when it is gone."""

    RELEASE = "release phase"
    START = "start script"
    PIPELINE = "pipeline"
    RECIPE = "recipe"
    STARTUP = "app start-up"
    SCHEDULE = "schedule"


@dataclass(frozen=True, slots=True)
class Task:
    """One command of a way. `words` are as the program gets them; empty for a call in Python code.

    `revision` is what a migrating command names (`head`, `heads`, `a1b2`), `section` and `ini` what selects
    its script directory (`-n`, `-c`), and `directory` the folder it runs in, as a path in the project. `via`
    are the places that lead to it, outermost first (the workflow's step, then the recipe). `certain` is
    False where a condition that was not followed decides whether it runs. `remote` tells that it runs on a
    server or platform, not on the machine that the way starts on. `opaque` tells that it runs something that
    no file here shows (a script that is not there, an image's own command): what it does is not known.
    `practised` tells that it works on a database that its own job starts for tests.
    """

    text: str
    at: Location
    words: tuple[str, ...] = ()
    acts: frozenset[Act] = frozenset()
    revision: str = ""
    section: str = ""
    ini: str = ""
    directory: str = ""
    via: tuple[Location, ...] = ()
    certain: bool = True
    remote: bool = False
    opaque: bool = False
    practised: bool = False


@dataclass(frozen=True, slots=True)
class Way:
    """One way by which a deployment, or a part of one, happens: its commands in order.

    `name` is how the report calls it (`.github/workflows/release.yml deploy`, `justfile deploy`). `deploys`
    tells whether production takes it: a pipeline that only tests does not.
    """

    name: str
    origin: Origin
    at: Location
    tasks: tuple[Task, ...] = ()
    deploys: bool = True

    def first(self, act: Act) -> int | None:
        """Return the index of the first command that does `act`, or None."""
        return next((i for i, task in enumerate(self.tasks) if act in task.acts), None)
