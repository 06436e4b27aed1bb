"""What several rules ask of a history with more than one head."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.facts.deploying.model import Act
from deploycheck.facts.migrations.chosen import chosen_by
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from deploycheck.facts.deploying.model import Task, Way
    from deploycheck.facts.migrations.chosen import Chosen
    from deploycheck.facts.migrations.model import Revision, ScriptDirectory
    from deploycheck.project import Project


@dataclass(frozen=True, slots=True)
class Unmerged:
    """Heads that nothing tells apart, and whether they are surely a mistake."""

    heads: tuple[Revision, ...]
    certain: bool


def is_whole(directory: ScriptDirectory) -> bool:
    """Tell whether the history can be judged: every file was read, and Alembic can load it."""
    known = not any("down_revision" in one.undecided for one in directory.revisions)
    return known and not directory.unread and not directory.graph.faults


def all_read(project: Project, *, but: Container[str] = ()) -> None:
    """Raise `ReadError` for a revision whose place in its history is not known, so that a rule is incomplete.

    `but` are files that the rule has judged all the same.
    """
    for directory in project.script_directories:
        for unread in directory.unread:
            if unread.path not in but:
                raise ReadError(unread.path, unread.reason, unread.at)
        for one in directory.revisions:
            if one.undecided:
                raise ReadError(one.path, f"its {one.undecided[0]} is worked out while it runs", one.at)


def unmerged(directory: ScriptDirectory) -> Unmerged | None:
    """Return the heads that no branch label tells apart, if there is more than one line without a name.

    A head that another revision depends on is none of its own. Where labels are used, each head that is the
    only one of its label is meant to be there, and so is one line without a label: that all began with.
    """
    if not is_whole(directory):
        return None
    graph = directory.graph
    heads = graph.real_heads
    nameless = tuple(h for h in heads if not any(_alone(directory, h, label) for label in graph.branches[h]))
    if len(heads) < 2 or not nameless:  # noqa: PLR2004 - several
        return None
    if len(nameless) > 1:
        return Unmerged(nameless, certain=not directory.elsewhere)
    longest = max(len(graph.ancestors(h)) for h in heads)
    if len(graph.ancestors(nameless[0])) == longest:
        return None
    return Unmerged(nameless, certain=False)


def _alone(directory: ScriptDirectory, head: Revision, label: str) -> bool:
    real = directory.graph.real_heads
    return [h for h in directory.graph.heads_of(label) if h in real] == [head]


def migrations(project: Project, *, deploying: bool = True) -> Iterator[tuple[Way, Task, Chosen]]:
    """Yield the commands that migrate, each with its way and the script directory that it works on.

    `deploying` chooses those of production; else those of pipelines that only check.
    """
    directories = project.script_directories
    for way in project.ways:
        for task in way.tasks if way.deploys is deploying else ():
            chosen = chosen_by(task, directories) if Act.MIGRATE in task.acts else None
            if chosen is not None and not (deploying and task.practised):
                yield way, task, chosen
