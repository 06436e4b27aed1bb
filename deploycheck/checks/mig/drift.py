"""Models and the target's schema that differ."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.checks.applies import a_migration, a_target
from deploycheck.checks.mig.telling import some
from deploycheck.findings import Draft, Evidence, Fix, Severity, Step
from deploycheck.rules import Reads, Skip, rule

if TYPE_CHECKING:
    from deploycheck.project import Project

_STEPS = 12


@rule(
    "MIG102",
    "drift",
    severity=Severity.HIGH,
    debt="DEPLOY-6",
    reads=Reads.MIGRATIONS,
    requires=(a_migration, a_target),
)
def drift(project: Project) -> Iterator[Draft]:
    """Models and the schema of production's database differ, though every revision has run.

    **Why.** Somebody changed a model and wrote no revision, or changed the database by hand. The code asks
    for what is not there, or the next `alembic revision --autogenerate` undoes what somebody needed.

    **Fix.** Write the revision that is missing (`alembic revision --autogenerate`), or change the model to
    what the database has.

    **Silent when** Alembic's comparison finds nothing. Skipped where it did not run, and while revisions are
    pending: then the difference is theirs, and MIG101 tells of them.

    Source: `alembic.autogenerate.compare_metadata`, with the options that env.py gives.
    """
    target = project.target
    if target is None or target.drift is None:
        raise Skip(
            (target and target.drift_problem) or "Alembic's comparison of models and target was not run"
        )
    late = next((s for s in project.standings if s.pending or s.unknown), None)
    if late is not None:
        raise Skip(f"the target is not at the head of {late.directory.name}: upgrade it, then compare")
    if target.drift:
        directory = next(d for d in project.script_directories if d.revisions)
        count = len(target.drift)
        more = (Step(f"and {count - _STEPS} more"),) if count > _STEPS else ()
        yield Draft(
            message=(
                f"The models and the target differ in {count} thing{'' if count == 1 else 's'}: "
                f"{some(target.drift)}."
            ),
            at=directory.at,
            subject=f"{directory.name} drift",
            trail=(*(Step(line) for line in target.drift[:_STEPS]), *more),
            evidence=Evidence.OBSERVED,
            fix=Fix("write the revision that is missing, or change the models to what the database has"),
        )
