"""What brings a database back, as data: each thing that makes copies of it, and whether it really runs."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deploycheck.findings import Location, Step
    from deploycheck.python.flow import Condition
    from deploycheck.python.values import Value


class Covers(enum.StrEnum):
    """What a backup is a copy of."""

    SQLITE = "a SQLite file"
    SERVER = "a server database"
    VOLUME = "a volume"


class Kind(enum.StrEnum):
    """Who makes the copies.

    `CODE` is the app itself, `REPLICATION` a program beside it that streams each change away (litestream),
    `SERVICE` a container of its own, `JOB` something on a schedule (cron, CronJob, workflow), `STEP` a
    command of a recipe or pipeline, `SCRIPT` one that nothing here runs, `PROVIDER` the database's own
    provider, `DOCUMENT` a text that tells people how.
    """

    CODE = "the app's own code"
    REPLICATION = "replication"
    SERVICE = "a backup service"
    JOB = "a scheduled job"
    STEP = "a command"
    SCRIPT = "a script"
    PROVIDER = "the database's provider"
    DOCUMENT = "a document"


@dataclass(frozen=True, slots=True, eq=False)
class Switch:
    """A test on the way to a backup that production's environment decides against it.

    `variables` are what could turn it on, in the order of reading: those that are unset, empty or set to off.
    `certain` is False where something outside these files may set one.
    """

    condition: Condition
    variables: tuple[str, ...]
    trail: tuple[Step, ...] = ()
    certain: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Backup:
    """One thing that makes copies of a database, or says how.

    `on` tells whether it does so as the files stand: None where that is not decided. `automated` tells that
    nobody has to think of it. `safe` is False for a plain copy of a SQLite file, which is none while others
    write. `restores` tells that the way back is there too. `deployment` is the name of the one whose code
    it is. `switches` are what keeps it off, `reason` is the same in words; `target` is where a copy goes in
    the container's own files, None where it leaves them or that is not known (`local` tells which).
    """

    kind: Kind
    text: str
    at: Location
    covers: frozenset[Covers]
    on: bool | None = True
    automated: bool = True
    safe: bool = True
    restores: bool = False
    deployment: str = ""
    reason: str = ""
    trail: tuple[Step, ...] = ()
    switches: tuple[Switch, ...] = ()
    target: Value | None = field(default=None, repr=False)
    local: bool = False
    managed: bool = False

    def covering(self, *what: Covers) -> bool:
        """Tell whether it is a copy of any of these."""
        return not self.covers.isdisjoint(what)

    @property
    def runs(self) -> bool:
        """Whether it certainly makes copies, without anybody's doing."""
        return self.on is True and self.automated and self.kind is not Kind.DOCUMENT
