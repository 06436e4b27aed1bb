"""Histories that Alembic cannot load."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.checks.applies import a_migration
from deploycheck.checks.mig.branches import all_read
from deploycheck.checks.mig.meant import Meant, meant
from deploycheck.facts.editing import replaced
from deploycheck.facts.migrations.faults import Fault, Kind
from deploycheck.findings import Draft, Edit, Fix, Location, Severity, Step
from deploycheck.python.modules import NOT_PYTHON
from deploycheck.python.newer import may_be_newer
from deploycheck.rules import Reads, rule
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from deploycheck.facts.migrations.model import Revision, ScriptDirectory
    from deploycheck.project import Project
    from deploycheck.sources.errors import Unread

_MISSING = {Kind.MISSING_PARENT: "down_revision", Kind.MISSING_DEPENDENCY: "depends_on"}
_OPEN, _CLOSE = re.compile(r"^<<<<<<< ", re.MULTILINE), re.compile(r"^>>>>>>> ", re.MULTILINE)
_STOPS = "every Alembic command stops"


@rule(
    "MIG002",
    "broken-graph",
    severity=Severity.CRITICAL,
    debt="DEPLOY-6",
    reads=Reads.MIGRATIONS,
    requires=(a_migration,),
)
def broken_graph(project: Project) -> Iterator[Draft]:
    """No migration runs at all, because Alembic cannot put the revisions in order.

    **Why.** Alembic loads every revision file before it does anything. One `down_revision` that names
    nothing, an id that two files use, or a circle stops `upgrade`, `downgrade` and `revision` alike, so the
    release cannot migrate and cannot go back.

    **Fix.** Correct the id that the finding names; where it can tell which revision was meant, it says so.

    **Silent when** a file could not be read (the rule is then incomplete, and names it), unless it surely
    holds no Python of any version: the marks of an unresolved merge conflict, a slip of the pen, prose with
    a `.py` name. Syntax that a later Python may allow does not count. Likely, and not certain, where
    settings name version folders that are not in the repository, git ignores them, or code chooses them.

    Source: `RevisionMap._revision_map` and `Script._from_path` of Alembic 1.20, compared on generated
    histories. Alembic takes whole ids in `down_revision`, no abbreviations and no labels.
    """
    judged: set[str] = set()
    for directory in project.script_directories:
        for fault in directory.graph.faults:
            yield from _judged(project, directory, fault)
        yield from _strangers(directory)
        for one in directory.unread:
            broken = _conflict(project, one) or _no_python(project, directory, one)
            if broken is not None:
                judged.add(one.path)
                yield broken
    all_read(project, but=judged)


def _judged(project: Project, directory: ScriptDirectory, fault: Fault) -> Iterator[Draft]:
    if fault.kind in _MISSING:
        if not any(
            fault.name in project.tree.text(u.path) for u in directory.unread if _readable(project, u)
        ):
            yield _missing(project, directory, fault)
    else:
        yield _other(fault)


def _readable(project: Project, unread: Unread) -> bool:
    try:
        return bool(project.tree.text(unread.path))
    except ReadError:
        return False


def _missing(project: Project, directory: ScriptDirectory, fault: Fault) -> Draft:
    what, one = _MISSING[fault.kind], fault.revision
    found = meant(project, directory, fault.name)
    at = (one.parents_at if fault.kind is Kind.MISSING_PARENT else one.depends_at) or one.at
    return Draft(
        message=f"The {what} {fault.name!r} of {one.id} is no revision of {directory.name}, so {_STOPS}"
        + (f": {found.why}." if found.why else "."),
        at=at,
        subject=f"{one.id} {what} {fault.name}",
        trail=tuple(Step(text, place) for text, place in found.places),
        certain=not directory.elsewhere and not directory.unread,
        fix=Fix(_remedy(what, found), _patch(project, at, fault.name, found)),
    )


def _remedy(what: str, found: Meant) -> str:
    if found.id:
        return (
            f"write `{what} = {found.id!r}`" if found.sure else f"write the id that was meant, {found.id!r}?"
        )
    return found.remedy or f"write the id of the revision that was meant, or bring its file back, in `{what}`"


def _patch(project: Project, at: Location, name: str, found: Meant) -> tuple[Edit, ...]:
    """Write the right id in the place of the wrong one, where that stands once in its statement."""
    if not found.id or not found.sure:
        return ()
    try:
        lines = project.tree.lines(at.path)[at.line - 1 : at.end_line]
    except ReadError:
        return ()
    pattern = re.compile(rf"(?P<quote>[\"']){re.escape(name)}(?P=quote)")
    places = [(n, m) for n, line in enumerate(lines, at.line) for m in pattern.finditer(line)]
    if len(places) != 1:
        return ()
    number, match = places[0]
    place = Location(at.path, number, match.start() + 2, number, match.end())
    return replaced(project.tree, [(place, found.id)])


def _other(fault: Fault) -> Draft:
    one, others = fault.revision, fault.others
    message, remedy = _told(fault)
    return Draft(
        message=message,
        at=(one.parents_at or one.at) if "cycle" in fault.kind or "loop" in fault.kind else one.at,
        subject=f"{fault.kind}: {fault.name or one.id}",
        trail=tuple(Step(_beside(fault, o), o.at) for o in others),
        certain=not (fault.kind is Kind.ILLEGAL_ID and not set(one.id) & set("@-+")),
        fix=Fix(remedy),
    )


def _beside(fault: Fault, other: Revision) -> str:
    if fault.kind is Kind.DUPLICATE:
        return f"{other.path} has the id {other.id} too"
    return f"{other.id} follows {', '.join((*other.parents, *other.depends_on))}"


def _told(fault: Fault) -> tuple[str, str]:
    one, name = fault.revision, fault.name
    circle = " and ".join([one.id, *(o.id for o in fault.others)])
    match fault.kind:
        case Kind.DUPLICATE:
            files = " and ".join([*(o.path for o in fault.others), one.path])
            return (
                f"{files} have the same revision id {name}, so `upgrade head` stops: it finds a second head.",
                "give the newer file an id of its own, and mend the down_revision of what follows it",
            )
        case Kind.CYCLE | Kind.DEPENDENCY_CYCLE:
            return f"{circle} follow one another in a circle, so {_STOPS}.", "mend the down_revision of one"
        case Kind.SELF | Kind.DEPENDS_ON_SELF:
            return f"{one.id} follows itself, so {_STOPS}.", "write the id of the revision before it"
        case Kind.ILLEGAL_ID:
            return (
                f"The id {name!r} has a character that no revision id may have (@, -, + or :), so {_STOPS}.",
                "write an id of letters, digits and underscores, here and where another revision names it",
            )
        case Kind.LABEL_TAKEN:
            return (
                f"The branch label {name!r} of {one.id} is that of {fault.others[0].id} too, so {_STOPS}.",
                "take another label, or none: what follows a labelled revision has its label by itself",
            )
    return (
        f"{one.path} sets no down_revision, so {_STOPS}.",
        "write `down_revision = None` for a first revision, else the id of the one before it",
    )


def _strangers(directory: ScriptDirectory) -> Iterator[Draft]:
    """Yield the files that Alembic takes for revisions and that have no id."""
    for path in directory.strangers:
        yield Draft(
            message=f"{path} lies in a folder of revisions and sets no `revision`, so {_STOPS}.",
            at=Location(path),
            subject=path,
            certain=not directory.elsewhere,
            fix=Fix("move it out of the folder: Alembic takes every Python file there for a revision"),
        )


def _conflict(project: Project, unread: Unread) -> Draft | None:
    """Tell of a file with the marks of a merge conflict: no Python of any version."""
    try:
        text = project.tree.text(unread.path)
    except ReadError:
        return None
    mark = _OPEN.search(text)
    if mark is None or not _CLOSE.search(text, mark.end()):
        return None
    return Draft(
        message=f"{unread.path} holds the marks of an unresolved merge conflict, so {_STOPS}.",
        at=Location(unread.path, text.count("\n", 0, mark.start()) + 1),
        subject=unread.path,
        fix=Fix("resolve the conflict and remove its marks"),
    )


def _no_python(project: Project, directory: ScriptDirectory, unread: Unread) -> Draft | None:
    """Tell of a file that no version of Python parses."""
    try:
        text = project.tree.text(unread.path)
    except ReadError:
        return None
    if not unread.reason.startswith(NOT_PYTHON) or may_be_newer(text):
        return None
    why = unread.reason.removeprefix(NOT_PYTHON).strip(": ")
    return Draft(
        message=f"{unread.path} lies in a folder of revisions and is no Python ({why}), so {_STOPS}.",
        at=unread.at,
        subject=unread.path,
        certain=not directory.elsewhere,
        fix=Fix("correct it, or move it out of the folder: Alembic runs every Python file there"),
    )
