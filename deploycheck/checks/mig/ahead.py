"""A target that has revisions which the code to be deployed does not go to, or does not even have."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.checks.applies import a_migration, a_target
from deploycheck.checks.mig.branches import all_read, is_whole
from deploycheck.checks.mig.telling import some
from deploycheck.facts.migrations.chosen import command_for
from deploycheck.facts.migrations.coverage import State
from deploycheck.findings import Draft, Evidence, Fix, Location, Severity, Step
from deploycheck.rules import Reads, rule

if TYPE_CHECKING:
    from deploycheck.facts.migrations.coverage import RevisionCoverage
    from deploycheck.facts.migrations.model import Revision, ScriptDirectory
    from deploycheck.facts.migrations.standing import Standing
    from deploycheck.project import Project

_REAL = frozenset({State.FULL, State.NOTHING, State.MERGE})


@rule(
    "MIG104",
    "ahead",
    severity=Severity.CRITICAL,
    debt="DEPLOY-6",
    reads=Reads.MIGRATIONS | Reads.PYTHON | Reads.MANIFESTS,
    requires=(a_migration, a_target),
)
def ahead(project: Project) -> Iterator[Draft]:
    """Production's database stands at a revision that this code does not have.

    **Why.** A newer release has migrated it, and this code is older: a rollback, or a branch that was never
    merged. Alembic cannot find the revision, so every `alembic` command stops, also `downgrade`; and the code
    writes to a schema that it does not know.

    **Fix.** Take the newer revisions back first, from the release that has them: only its files know how.
    Then deploy this code. Where the history was squashed and the schema is the same, `alembic stamp --purge`
    with the revision that stands for the old ones.

    **Silent when** every revision in the version table is in the history. High, and likely, where part of the
    history is not in the repository or could not be read; and where the history has the revisions, and
    production's own command goes to an older one by name.

    Source: `Can't locate revision identified by …`, `ScriptDirectory._catch_revision_errors` of Alembic 1.20.
    """
    for standing in project.standings:
        if standing.unknown:
            yield _unknown(standing)
        elif standing.beyond:
            yield _beyond(project, standing)
    all_read(project)


def _unknown(standing: Standing) -> Draft:
    directory = standing.directory
    ids = some(standing.unknown)
    named = list(_named(directory, standing.unknown))
    heads = [h.id for h in directory.graph.real_heads]
    goal = heads[0] if len(heads) == 1 else "REVISION"
    back = command_for(directory, "downgrade", goal)
    table = standing.table.shown if standing.table is not None else standing.name.name
    remedy = f"if a newer release brought it, run `{back}` from that release first, and then deploy this code"
    if named:
        heir = named[0][1]
        stamp = command_for(directory, "stamp", "--purge", heir.id)
        remedy = f"if {heir.id}, which names it, stands for it, run `{stamp}`; {remedy}"
    return Draft(
        message=(
            f"The target stands at {ids}, which this code does not have: every alembic command stops "
            '("Can\'t locate revision"), and the code runs on a schema that it does not know.'
        ),
        at=directory.at,
        subject=f"{directory.name} ahead {' '.join(standing.unknown)}",
        trail=(
            Step(f"{table} has {', '.join(standing.table.revisions) if standing.table is not None else ids}"),
            *(Step(f"{h.id} is the newest here", h.at) for h in directory.graph.real_heads[:3]),
            *(Step(f"{heir.id} names {one}", at) for one, heir, at in named),
        ),
        certain=standing.certain and is_whole(directory) and not directory.elsewhere,
        evidence=Evidence.OBSERVED,
        fix=Fix(
            remedy, question="Which release migrated the target, and do its downgrades take everything back?"
        ),
    )


def _named(directory: ScriptDirectory, ids: tuple[str, ...]) -> Iterator[tuple[str, Revision, Location]]:
    """Yield which revision speaks of an id that is not there, and where: one that replaces it often does."""
    for one in ids:
        pattern = re.compile(rf"(?<!\w){re.escape(one)}(?!\w)")
        for revision in directory.revisions:
            match = pattern.search(revision.module.text)
            if match is not None:
                line = revision.module.text.count("\n", 0, match.start()) + 1
                yield one, revision, Location(revision.path, line)


def _beyond(project: Project, standing: Standing) -> Draft:
    """Tell of revisions that the history has, where production's command names an older one."""
    directory = standing.directory
    gone = set(standing.beyond)
    goal = next((r.id for r in reversed(directory.graph.ordered()) if r in standing.applied - gone), "base")
    measured = [r for c in project.coverages if c.directory is directory for r in c.revisions]
    unreal = [r for r in measured if r.revision in gone and r.state not in _REAL]
    count = len(standing.beyond)
    real = (
        "their downgrades take back all that can be read" if count > 1 else "its downgrade takes it all back"
    )
    return Draft(
        message=(
            f"The target is past what production's command goes to, {goal}: it has "
            f"{some(r.id for r in standing.beyond)} too. Before code of {goal} starts, {_plural(count)} must "
            f"be taken back; {some(map(_unreal, unreal)) if unreal else real}."
        ),
        at=standing.beyond[0].at,
        subject=f"{directory.name} beyond {goal}",
        trail=tuple(Step(f"{r.id} is in the target", r.at) for r in standing.beyond),
        certain=False,
        evidence=Evidence.OBSERVED,
        fix=Fix(f"run `{command_for(directory, 'downgrade', goal)}` first, or let the command go to `head`"),
    )


def _plural(count: int) -> str:
    return "that revision" if count == 1 else f"those {count} revisions"


def _unreal(one: RevisionCoverage) -> str:
    return f"the downgrade of {one.revision.id} is {one.state}"
