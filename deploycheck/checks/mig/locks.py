"""Migrations that wait for locks without end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.checks.applies import a_deployment, a_migration
from deploycheck.facts.migrations.dialects import dialect_of
from deploycheck.facts.migrations.lock_timeouts import Run, lock_timeouts, online_run
from deploycheck.findings import Draft, Edit, Fix, Location, Severity
from deploycheck.rules import Reads, rule

if TYPE_CHECKING:
    from deploycheck.facts.migrations.model import ScriptDirectory
    from deploycheck.project import Project

_ASKED = 'if context.get_context().dialect.name == "postgresql":'
"""A test or a developer may run the same env.py on SQLite, which does not know the statement."""
_STATEMENT = "    context.execute(\"SET lock_timeout = '5s'\")"


@rule(
    "MIG015",
    "no-lock-timeout",
    severity=Severity.LOW,
    debt="DEPLOY-6",
    reads=Reads.PYTHON,
    requires=(a_migration, a_deployment),
)
def no_lock_timeout(project: Project) -> Iterator[Draft]:
    """Migrations wait for locks without end, and all requests on the table wait behind them.

    **Why.** ALTER TABLE needs a lock that excludes all others. One long query holds it up, and every new
    query queues behind the waiting ALTER: the app stands still though nothing has been changed yet. With a
    `lock_timeout` the migration fails after some seconds, changes nothing, and can be run again.

    **Fix.** `SET lock_timeout = '5s'` where env.py runs the migrations, or
    `PGOPTIONS="-c lock_timeout=5s"` for the command that migrates.

    **Silent when** nothing says that production's database is PostgreSQL, or anything sets `lock_timeout`:
    env.py and what it imports, a revision, a variable of the deployment, a script, a pipeline, SQL
    (`ALTER ROLE … SET`).

    Source: PostgreSQL's own default is 0, no limit; its lock queue is first come, first served.
    """
    for directory in project.script_directories:
        dialect = dialect_of(directory, project.deployments)
        if dialect.name != "postgresql" or directory.env is None:
            continue
        if not lock_timeouts(directory, project.tree, project.deployments):
            run = online_run(directory)
            yield Draft(
                message=(
                    "Nothing sets a lock_timeout for the migrations: one that meets a long query waits "
                    "without end, and every request on that table waits behind it."
                ),
                at=run.at if run is not None else Location(directory.env.path),
                subject=directory.name,
                trail=dialect.trail,
                certain=dialect.certain,
                fix=_fix(directory, run),
            )


def _fix(directory: ScriptDirectory, run: Run | None) -> Fix:
    remedy = "set lock_timeout before the migrations run, for example to 5 seconds"
    if run is None or not run.before or directory.env is None:
        return Fix(remedy)
    text = f"{run.indent}{_ASKED}\n{run.indent}{_STATEMENT}"
    edit = Edit(directory.env.path, run.before, run.before - 1, text)
    return Fix(remedy, edits=(edit,))
