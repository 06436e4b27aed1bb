"""Downgrades that do nothing, leave a part, or refuse."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.checks.applies import a_migration
from deploycheck.checks.mig.telling import some, steps
from deploycheck.facts.migrations.coverage import State
from deploycheck.facts.migrations.inverses import Verdict
from deploycheck.facts.migrations.rewriting import with_drops
from deploycheck.facts.schema.model import Action, Thing
from deploycheck.findings import Draft, Fix, Location, Severity
from deploycheck.rules import Reads, rule

if TYPE_CHECKING:
    from deploycheck.facts.migrations.coverage import Coverage, RevisionCoverage
    from deploycheck.facts.migrations.operations import Operation
    from deploycheck.project import Project


@rule(
    "MIG003",
    "empty-downgrade",
    severity=Severity.HIGH,
    debt="DEPLOY-6",
    reads=Reads.MIGRATIONS,
    requires=(a_migration,),
)
def empty_downgrade(project: Project) -> Iterator[Draft]:
    """Nothing is undone when this revision is rolled back: its downgrade does nothing.

    **Why.** `alembic downgrade` runs an empty function, writes the older revision into the version table and
    reports success. The older release then meets the newer schema, and the next upgrade fails: what it
    creates is there already.

    **Fix.** Write the inverse of upgrade(), in reverse order. Where rows cannot come back, bring back the
    schema at least; where nothing can, raise an exception that says so, so that nobody believes it worked.

    **Silent when** upgrade() changes nothing, as in a merge, or what it does could not be read. Medium where
    it only adds rows: the older release mostly lives with them. Rewritten or deleted rows are MIG006's.

    Source: both functions, read on production's backend; tests of another backend do not count.
    """
    for coverage in project.coverages:
        for revision in coverage.counted:
            if revision.state is State.EMPTY:
                yield _empty(coverage, revision)
            elif _adds_rows_only(revision):
                yield _rows_stay(revision)


def _empty(coverage: Coverage, revision: RevisionCoverage) -> Draft:
    missing = revision.comparison.missing
    return Draft(
        message=f"{_how_empty(coverage, revision)}{f': {some(missing)}' if missing else ''}.",
        at=_downgrade_at(revision),
        subject=revision.revision.id,
        trail=steps((str(o.change), o) for o in _left(revision)),
        certain=revision.comparison.certain and not revision.unknown,
        severity=_severity(revision),
        fix=_fix(coverage, revision, "write the inverse of upgrade() into downgrade()"),
    )


def _how_empty(coverage: Coverage, revision: RevisionCoverage) -> str:
    name = revision.revision.id
    if not revision.downgrade.defined:
        return f"A rollback past {name} fails, because it has no downgrade()"
    if revision.downgrade.left_out:
        backend = coverage.dialect.name or "production's backend"
        return f"A rollback past {name} changes nothing, because downgrade() leaves {backend} out"
    return f"A rollback past {name} changes nothing, because downgrade() is empty"


def _adds_rows_only(revision: RevisionCoverage) -> bool:
    if revision.state is not State.NOTHING or not revision.downgrade.does_nothing:
        return False
    kinds = {o.change.kind for o in revision.upgrade.operations if o.change.action is not Action.NEUTRAL}
    return revision.writes_only and kinds == {"insert"}


def _rows_stay(revision: RevisionCoverage) -> Draft:
    written = [o for o in revision.upgrade.operations if o.change.action is Action.WRITE]
    tables = list(dict.fromkeys(o.change.table or "a table" for o in written))
    return Draft(
        message=f"A rollback past {revision.revision.id} leaves the rows that it adds to {some(tables)}, "
        "because downgrade() is empty.",
        at=_downgrade_at(revision),
        subject=revision.revision.id,
        trail=steps((str(o.change), o) for o in written),
        certain=revision.comparison.certain,
        severity=Severity.MEDIUM,
        fix=Fix("delete in downgrade() the rows that upgrade() adds, by what tells them from others"),
    )


@rule(
    "MIG004",
    "partial-downgrade",
    severity=Severity.HIGH,
    debt="DEPLOY-6",
    reads=Reads.MIGRATIONS,
    requires=(a_migration,),
)
def partial_downgrade(project: Project) -> Iterator[Draft]:
    """Something stays, or fails on the way, when this revision is rolled back.

    **Why.** What stays makes the next upgrade fail ("already exists"), or keeps the older release from
    working: a column that may not be NULL any more, a constraint that it does not know. A step that fails
    stops the rollback when it is needed most.

    **Fix.** Take back each operation that the finding names, in reverse order: what was made last goes first.
    On PostgreSQL an enum type that a new table brings along stays when the table goes: drop it too.

    **Silent when** everything comes back, in whatever way: an index goes with its table, a helper or a loop
    does it, two steps of upgrade() cancel each other. Rows, comments, and extensions or schemas made IF NOT
    EXISTS need no inverse. Steps that could not be read count as unknown, and make no finding.

    Source: both functions done to a schema, one after the other, and compared with what was before; what
    PostgreSQL, SQLite and MySQL take along with a table or column, and what Alembic creates and drops.
    """
    for coverage in project.coverages:
        for revision in coverage.counted:
            if revision.state is State.PARTIAL:
                yield _partial(coverage, revision)


def _partial(coverage: Coverage, revision: RevisionCoverage) -> Draft:
    left = revision.comparison.of(Verdict.UNCOVERED)
    missing = revision.comparison.missing
    failing = [text for text in missing if "fail" in text]
    name = revision.revision.id
    how = f"takes back {revision.covered} of {revision.invertible} changes"
    return Draft(
        message=f"A rollback past {name} {'fails' if failing else how}: {some((*failing, *missing))}.",
        at=_downgrade_at(revision),
        subject=name,
        trail=steps((text, i.operation) for i in left for text in i.missing or (str(i.operation.change),)),
        certain=revision.comparison.certain and not revision.unknown,
        severity=_severity(revision),
        fix=_fix(coverage, revision, "take back in downgrade() what is left"),
    )


@rule(
    "MIG005",
    "irreversible",
    severity=Severity.HIGH,
    debt="DEPLOY-6",
    reads=Reads.MIGRATIONS,
    requires=(a_migration,),
)
def irreversible(project: Project) -> Iterator[Draft]:
    """No rollback gets past this revision: its downgrade raises an exception.

    **Why.** Whoever must go back to a release before it cannot, and learns so in the middle of an incident.
    An exception is better than a downgrade that does nothing, but the way back is then a backup.

    **Fix.** Bring the schema back, even where rows cannot come: the older release needs the columns. Where
    that is impossible, write into the guide for rollbacks that it ends here, and back up before it.

    **Silent when** it raises only under a condition that production does not meet.

    Source: the statements of downgrade() that surely run, whatever the exception.
    """
    for coverage in project.coverages:
        for revision in coverage.counted:
            if revision.state is State.IRREVERSIBLE:
                yield _refusing(revision)


def _refusing(revision: RevisionCoverage) -> Draft:
    raised = revision.downgrade.raises
    error = raised.error if raised is not None else "an exception"
    says = f" ({raised.message})" if raised is not None and raised.message else ""
    inside = raised is not None and raised.at.path == revision.revision.path
    return Draft(
        message=f"A rollback past {revision.revision.id} stops with {error}{says}.",
        at=raised.at if raised is not None and inside else _downgrade_at(revision),
        subject=revision.revision.id,
        trail=steps((str(o.change), o) for o in _left(revision)),
        fix=Fix(
            "bring back in downgrade() what the older release needs of the schema",
            question="Can the rows be left out, or is a backup the only way back?",
        ),
    )


def _severity(revision: RevisionCoverage) -> Severity | None:
    """Say less of values added IF NOT EXISTS to a type: the next upgrade works, older releases do too."""
    left = [i.operation.change for i in revision.comparison.of(Verdict.UNCOVERED)]
    harmless = all(c.thing is Thing.TYPE_VALUE and c.tolerant for c in left)
    return Severity.MEDIUM if harmless else None


def _left(revision: RevisionCoverage) -> list[Operation]:
    """Return the operations of upgrade that would have to be taken back."""
    kept = (i for i in revision.comparison.inverses if i.verdict in {Verdict.UNCOVERED, Verdict.UNKNOWN})
    return [i.operation for i in kept]


def _downgrade_at(revision: RevisionCoverage) -> Location:
    """Return where downgrade() is written in the revision's own file, else where its id is."""
    function = revision.revision.downgrade
    if function is None or function.scope.module is not revision.revision.module:
        return revision.revision.at
    node = function.node
    return Location(revision.revision.path, node.lineno, node.col_offset + 1)


def _fix(coverage: Coverage, revision: RevisionCoverage, remedy: str) -> Fix:
    """Offer the drops that are missing; what must be made again is for whoever knows what it was."""
    uncovered = revision.comparison.of(Verdict.UNCOVERED)
    left = [item for i in uncovered for item in i.left if not item.trouble]
    droppable = [item for item in left if item.owner not in left]
    edits = with_drops(revision, droppable, coverage.dialect.name)
    if not edits:
        return Fix(remedy)
    partly = any(not i.left for i in uncovered)
    rows = any(item.thing in {Thing.TABLE, Thing.COLUMN} for item in droppable)
    told = ("; the patch drops what upgrade() makes, the rest needs its old definition" if partly else "") + (
        "; rows written since go with what it drops" if rows else ""
    )
    return Fix(f"{remedy}{told}", edits)
