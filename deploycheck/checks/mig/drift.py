"""Models and the target's schema that differ."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.checks.applies import a_migration, a_target_or_a_rehearsal
from deploycheck.checks.mig.rehearsed import histories
from deploycheck.checks.mig.telling import some
from deploycheck.findings import Draft, Evidence, Fix, Severity, Step
from deploycheck.rules import Reads, Skip, rule

if TYPE_CHECKING:
    from deploycheck.facts.migrations.model import ScriptDirectory
    from deploycheck.project import Project

_STEPS = 12


@rule(
    "MIG102",
    "drift",
    severity=Severity.HIGH,
    debt="DEPLOY-6",
    reads=Reads.MIGRATIONS,
    requires=(a_migration, a_target_or_a_rehearsal),
)
def drift(project: Project) -> Iterator[Draft]:
    """Models and the schema of production's database differ, though every revision has run.

    **Why.** Somebody changed a model and wrote no revision, or changed the database by hand. The code asks
    for what is not there, or the next `alembic revision --autogenerate` undoes what somebody needed.

    **Fix.** Write the revision that is missing (`alembic revision --autogenerate`), or change the model to
    what the database has.

    **Silent when** Alembic's comparison finds nothing. Skipped where it did not run, and while revisions are
    pending: then the difference is theirs, and MIG101 tells of them.

    Observed on the target, and rehearsed on what the migrations make from nothing.

    Source: `alembic.autogenerate.compare_metadata`, with the options that env.py gives.
    """
    yield from _rehearsed(project)
    if project.target is None:
        _must_have_compared(project)
        return
    if project.target.drift is None:
        raise Skip(project.target.drift_problem or "needs --compare-models")
    late = next((s for s in project.standings if s.pending or s.unknown), None)
    if late is not None:
        raise Skip(f"the target is not at the head of {late.directory.name}: upgrade it, then compare")
    if project.target.drift:
        directory = next(d for d in project.script_directories if d.revisions)
        yield _draft(directory, "the target", project.target.drift, Evidence.OBSERVED)


def _rehearsed(project: Project) -> Iterator[Draft]:
    """Yield what the models have otherwise than a database that the migrations made from nothing."""
    for history in histories(project):
        directory = next((d for d in project.script_directories if d.name == history.name), None)
        if history.drift and directory is not None:
            yield _draft(directory, "what the migrations make", history.drift, Evidence.REHEARSED)


def _must_have_compared(project: Project) -> None:
    """Tell that the rule saw nothing, where no history could be compared. Raises `Skip`."""
    problems = [h.drift_problem for h in histories(project) if h.drift is None]
    if problems and len(problems) == len(histories(project)):
        raise Skip(problems[0] or "the upgrade did not come to its end, so there is nothing to compare")


def _draft(directory: ScriptDirectory, other: str, drift: tuple[str, ...], evidence: Evidence) -> Draft:
    count = len(drift)
    more = (Step(f"and {count - _STEPS} more"),) if count > _STEPS else ()
    return Draft(
        message=f"The models and {other} differ in {count} thing{'' if count == 1 else 's'}: {some(drift)}.",
        at=directory.at,
        subject=f"{directory.name} drift",
        trail=(*(Step(line) for line in drift[:_STEPS]), *more),
        evidence=evidence,
        fix=Fix("write the revision that is missing, or change the models to what the database has"),
    )
