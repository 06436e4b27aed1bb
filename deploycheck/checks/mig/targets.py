"""What deployments upgrade to, against the history that they upgrade."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.checks.applies import a_migration
from deploycheck.checks.mig.branches import all_read, is_whole, migrations, unmerged
from deploycheck.facts.deploying.model import Origin
from deploycheck.facts.editing import replaced
from deploycheck.findings import Draft, Edit, Fix, Location, Severity, Step
from deploycheck.rules import Reads, rule
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from deploycheck.facts.deploying.model import Task, Way
    from deploycheck.facts.migrations.chosen import Chosen
    from deploycheck.facts.migrations.model import Revision, ScriptDirectory
    from deploycheck.project import Project

_ABSOLUTE = re.compile(r"(?:\w+@)?[\w.]+")
Migration = tuple["Way", "Task", "Chosen"]


@rule(
    "MIG014",
    "head-or-heads",
    severity=Severity.CRITICAL,
    debt="DEPLOY-6",
    reads=Reads.PYTHON | Reads.MANIFESTS,
    requires=(a_migration,),
)
def head_or_heads(project: Project) -> Iterator[Draft]:
    """Deployments upgrade to a revision that the history does not have, or has more than once.

    **Why.** `upgrade head` stops where branches with labels each have a head, `upgrade billing@head` leaves
    every other branch as it was, and an id that is gone stops the upgrade too. Where the pipeline checks
    another history than the one that is deployed, nobody sees it before production does.

    **Fix.** Run `alembic upgrade heads` where several branches are meant. Let the pipeline and the deployment
    name the same ini file and section.

    **Silent when** the history has heads that nothing tells apart (that is MIG001's), other commands of
    production take the other branches, or it is not certain which history a command works on. A branch that
    no command names is likely a mistake, not certainly: it may be an optional part's.

    Source: `RevisionMap.get_revisions` of Alembic 1.20 for each kind of name.
    """
    found = [m for m in migrations(project) if m[2].certain and _ABSOLUTE.fullmatch(m[1].revision)]
    for same in _together(found):
        yield from _refused(project, same)
    for directory in project.script_directories:
        yield from _left_out([m for m in found if m[2].directory is directory], directory)
    yield from _unchecked(project, found)
    all_read(project)


def _together(found: list[Migration]) -> list[list[Migration]]:
    """Put the commands of one file together that name the same; several ways may lead to one."""
    groups: dict[tuple[str, str, str], dict[Location, Migration]] = {}
    for way, task, chosen in found:
        key = (task.at.path, task.revision, chosen.directory.name)
        groups.setdefault(key, {}).setdefault(task.at, (way, task, chosen))
    return [list(group.values()) for group in groups.values()]


def _refused(project: Project, same: list[Migration]) -> Iterator[Draft]:
    way, task, chosen = same[0]
    directory = chosen.directory
    if not directory.revisions or not is_whole(directory) or unmerged(directory) is not None:
        return
    target = directory.graph.resolve(task.revision)
    if target.refused == "several":
        heads = _named(target.revisions)
        why = f"{directory.name} has {len(target.revisions)} heads: {heads}"
        remedy = f"write `{task.revision.removesuffix('head')}heads`"
    elif target.refused:
        why = f"{directory.name} has no revision or branch of that name"
        remedy = "name a revision that is there, or `head`"
    else:
        return
    yield Draft(
        message=f"The upgrade to `{task.revision}` that {way.name} runs stops: {why}.",
        at=task.at,
        subject=f"{directory.name} {task.revision} {task.at.path}",
        trail=(
            *(Step(t.text, t.at) for _, t, _ in same),
            *(Step(f"{h.id} is a head", h.at) for h in target.revisions),
        ),
        certain=any(t.certain for _, t, _ in same) and not directory.elsewhere,
        fix=Fix(remedy, _plural(project, [t for _, t, _ in same]) if target.refused == "several" else ()),
    )


def _named(revisions: tuple[Revision, ...]) -> str:
    return ", ".join(f"{r.id} ({r.path})" for r in revisions)


def _plural(project: Project, tasks: list[Task]) -> tuple[Edit, ...]:
    """Write `heads` for `head` in the places of commands; none where one cannot be changed alone."""
    changes = [_place(project, task) for task in tasks]
    told = [(place, f"{tasks[0].revision}s") for place in changes if place is not None]
    return replaced(project.tree, told) if len(told) == len(tasks) else ()


def _place(project: Project, task: Task) -> Location | None:
    """Return the place of the name that a command upgrades to, where it stands once in its lines."""
    try:
        lines = project.tree.lines(task.at.path)[task.at.line - 1 : task.at.end_line]
    except ReadError:
        return None
    pattern = re.compile(rf"(?<![\w@]){re.escape(task.revision)}(?!\w)")
    places = [(n, m) for n, line in enumerate(lines, task.at.line) for m in pattern.finditer(line)]
    if len(places) != 1:
        return None
    number, match = places[0]
    return Location(task.at.path, number, match.start() + 1, number, match.end() + 1)


def _left_out(found: list[Migration], directory: ScriptDirectory) -> Iterator[Draft]:
    """Tell of heads that no command of production goes to, where each names a part of the history."""
    if not found or not is_whole(directory):
        return
    graph = directory.graph
    targets = [graph.resolve(task.revision) for _, task, _ in found]
    named = [task.revision for _, task, _ in found if "@" in task.revision]
    if any(t.refused for t in targets) or len(named) != len(found):
        return
    reached = graph.ancestors(*(r for t in targets for r in t.revisions), dependencies=True)
    missed = tuple(h for h in graph.real_heads if h not in reached)
    if missed:
        way, task, _ = found[0]
        yield Draft(
            message=f"{way.name} upgrades to {', '.join(dict.fromkeys(named))} only, so production never "
            f"gets what leads to {_named(missed)}.",
            at=task.at,
            subject=f"{directory.name} without {' '.join(sorted(h.id for h in missed))}",
            trail=(Step(task.text, task.at), *(Step(f"{h.id} is a head", h.at) for h in missed)),
            certain=False,
            fix=Fix("upgrade to `heads`, or to the other branches too"),
        )


def _unchecked(project: Project, found: list[Migration]) -> Iterator[Draft]:
    """Tell of a deployed history that no pipeline tries out, where pipelines try out another."""
    checks = [m for m in migrations(project, deploying=False) if m[0].origin is Origin.PIPELINE]
    if not checks or not all(c.certain for _, _, c in checks):
        return
    checked = {id(c.directory) for _, _, c in checks}
    told: set[int] = set()
    for way, task, chosen in found:
        directory = chosen.directory
        if id(directory) in told or any(id(c.directory) in checked for _, _, c in found):
            continue
        told.add(id(directory))
        other = checks[0][2].directory
        yield Draft(
            message=f"{way.name} upgrades {directory.name}, and the pipelines try out {other.name} only.",
            at=task.at,
            subject=f"{directory.name} unchecked",
            trail=(Step(task.text, task.at), Step(checks[0][1].text, checks[0][1].at)),
            certain=task.certain and checks[0][1].certain,
            fix=Fix("let the pipeline upgrade the same history, with the same `-c` and `-n`"),
        )
