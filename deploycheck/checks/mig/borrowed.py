"""Migrations that lean on code which goes on changing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from deploycheck.facts.migrations.borrowing import Borrowed, borrowed_by
from deploycheck.findings import Draft, Fix, Severity, Step
from deploycheck.rules import Reads, rule

if TYPE_CHECKING:
    from deploycheck.facts.migrations.model import ScriptDirectory
    from deploycheck.project import Project

_SHOWN = 8
_NAMED = 3


def _revisions(project: Project) -> str:
    """Return why there are no revisions to judge, if there are none."""
    found = any(d.revisions for d in project.script_directories)
    return "" if found else "no Alembic migrations here"


@rule(
    "MIG017",
    "borrowed-code",
    severity=Severity.LOW,
    debt="DEPLOY-6",
    reads=Reads.MIGRATIONS,
    requires=(_revisions,),
)
def borrowed_code(project: Project) -> Iterator[Draft]:
    """Old migrations run with today's models, enums or settings, and so do something else than once.

    **Why.** A revision is history: what it did when it was deployed, it must do on every new database, years
    later. One that imports `User` inserts the columns that the class has by then, also those that a later
    revision adds, and fails; one that imports an enum makes the type with values that the next revision adds
    again; and when the class is moved, no new database can be made at all.

    **Fix.** Write into the revision what it needs: a table of its own
    (`sa.table("users", sa.column("email"))`), the enum's values as strings, the constant's value.

    **Silent when** what is imported is only the type of a column, as autogenerate writes it, or stands with
    the migrations and is written for them; for Alembic, SQLAlchemy and libraries of column types.

    Source: a revision that creates an enum from the app's class, on a fresh database after the class has
    grown: the later `ALTER TYPE … ADD VALUE` fails as a duplicate.
    """
    for directory in project.script_directories:
        found = [b for r in directory.revisions for b in borrowed_by(project.program, directory, r)]
        own = [b for b in found if b.own]
        if own or found:
            yield _borrowing(directory, own or found, own=bool(own))


def _borrowing(directory: ScriptDirectory, found: Sequence[Borrowed], *, own: bool) -> Draft:
    found = sorted(found, key=lambda b: b.at)
    names = list(dict.fromkeys(b.name for b in found))
    shown = ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")
    count = len({b.revision.id for b in found})
    who = f"{count} of {len(directory.revisions)} revisions use" if count > 1 else "A revision uses"
    they, them = ("they do", "them") if count > 1 else ("it does", "it")
    whose = "the app's own code" if own else "a library's code"
    imports = list(dict.fromkeys(Step(b.text, b.at) for b in found))
    steps = imports[:_SHOWN]
    if len(imports) > _SHOWN:
        steps.append(Step(f"and {len(imports) - _SHOWN} imports more"))
    return Draft(
        message=(
            f"{who} {whose} ({shown}): on a new database {they} what that code does by then, "
            f"and its next change may break {them}."
        ),
        at=found[0].at,
        subject=f"{directory.name}: {'the app' if own else 'libraries'}",
        trail=tuple(steps),
        fix=Fix(
            "write into the revision what it needs: a `sa.table(…)` of its own, an enum's values as strings"
        ),
    )
