"""Tables that the code needs and the target does not have, though no pending revision makes them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.checks.applies import a_migration, a_target
from deploycheck.checks.mig.branches import all_read, is_whole
from deploycheck.checks.mig.telling import some, steps
from deploycheck.facts.schema.resulting import resulting_tables
from deploycheck.findings import Draft, Evidence, Fix, Severity
from deploycheck.rules import Reads, rule

if TYPE_CHECKING:
    from deploycheck.facts.migrations.operations import Operation
    from deploycheck.facts.migrations.standing import Standing
    from deploycheck.facts.target import Target
    from deploycheck.project import Project


@rule(
    "MIG103",
    "tables-missing",
    severity=Severity.CRITICAL,
    debt="DEPLOY-6",
    reads=Reads.MIGRATIONS,
    requires=(a_migration, a_target),
)
def tables_missing(project: Project) -> Iterator[Draft]:
    """Tables that the migrations have made, by the target's own version table, are not in the target.

    **Why.** The database was stamped without being migrated, restored in part, or somebody dropped a table.
    Alembic takes it for complete, so no upgrade will ever make what is missing, and every request that needs
    it fails.

    **Fix.** Find out how the table got lost, and bring it back from a backup; or `alembic stamp` with the
    revision that the schema really matches, and upgrade from there.

    **Silent when** the target has each table that its applied revisions leave behind, in whatever schema.
    Likely, and high, where a revision could not be read whole, so that it may have dropped the table again.

    Source: the operations of upgrade() on the target's backend, and the target's catalogue.
    """
    target = project.target
    if target is None:
        return
    for standing in project.standings:
        yield from _missing(project, target, standing)
    all_read(project)


def _missing(project: Project, target: Target, standing: Standing) -> Iterator[Draft]:
    coverage = next((c for c in project.coverages if c.directory is standing.directory), None)
    if coverage is None or not standing.current:
        return
    applied = standing.applied
    made = resulting_tables(r for r in coverage.revisions if r.revision in applied)
    there = {name.casefold() for _, name in (*target.tables, *target.views)}
    gone = {t: o for t, o in made.tables.items() if t and t.rpartition(".")[2].casefold() not in there}
    if gone:
        sure = not made.doubtful and all(_is_sure(o) for o in gone.values())
        sure = sure and coverage.dialect.name in {target.dialect, ""}
        yield _draft(standing, gone, certain=sure and not standing.unknown)


def _is_sure(operation: Operation) -> bool:
    return operation.certain and not operation.guarded


def _draft(standing: Standing, gone: dict[str, Operation], *, certain: bool) -> Draft:
    count, directory = len(gone), standing.directory
    first = next(iter(gone.values()))
    at = ", ".join(r.id for r in standing.current)
    what = f"Table {next(iter(gone))} is" if count == 1 else f"{count} tables ({some(gone)}) are"
    return Draft(
        message=(
            f"{what} not in the target, though it stands at {at}, which has "
            f"{'it' if count == 1 else 'them'}: no upgrade will make what is missing, and code that uses it "
            "fails."
        ),
        at=first.at,
        subject=f"{directory.name} without {' '.join(sorted(gone))}",
        trail=steps((f"makes {table}", operation) for table, operation in gone.items()),
        certain=certain and standing.certain and is_whole(directory) and not directory.elsewhere,
        evidence=Evidence.OBSERVED,
        fix=Fix(
            "bring back what was lost, or stamp the revision that the schema matches and upgrade from there",
            question="Was the target stamped without being migrated, or did somebody drop the tables?",
        ),
    )
