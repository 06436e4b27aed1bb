"""What changes the schema besides the migrations."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.checks.applies import a_deployment
from deploycheck.facts.deploying.model import Act
from deploycheck.facts.rewording import without_call
from deploycheck.facts.schema.histories import histories_of
from deploycheck.facts.schema.metadata import TableCall, table_calls
from deploycheck.facts.schema.model import Action, Change, Thing
from deploycheck.facts.schema.moments import Moment, Moments
from deploycheck.facts.schema.outside import SchemaCall, schema_calls
from deploycheck.findings import Draft, Fix, Severity, Step
from deploycheck.python.resolution import told_once
from deploycheck.python.syntax import nodes_in
from deploycheck.rules import Reads, rule

if TYPE_CHECKING:
    from deploycheck.facts.deployments import Deployment
    from deploycheck.facts.migrations.model import ScriptDirectory
    from deploycheck.project import Project
    from deploycheck.python.program import Call

WHO = {
    Moment.BEFORE: "A script that runs before the server",
    Moment.STARTUP: "Start-up",
    Moment.REQUEST: "A request",
}
_VERBS = {
    Action.CREATE: "creates",
    Action.DROP: "drops",
    Action.ALTER: "alters",
    Action.RENAME: "renames",
}
_NAMED = 3
_SHOWN = 6


def a_history(project: Project) -> str:
    """Return why nothing can be judged beside Alembic's migrations, if nothing can."""
    return a_deployment(project) or (
        "" if any(d.revisions for d in project.script_directories) else "no Alembic migrations here"
    )


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
    told: set[str] = set()
    for found in _all_found(project):
        for calls in _by_function(found.calls):
            draft = _changed(found, calls)
            if draft.subject not in told:
                told.add(draft.subject)
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


def place_of(call: Call) -> str:
    """Name the function that a call stands in, with its class: it stays the same when code moves."""
    names: list[str] = []
    scope = call.scope
    while scope.parent is not None:
        names.insert(0, getattr(scope.node, "name", "lambda"))
        scope = scope.parent
    return ".".join(names) or "module"


def _changed(found: _Found, calls: Sequence[SchemaCall]) -> Draft:
    first = min(calls, key=lambda c: (list(Moment).index(c.reach.moment), c.call.location))
    changes = tuple(dict.fromkeys(c for one in calls for c in one.changes))
    does = _told(changes)
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
        trail=(*_trail(first, calls), *_beside(found.histories)),
        certain=any(one.reach.sure for one in calls) and not found.deployment.tentative,
        severity=None if found.histories or lost else Severity.MEDIUM,
        fix=_moved(found, changes, lost=lost),
    )


def _trail(first: SchemaCall, calls: Sequence[SchemaCall]) -> tuple[Step, ...]:
    shown = [Step(c.call.module.source(c.call.node), c.call.location) for c in calls[:_SHOWN]]
    return told_once((*first.reach.steps, *shown))


def _beside(histories: Sequence[ScriptDirectory]) -> tuple[Step, ...]:
    return tuple(
        Step(f"the migrations: {len(d.revisions)} revisions in {d.name}", d.at) for d in histories[:1]
    )


def _told(changes: Sequence[Change]) -> str:
    """Write what is changed for people: `creates column tools.shelf and drops table tags`."""
    told = list(dict.fromkeys(_one_told(c) for c in changes))
    more = len(told) - _NAMED
    shown = told[:_NAMED] if more > 0 else told
    if more > 0:
        return f"{', '.join(shown)} and {more} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else shown[0]


def _one_told(change: Change) -> str:
    adds = (change.action, change.thing) == (Action.CREATE, Thing.COLUMN)
    verb = "adds" if adds else _VERBS[change.action]
    if change.table and change.thing is Thing.COLUMN and not change.name:
        return f"{verb} a column {'to' if adds else 'of'} {change.table}"
    if not (change.table or change.name):
        article = "an" if change.thing is Thing.INDEX else "a"
        return f"{verb} {article} {change.thing}"
    return f"{verb} {str(change).partition(' ')[2]}"


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
    example = next((text for c in changes if (text := _as_operation(c))), "")
    shown = f" (`{example}`)" if example else ""
    return Fix(
        f"move it into a revision{shown} with a downgrade, and take it out of here",
        question="Do some databases have this already? Then let the revision look before it changes them.",
    )


def _as_operation(change: Change) -> str:
    """Write a change as Alembic's operation, where that is plain."""
    if change.action is Action.CREATE and change.thing is Thing.COLUMN and change.table and change.name:
        return f'op.add_column("{change.table}", sa.Column("{change.name}", …))'
    if change.action is Action.DROP and change.thing is Thing.COLUMN and change.table and change.name:
        return f'op.drop_column("{change.table}", "{change.name}")'
    if change.action is Action.DROP and change.thing is Thing.TABLE and change.table:
        return f'op.drop_table("{change.table}")'
    if change.action is Action.CREATE and change.thing is Thing.TABLE and change.table:
        return f'op.create_table("{change.table}", …)'
    return ""


@rule(
    "MIG008",
    "create-all",
    severity=Severity.HIGH,
    debt="DEPLOY-6",
    reads=Reads.PYTHON | Reads.MANIFESTS,
    requires=(a_history,),
)
def create_all(project: Project) -> Iterator[Draft]:
    """Production creates its tables from the models, beside the migrations that should.

    **Why.** `create_all` makes each table that is missing and touches none that is there. A new model's table
    so exists before its migration has run, which then fails with "already exists"; a new column of an old
    table never comes, and nobody notices that its migration was forgotten. Alembic's version table knows
    nothing of all this. `checkfirst` changes none of it.

    **Fix.** Take the call out of what production runs and let `alembic upgrade head` make the tables, on
    developers' machines too. Tests may keep it.

    **Silent when** production does not get to it (tests, scripts that nothing starts, a test of the
    environment or of the backend that rules it out), it makes the tables of another database (a cache in a
    file beside the server), or Alembic's `stamp` stands beside it under a test that the
    database is empty.

    Source: SQLAlchemy's `MetaData.create_all` emits CREATE for tables that are not present, and no ALTER.
    """
    told: set[str] = set()
    for deployment in project.deployments:
        histories = histories_of(deployment, project.script_directories)
        calls = table_calls(deployment, Moments(deployment)) if histories else ()
        for one in calls:
            subject = f"{one.call.module.path}: {place_of(one.call)}"
            if one.name == "create_all" and subject not in told and not _stamps(one):
                told.add(subject)
                yield _created(project, deployment, histories, one)


def _stamps(one: TableCall) -> bool:
    """Tell whether the version is written down too, under a test (that the database is empty)."""
    call = one.call
    guarded = bool(call.program.conditions(call.scope, call.node, 1))
    body: ast.AST = call.function or call.module.tree
    names = (n.func for n in nodes_in(body) if isinstance(n, ast.Call))
    return guarded and any("stamp" in ast.unparse(n).rpartition(".")[2] for n in names)


def _created(
    project: Project, deployment: Deployment, histories: Sequence[ScriptDirectory], one: TableCall
) -> Draft:
    call = one.call
    return Draft(
        message=(
            f"{WHO[one.reach.moment]} creates every table that is missing, past Alembic: a new table's own "
            "migration then fails, and a new column of an old table never comes."
        ),
        at=call.location,
        subject=f"{call.module.path}: {place_of(call)}",
        trail=(
            *told_once((*one.reach.steps, Step(call.module.source(call.node), call.location))),
            *_beside(histories),
        ),
        certain=one.reach.sure and not deployment.tentative,
        fix=_without(project, one),
    )


def _without(project: Project, one: TableCall) -> Fix:
    """Say how to do without it: as a patch only where the migrations are run by something."""
    tasks = (task for way in project.ways if way.deploys for task in way.tasks)
    migrated = any(Act.MIGRATE in task.acts for task in tasks)
    if migrated:
        return Fix(
            "take it out: the deployment runs the migrations, which make the tables",
            edits=without_call(one.call.module, one.call.node),
        )
    return Fix(
        "run `alembic upgrade head` before the server starts, then take this call out",
        question="Which step of the deployment can run the migrations (a release command, a job)?",
    )
