"""A target that lacks revisions of the code that is to run on it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.checks.applies import a_migration, a_target
from deploycheck.checks.mig.applying import Applying, Runs, applying
from deploycheck.checks.mig.branches import all_read, is_whole
from deploycheck.facts.migrations.chosen import command_for
from deploycheck.facts.schema.model import Action, Thing
from deploycheck.findings import Draft, Evidence, Fix, Severity, Step
from deploycheck.rules import Reads, rule

if TYPE_CHECKING:
    from deploycheck.facts.migrations.model import Revision
    from deploycheck.facts.migrations.operations import Operation
    from deploycheck.facts.migrations.standing import Standing
    from deploycheck.facts.target import Target
    from deploycheck.project import Project

_STEPS = 12
"""How many pending revisions a trail names."""


@rule(
    "MIG101",
    "behind",
    severity=Severity.CRITICAL,
    debt="DEPLOY-6",
    reads=Reads.MIGRATIONS | Reads.PYTHON | Reads.MANIFESTS,
    requires=(a_migration, a_target),
)
def behind(project: Project) -> Iterator[Draft]:
    """Production starts new code on a database that lacks revisions, and no step of the deployment runs them.

    **Why.** The new code asks for columns and tables that are not there yet: every request that touches them
    fails, from the first second on. A database that was never stamped is worse: Alembic takes it for an empty
    one, starts at the first revision, and stops at the first table that is there already.

    **Fix.** `alembic upgrade head` on the target before the new code serves, best as a step of the
    deployment. Where the tables came from `create_all` or by hand, `alembic stamp` with the revision that
    they match.

    **Silent when** the target has every revision that production's own commands go to. Low where a step of
    the deployment surely runs the pending ones: then it is what this deployment will do to the database, no
    fault. High where it may (a script that is not here), where the history may live in another database, or
    not all of the history could be read.

    Source: the version table that env.py names, read from the target; `alembic current` reads the same.
    """
    target = project.target
    if target is None:
        return
    for directory in project.script_directories:
        own = [s for s in project.standings if s.directory is directory]
        late = [s for s in own if s.pending]
        if late:
            yield _behind(project, target, late, len(own))
    all_read(project)


def _behind(project: Project, target: Target, found: list[Standing], total: int) -> Draft:
    """Tell of the one that lacks most, and of how many more there are."""
    worst = max(found, key=lambda s: len(s.pending))
    directory = worst.directory
    clash = _clash(project, target, worst)
    who = applying(project, directory)
    if clash is not None:
        severity, certain = None, clash.certain and not clash.guarded
    else:
        severity = Severity.LOW if who.runs is Runs.SURELY else None
        certain = who.runs is not Runs.PERHAPS
    others = f" ({len(found)} of {total} schemas are behind; this is the furthest.)" if len(found) > 1 else ""
    return Draft(
        message=f"{_stands(target, worst)} {_follows(worst, clash, who)}{others}",
        at=worst.pending[0].at,
        subject=f"{directory.name} behind",
        trail=(*_trail(worst), *_of_clash(clash), *_of_step(who)),
        certain=certain and worst.certain and is_whole(directory) and not directory.elsewhere,
        severity=severity,
        evidence=Evidence.OBSERVED,
        fix=_fix(worst, clash, who),
    )


def _stands(target: Target, standing: Standing) -> str:
    """Say where the target stands, and what is pending."""
    pending = _pending(standing.pending)
    table = standing.table
    if standing.current and table is not None:
        at = ", ".join(r.id for r in standing.current)
        where = f" ({table.shown})" if table.schema or table.name != "alembic_version" else ""
        return f"The target is at {at}{where}, and lacks {pending}."
    if table is not None:
        return f"The target's version table {table.shown} has no row, so all is pending: {pending}."
    if not target.tables:
        return f"The target is empty: it lacks {pending}."
    name = f"{standing.name.schema}.{standing.name.name}" if standing.name.schema else standing.name.name
    return f"The target has tables and no version table ({name}), so all is pending: {pending}."


def _pending(pending: tuple[Revision, ...]) -> str:
    if len(pending) == 1:
        return f"1 revision, {pending[0].id}"
    return f"{len(pending)} revisions, {pending[0].id} to {pending[-1].id}"


def _follows(standing: Standing, clash: Operation | None, who: Applying) -> str:
    """Say what will happen."""
    if clash is not None:
        return f"The upgrade fails at its start: the table {clash.change.table} is there already."
    if who.way is not None and who.runs is Runs.SURELY:
        these = "it" if len(standing.pending) == 1 else "them"
        return f"{who.way.name} will run {these}."
    if who.runs is Runs.PERHAPS:
        return "Unless a step that could not be followed runs them, new code starts on the old schema."
    return "Nothing in the deployment runs them: new code starts on the old schema."


def _clash(project: Project, target: Target, standing: Standing) -> Operation | None:
    """Return the first table that the first pending revision with tables makes, where it is there already."""
    if standing.current:
        return None
    coverage = next((c for c in project.coverages if c.directory is standing.directory), None)
    for one in coverage.revisions if coverage is not None else ():
        made = [o for o in one.upgrade.operations if _makes_a_table(o)]
        if one.revision in standing.pending and made:
            return next((o for o in made if _is_there(o.change.table, target, standing)), None)
    return None


def _makes_a_table(operation: Operation) -> bool:
    change = operation.change
    return change.action is Action.CREATE and change.thing is Thing.TABLE and not change.tolerant


def _is_there(table: str, target: Target, standing: Standing) -> bool:
    schema, _, name = table.rpartition(".")
    own = standing.table.in_schema if standing.table is not None and standing.table.schema else ""
    return (schema or own, name) in target.tables


def _trail(standing: Standing) -> Iterator[Step]:
    for revision in standing.pending[:_STEPS]:
        yield Step(
            f"{revision.id} is pending{f': {revision.message}' if revision.message else ''}", revision.at
        )
    if len(standing.pending) > _STEPS:
        yield Step(f"and {len(standing.pending) - _STEPS} more")


def _of_clash(clash: Operation | None) -> Iterator[Step]:
    if clash is not None:
        yield Step(clash.text, clash.at)


def _of_step(who: Applying) -> Iterator[Step]:
    if who.task is not None:
        yield Step(who.task.text, who.task.at)


def _fix(standing: Standing, clash: Operation | None, who: Applying) -> Fix:
    directory = standing.directory
    if clash is not None:
        command = command_for(directory, "stamp", "REVISION")
        return Fix(
            f"`{command}` tells Alembic where the tables stand; then upgrade",
            question="Which revision does the target's schema match?",
        )
    goal = "heads" if len(directory.graph.real_heads) > 1 else "head"
    command = command_for(directory, "upgrade", goal)
    if who.runs is Runs.SURELY:
        return Fix("make sure that this deployment is meant to change the schema, and that a backup is there")
    return Fix(f"run `{command}` on the target before the new code serves")
