"""What is said of a revision that was rehearsed: its place, how certain a failure is, and on what it ran."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.facts.rehearsed import Ending
from deploycheck.findings import Location, Step
from deploycheck.rules import Incomplete

if TYPE_CHECKING:
    from deploycheck.facts.migrations.model import Revision
    from deploycheck.facts.rehearsed import Failure, RehearsedHistory, RehearsedRevision
    from deploycheck.project import Project

_LINES = 12
"""How many differences a trail shows."""
_LONGEST = 300
"""How much of a statement it shows."""

_OF_THE_SERVER = re.compile(
    r"\b(?:role|extension|tablespace|schema|database|server|foreign-data wrapper|text search \w+|language"
    r'|collation) "'
    r"|function (?:\w+\.)?(?:uuid_|gen_salt|crypt|digest|hmac|pgp_|(?:word_)?similarity|unaccent|st_|hstore)"
    r"|permission denied|must be (?:superuser|owner)",
    re.IGNORECASE,
)
"""Complaints about what a server of production may have been given by hand."""


def histories(project: Project) -> tuple[RehearsedHistory, ...]:
    """Return what was rehearsed of each history."""
    return project.rehearsal.histories if project.rehearsal is not None else ()


def revisions(project: Project) -> Iterator[tuple[RehearsedHistory, RehearsedRevision]]:
    """Yield each revision that was rehearsed, with its history."""
    for history in histories(project):
        yield from ((history, one) for one in history.revisions if not one.not_rehearsed)


def all_rehearsed(project: Project) -> None:
    """Let a rule be incomplete where some of the revisions were not rehearsed. Raises `Incomplete`."""
    for history in histories(project):
        left = [one for one in history.revisions if one.not_rehearsed]
        if left:
            more = f" (and {len(left) - 1} more)" if len(left) > 1 else ""
            raise Incomplete(f"{left[0].id}{more} was not rehearsed: {left[0].not_rehearsed}")
        if history.not_rehearsed:
            raise Incomplete(f"{history.name} was not rehearsed: {history.not_rehearsed}")


def is_certain(failure: Failure) -> bool:
    """Tell whether production fails in the same way: the database itself rejects a statement.

    An error of the code may come from what the throwaway has not: a variable, a service, rows. So may one
    about a role or an extension. One that takes too long may only be slow here.
    """
    rejected = failure.ending is Ending.FAILED and bool(failure.statement)
    return rejected and not _OF_THE_SERVER.search(failure.message)


def what(failure: Failure) -> str:
    """Write why a step failed, to stand after a colon and before a full stop."""
    return failure.message.rstrip(".")


def at_failure(project: Project, failure: Failure, one: RehearsedRevision) -> Location:
    """Return the line of the revision's own that failed, else where its id is."""
    if failure.at is not None and failure.at.path == one.path:
        return failure.at
    read = revision_of(project, one)
    return read.at if read is not None else Location(one.path, one.line)


def failing(history: RehearsedHistory, failure: Failure) -> RehearsedRevision | None:
    """Return the revision that a failure of the whole upgrade is about."""
    return next((one for one in history.revisions if one.id == failure.revision), None)


def revision_of(project: Project, one: RehearsedRevision) -> Revision | None:
    """Return the revision as it was read."""
    read = (r for d in project.script_directories for r in d.revisions)
    return next((r for r in read if r.id == one.id and r.path == one.path), None)


def at_revision(project: Project, one: RehearsedRevision) -> Location:
    """Return where the id of a revision is written, else its file."""
    read = revision_of(project, one)
    return read.at if read is not None else Location(one.path, one.line)


def at_downgrade(project: Project, one: RehearsedRevision) -> Location:
    """Return where the downgrade of a revision is written in its own file, else where its id is."""
    read = revision_of(project, one)
    if read is None:
        return Location(one.path, one.line)
    function = read.downgrade
    if function is None or function.scope.module is not read.module:
        return read.at
    return Location(read.path, function.node.lineno, function.node.col_offset + 1)


def told(
    failure: Failure, history: RehearsedHistory, one: RehearsedRevision | None = None
) -> tuple[Step, ...]:
    """Return the trail of a failure: the statement, and the server that rejected it."""
    statement = " ".join(failure.statement.split())
    shown = statement if len(statement) <= _LONGEST else statement[: _LONGEST - 1] + "…"
    ran = (Step(shown, failure.at),) if shown else ()
    return (*ran, *(ran_on(history, one) if one is not None else (rehearsed_on(history),)))


def listed(lines: tuple[str, ...]) -> tuple[Step, ...]:
    """Return a trail of differences."""
    more = (Step(f"and {len(lines) - _LINES} more"),) if len(lines) > _LINES else ()
    return (*(Step(line) for line in lines[:_LINES]), *more)


def rehearsed_on(history: RehearsedHistory) -> Step:
    """Return the step that tells of the server."""
    return Step(f"rehearsed on {history.server}")


def ran_on(history: RehearsedHistory, one: RehearsedRevision) -> tuple[Step, ...]:
    """Return the steps that tell of the server, and of what was not there as it would be in production."""
    left_out = (Step(f"{one.without} was left out before it, because it fails"),) if one.without else ()
    return (rehearsed_on(history), *left_out)
