"""What a rehearsal saw: the migrations run up, down and up again on a throwaway database. Data only."""

from __future__ import annotations

import enum
import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deploycheck.findings import Location


class Ending(enum.StrEnum):
    """How a step that did not pass ended."""

    FAILED = "failed"
    """It raised."""
    TIMED_OUT = "timed out"
    EXITED = "exited"
    """It called `sys.exit`, or the process ended by itself."""
    KILLED = "killed"
    """The process was ended from outside."""
    REFUSED = "refused"
    """It tried to open a connection of its own that could not be led to the throwaway."""
    SERVER_LOST = "server lost"
    """The throwaway server went away, or its disk is full: nobody's fault of the revision."""
    LACKING = "lacking"
    """It asks for an extension that the throwaway server has not."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a step, or a whole upgrade, did not pass.

    `message` is one masked line, without a traceback. `at` is the deepest line of the project's own that was
    running (in the revision's file, where it was). `statement` is the SQL that failed, empty where none did.
    """

    ending: Ending
    message: str
    at: Location | None = None
    statement: str = ""
    sqlstate: str = ""
    revision: str = ""


@dataclass(frozen=True, slots=True)
class Lost:
    """Rows or values that stood in a table before a step and are gone after it went up and down again.

    `column` is empty where whole rows are gone.
    """

    table: str
    column: str = ""


@dataclass(frozen=True, slots=True)
class Lock:
    """A lock that a step held at its end on a table that stood before it, by PostgreSQL's mode.

    `scans` is how often the whole table was read during the step, by the server's own count; `rewrote` is
    whether it was written anew. An instant's change of the catalogue does neither.
    """

    table: str
    mode: str
    scans: int = 0
    rewrote: bool = False

    @property
    def blocks_reads(self) -> bool:
        """Whether nobody can read the table while it is held."""
        return self.mode == "AccessExclusiveLock"

    @property
    def blocks_writes(self) -> bool:
        """Whether nobody can write to the table while it is held."""
        return self.mode in {
            "AccessExclusiveLock",
            "ExclusiveLock",
            "ShareRowExclusiveLock",
            "ShareLock",
        }

    def waits(self, statements: Sequence[str]) -> bool:
        """Tell whether requests wait on the table for as long as it takes to go through its rows.

        `statements` are what the step ran, in order: reads that came before anything else touched the table
        took no such lock, and account for as many scans as they name the table.
        """
        return self.rewrote or (self.blocks_writes and self.scans > _read_before(statements, self.table))


_READS = re.compile(
    r"\s*(?:SELECT|INSERT|UPDATE|DELETE|WITH|MERGE|CREATE\b[^(]*\b(?:TABLE|VIEW)\b[^(]*\bAS\b)", re.IGNORECASE
)
"""Statements that go through rows, and lock no other than their own."""
_CREATES = re.compile(
    r"""\s*CREATE\s+(?:UNLOGGED\s+)?TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?(?:"?\w+"?\.)?"?(\w+)""", re.IGNORECASE
)
_LETS_ALL = re.compile(
    r"\s*(?:COMMENT|GRANT|REVOKE|ANALYZE|EXPLAIN|SET|SHOW|CREATE\b[^(]*\bFUNCTION)\b", re.IGNORECASE
)
"""Statements that may name a table and keep nobody from it."""


def _read_before(statements: Sequence[str], table: str) -> int:
    """Return how often statements that only go through rows read a table, before any other names it."""
    bare = re.escape(table.rpartition(".")[2])
    named = re.compile(rf"(?<!\w){bare}(?!\w)", re.IGNORECASE)
    read = re.compile(
        rf"""(?:\b(?:FROM|JOIN|UPDATE|USING)\s|,)\s*(?:ONLY\s+)?(?:"?\w+"?\.)?"?{bare}"?(?![\w."])""",
        re.IGNORECASE,
    )
    times = 0
    for statement in statements:
        if _READS.match(statement):
            times += len(read.findall(statement))
        elif named.search(statement) and not _LETS_ALL.match(statement):
            break
    return times


NEEDS_SQUAWK = "needs deploycheck[squawk]"
"""The `hazards_problem` of a history where squawk is not installed."""


@dataclass(frozen=True, slots=True)
class Hazard:
    """What squawk says of a statement that a revision was seen to run."""

    rule: str
    message: str
    statement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsedRevision:
    """One revision, rehearsed.

    `pending` is whether the target does not have it yet (all are, where nobody said where it stands).
    `up`, `down` and `again` are the failures of the three steps, None where the step passed. `went_down` is
    whether a step down was tried and passed. `traces` are the differences between the schema before the step
    up and the one after the step down, as lines like DDL; `differs` those between the two steps up. `changed`
    is whether the step up changed the schema at all, as far as can be seen, and `filled` whether every table
    that stood before it had a row.
    `with_rows` is the failure of the step up with one row in each table where it passes on empty ones;
    `down_with_rows` the same of the step down. `lost` is what the round trip took. `locks` are what was seen
    before the commit, of tables that stood before; a lock that was given back by then (CONCURRENTLY, a commit
    of the revision's own) is not among them. `statements` are what ran on the way up. `without` is a revision
    before it that was left out because it fails: what is seen after that is likely, not certain.
    `not_rehearsed` says why nothing of this is known, and then nothing is.
    """

    id: str
    path: str
    line: int = 1
    pending: bool = True
    up: Failure | None = None
    down: Failure | None = None
    again: Failure | None = None
    went_down: bool = False
    traces: tuple[str, ...] = ()
    differs: tuple[str, ...] = ()
    changed: bool = False
    filled: bool = False
    with_rows: Failure | None = None
    down_with_rows: Failure | None = None
    lost: tuple[Lost, ...] = ()
    locks: tuple[Lock, ...] = ()
    hazards: tuple[Hazard, ...] = ()
    statements: tuple[str, ...] = field(default=(), repr=False)
    is_merge: bool = False
    without: str = ""
    seconds: float = field(default=0.0, compare=False)
    not_rehearsed: str = ""

    @property
    def waiting(self) -> tuple[Lock, ...]:
        """The locks behind which requests wait for as long as the table has rows to go through."""
        return tuple(lock for lock in self.locks if lock.waits(self.statements))

    @property
    def reversible(self) -> bool:
        """Whether it was seen to go up, down without a trace, and up again to the same schema."""
        failed = self.up or self.down or self.down_with_rows or self.again
        return self.went_down and not (failed or self.traces or self.differs)


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsedHistory:
    """One history, rehearsed on one backend.

    `name` is the script directory's, `server` what it ran on ("PostgreSQL 18.4, embedded"), `guess` why that
    backend where nothing tells production's, `python` which interpreter ran the code. `upgrade` is why
    `upgrade head` from nothing fails, run as production runs it, None where it passes. `start` is the
    revision where the target stands, empty where nobody said; `from_start` is why `upgrade head` fails
    from there.
    `drift` are the differences between the models and the migrated schema by Alembic's own comparison, None
    where it could not compare (`drift_problem` says why); `hazards_problem` is why squawk said nothing.
    `stubbed` are extensions that a stand-in replaced.
    `not_rehearsed` says why the whole was not, or stopped before its end; `isolation` how the child was kept
    from every other database.
    """

    name: str
    backend: str
    server: str
    guess: str = ""
    python: str = ""
    revisions: tuple[RehearsedRevision, ...] = ()
    upgrade: Failure | None = None
    start: str = ""
    from_start: Failure | None = None
    drift: tuple[str, ...] | None = None
    drift_problem: str = ""
    hazards_problem: str = ""
    stubbed: tuple[str, ...] = ()
    isolation: str = ""
    not_rehearsed: str = ""
    seconds: float = field(default=0.0, compare=False)

    def made_by_pending(self, revision: RehearsedRevision) -> frozenset[str]:
        """Return the tables that pending revisions before one create: in production they are new then too."""
        before = itertools.takewhile(lambda r: r.id != revision.id, self.revisions)
        statements = (s for r in before if r.pending for s in r.statements)
        return frozenset(found[1].lower() for s in statements if (found := _CREATES.match(s)))

    @property
    def coverage(self) -> tuple[int, int]:
        """How many of the revisions that were rehearsed were seen to be reversible, and how many they are.

        Merges count in neither.
        """
        counted = [r for r in self.revisions if not r.not_rehearsed and not r.is_merge]
        return sum(r.reversible for r in counted), len(counted)


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """Every history that was rehearsed, or could not be."""

    histories: tuple[RehearsedHistory, ...] = ()

    def of(self, name: str) -> tuple[RehearsedHistory, ...]:
        """Return the rehearsals of one script directory, one for each backend."""
        return tuple(h for h in self.histories if h.name == name)
