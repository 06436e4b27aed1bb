"""What changes the schema besides the migrations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.checks.applies import a_deployment
from deploycheck.checks.mig.places import WHO, beside, place_of
from deploycheck.checks.mig.wording import as_operation, told
from deploycheck.facts.schema.histories import histories_of
from deploycheck.facts.schema.metadata import table_calls
from deploycheck.facts.schema.model import Action, Change, Thing
from deploycheck.facts.schema.moments import Moment, Moments
from deploycheck.facts.schema.outside import SchemaCall, schema_calls
from deploycheck.findings import Draft, Fix, Severity, Step
from deploycheck.python.resolution import told_once
from deploycheck.rules import Reads, rule

if TYPE_CHECKING:
    from deploycheck.facts.deployments import Deployment
    from deploycheck.facts.migrations.model import ScriptDirectory
    from deploycheck.project import Project

_SHOWN = 6


@dataclass(frozen=True, slots=True)
class _Found:
    """What one function of the app's code does to the schema."""

    deployment: Deployment
    histories: tuple[ScriptDirectory, ...]
    calls: tuple[SchemaCall, ...]


@rule(
    "MIG007",
    "ddl-outside",
    severity=Severity.HIGH,
    debt="DEPLOY-6",
    reads=Reads.PYTHON | Reads.MANIFESTS,
    requires=(a_deployment,),
)
def ddl_outside(project: Project) -> Iterator[Draft]:
    """Production changes the schema with SQL of its own, where no migration knows of it.

    **Why.** Which databases have had the change is written down nowhere. No downgrade takes it back, so the
    code before it may not run on the database any more. The next `alembic revision --autogenerate` drops
    what it added, or adds it again, and that migration then fails in production only.

    **Fix.** Write a revision that does the same, and run it once, before the new code starts. Where some
    databases have the change already, let the revision look first (`IF NOT EXISTS`, `inspect(bind)`).

    **Silent when** production does not get to the statement (tests, scripts that nothing starts, a test that
    rules it out), it makes a temporary table, a partition or a table that only a request knows, or it speaks
    to another database than the migrations do (a warehouse, a cache in a file). What only makes room for
    tables (`CREATE EXTENSION`, `CREATE SCHEMA`) is not told. Without any Alembic history, only changes of
    tables that are there are told, and as medium: there is nothing that they stand outside of, but nothing
    that records them or takes them back either.

    Source: Alembic compares the database with the models and its own revisions, and with nothing else.
    """
    reported: set[str] = set()
    for found in _all_found(project):
        for calls in _by_function(found.calls):
            draft = _changed(found, calls)
            if draft.subject not in reported:
                reported.add(draft.subject)
                yield draft


def _all_found(project: Project) -> Iterator[_Found]:
    for deployment in project.deployments:
        moments = Moments(deployment)
        histories = histories_of(deployment, project.script_directories)
        kept = _kept(
            project, [*schema_calls(deployment, moments, project.tree), *_drops(deployment, moments)]
        )
        calls = kept if histories else [c for one in kept for c in _by_hand(one)]
        if calls:
            yield _Found(deployment, histories, tuple(calls))


def _drops(deployment: Deployment, moments: Moments) -> Iterator[SchemaCall]:
    """Yield the calls of `drop_all`: they drop every table."""
    for one in table_calls(deployment, moments):
        if one.name == "drop_all":
            yield SchemaCall(one.call, (Change(Action.DROP, Thing.TABLE, kind="all"),), one.reach)


def _kept(project: Project, calls: Iterable[SchemaCall]) -> list[SchemaCall]:
    """Leave out what stands in a history itself."""
    own = {d.env.path for d in project.script_directories if d.env is not None}
    own |= {r.path for d in project.script_directories for r in d.revisions}
    return [c for c in calls if c.call.module.path not in own]


def _by_hand(one: SchemaCall) -> Iterator[SchemaCall]:
    """Yield what changes tables that are there, for an app without Alembic; not its own migrations."""
    if one.reach.moment is Moment.REQUEST or "migrat" in one.call.module.path:
        return
    changes = tuple(c for c in one.changes if c.action is not Action.CREATE or c.thing in _PARTS)
    if changes:
        yield SchemaCall(one.call, changes, one.reach)


_PARTS = frozenset({Thing.COLUMN, Thing.CONSTRAINT, Thing.TYPE_VALUE})


def _by_function(calls: Iterable[SchemaCall]) -> Iterator[list[SchemaCall]]:
    """Yield the calls of each function together; what a function makes and drops itself is left out."""
    groups: dict[tuple[str, int], list[SchemaCall]] = {}
    for one in calls:
        groups.setdefault((one.call.module.path, id(one.call.function)), []).append(one)
    for group in groups.values():
        working = _working_tables(group)
        left = [one for one in group if any(c.table not in working for c in one.changes)]
        if left:
            yield left


def _working_tables(group: Sequence[SchemaCall]) -> set[str]:
    """Return the tables that are both made and dropped here, and not given another name between."""
    changes = [c for one in group for c in one.changes if c.thing is Thing.TABLE and c.table]
    made = {c.table for c in changes if c.action is Action.CREATE}
    renamed = {name for c in changes if c.action is Action.RENAME for name in (c.table, c.new_name)}
    return made & {c.table for c in changes if c.action is Action.DROP} - renamed


def _changed(found: _Found, calls: Sequence[SchemaCall]) -> Draft:
    first = min(calls, key=lambda c: (list(Moment).index(c.reach.moment), c.call.location))
    changes = tuple(dict.fromkeys(c for one in calls for c in one.changes))
    does = told(changes)
    who = WHO[first.reach.moment]
    if any(c.kind == "all" and c.thing is Thing.TABLE for c in changes):
        message = f"{who} drops every table of the database, with all rows."
    elif found.histories:
        message = f"{who} {does} past Alembic: no revision knows of it, and no downgrade takes it back."
    else:
        message = f"{who} {does} by hand: nothing records which databases have had it, or takes it back."
    lost = message.startswith(f"{who} drops every")
    return Draft(
        message=message,
        at=first.call.location,
        subject=f"{first.call.module.path}: {place_of(first.call)}",
        trail=(*_trail(first, calls), *beside(found.histories)),
        certain=any(one.reach.sure for one in calls) and not found.deployment.tentative,
        severity=None if found.histories or lost else Severity.MEDIUM,
        fix=_moved(found, changes, lost=lost),
    )


def _trail(first: SchemaCall, calls: Sequence[SchemaCall]) -> tuple[Step, ...]:
    shown = [Step(c.call.module.source(c.call.node), c.call.location) for c in calls[:_SHOWN]]
    return told_once((*first.reach.steps, *shown))


def _moved(found: _Found, changes: Sequence[Change], *, lost: bool) -> Fix:
    if lost:
        return Fix(
            "take drop_all out of the code that production runs; a test or a script of its own may keep it"
        )
    if not found.histories:
        return Fix(
            "keep the schema with Alembic: a first revision of what is there, then one for each change",
            question="Which databases have had these changes? The first revision must fit them all.",
        )
    example = next((text for c in changes if (text := as_operation(c))), "")
    shown = f" (`{example}`)" if example else ""
    return Fix(
        f"move it into a revision{shown} with a downgrade, and take it out of here",
        question="Do some databases have this already? Then let the revision look before it changes them.",
    )
