"""Where the target stands in a history, and which revisions it does not have yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploycheck.rehearsal.options import OptionProblem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from deploycheck.project import Project
    from deploycheck.rehearsal.steps import Known


def must_be_there(project: Project, start: str) -> None:
    """Refuse a `--from` that is a revision of no history. Raises `OptionProblem`."""
    ids = [r.id for d in project.script_directories for r in d.revisions]
    found = [id_ for id_ in ids if id_.startswith(start)]
    if start and start not in ids and len(found) != 1:
        why = "several revisions begin" if found else "no revision begins"
        raise OptionProblem(f"--from: {why} with {start!r}")


def starts_of(project: Project, known: Sequence[Known], start: str) -> tuple[str, ...]:
    """Return the revisions where the target stands in this history: as the user says, else as observed."""
    ids = [one.id for one in known]
    if start:
        return tuple(i for i in ids if i == start) or tuple(i for i in ids if i.startswith(start))
    tables = project.target.version_tables if project.target is not None else ()
    return tuple(i for table in tables[:1] if len(tables) == 1 for i in ids if i in table.revisions)


def had(known: Sequence[Known], starts: Sequence[str]) -> frozenset[str]:
    """Return what a target has that stands at these revisions: they and all before them."""
    parents = {one.id: one.parents for one in known}
    found: set[str] = set()
    left = list(starts)
    while left:
        one = left.pop()
        if one not in found:
            found.add(one)
            left.extend(parents.get(one, ()))
    return frozenset(found)


def pending(known: Sequence[Known], starts: Sequence[str]) -> frozenset[str]:
    """Return the revisions that the target does not have.

    Where nobody says where it stands, the heads alone: a deployment brings the newest revisions, and what an
    old one would do to the rows and locks of a table has happened long ago. The report says so.
    """
    ids = {one.id for one in known}
    if starts:
        return frozenset(ids - had(known, starts))
    return frozenset(ids - {parent for one in known for parent in one.parents})
