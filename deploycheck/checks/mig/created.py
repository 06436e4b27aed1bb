"""Tables that are made from the models, beside the migrations that should make them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from deploycheck.checks.mig.places import WHO, a_history, beside, place_of
from deploycheck.facts.deploying.model import Act
from deploycheck.facts.rewording import without_call
from deploycheck.facts.schema.histories import histories_of
from deploycheck.facts.schema.metadata import TableCall, table_calls
from deploycheck.facts.schema.moments import Moments
from deploycheck.findings import Draft, Fix, Severity, Step
from deploycheck.python.resolution import told_once
from deploycheck.python.syntax import nodes_in
from deploycheck.rules import Reads, rule

if TYPE_CHECKING:
    from deploycheck.facts.deployments import Deployment
    from deploycheck.facts.migrations.model import ScriptDirectory
    from deploycheck.project import Project

_TABLES = {"create_all": "every table", "create": "a table"}


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
    nothing of all this. `checkfirst` changes none of it. A table's own `create` does the same for one.

    **Fix.** Take the call out of what production runs and let `alembic upgrade head` make the tables, on
    developers' machines too. Tests may keep it.

    **Silent when** production does not get to it (tests, scripts that nothing starts, a test of the
    environment or of the backend that rules it out, a switch that is off unless something turns it on), it
    makes the tables of another database (a cache in a
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
            if one.name != "drop_all" and subject not in told and not _stamps(one):
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
            f"{WHO[one.reach.moment]} creates {_TABLES[one.name]} that is missing, past Alembic: a new "
            "table's own migration then fails, and a new column of an old table never comes."
        ),
        at=call.location,
        subject=f"{call.module.path}: {place_of(call)}",
        trail=(
            *told_once((*one.reach.steps, Step(call.module.source(call.node), call.location))),
            *beside(histories),
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
