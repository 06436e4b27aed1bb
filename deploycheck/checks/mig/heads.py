"""Histories with several heads, and deployments that name one of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.checks.applies import a_migration
from deploycheck.checks.mig.branches import Unmerged, all_read, migrations, unmerged
from deploycheck.facts.migrations.chosen import command_for
from deploycheck.findings import Draft, Fix, Severity, Step
from deploycheck.rules import Reads, rule

if TYPE_CHECKING:
    from deploycheck.facts.migrations.model import Revision, ScriptDirectory
    from deploycheck.project import Project

HEADS = "heads"


@rule(
    "MIG001",
    "several-heads",
    severity=Severity.CRITICAL,
    debt="DEPLOY-6",
    reads=Reads.MIGRATIONS,
    requires=(a_migration,),
)
def several_heads(project: Project) -> Iterator[Draft]:
    """`alembic upgrade head` stops before it does anything, because the history has more than one head.

    **Why.** Two revisions were written on the same parent, often on two branches of the repository that were
    both merged. Each worked alone. Now Alembic cannot tell which one `head` is, and the deployment that
    migrates fails, as does the next `alembic revision`.

    **Fix.** Join them with the merge revision that the finding's command writes. Where the newer one was
    never deployed, its `down_revision` may name the other head instead.

    **Silent when** branch labels tell the heads apart (one head a label, and one line without), another
    revision depends on the head, or every deployment runs `heads` and the lines share no revision, so
    that they are separate on purpose. High where `heads` is run and the lines have a common start: the
    upgrade then works, and `downgrade -1` does not know which line is meant. Likely, and not certain,
    where settings name version folders that are not in the repository, or code chooses them.

    Source: `RevisionMap.get_current_head` and `filter_for_lineage` of Alembic 1.20, compared on generated
    histories.
    """
    for directory in project.script_directories:
        found = unmerged(directory)
        if found is not None:
            yield from _several(project, directory, found)
    all_read(project)


def _several(project: Project, directory: ScriptDirectory, found: Unmerged) -> Iterator[Draft]:
    heads = directory.graph.real_heads if len(found.heads) == 1 else found.heads
    shared = _shared(directory, heads)
    by_heads = _runs_heads(project, directory)
    if by_heads and not shared:
        return
    yield Draft(
        message=_message(directory, found, heads, by_heads=by_heads),
        at=_newest(directory, found.heads).at,
        subject=" ".join(sorted(h.id for h in heads)),
        trail=(
            *(Step(f"{_named(h)} is a head", h.at) for h in heads),
            *(Step(f"{s.id} is where they part", s.at) for s in shared),
        ),
        certain=found.certain,
        severity=Severity.HIGH if by_heads else None,
        fix=Fix(_remedy(directory, heads)),
    )


def _message(
    directory: ScriptDirectory, found: Unmerged, heads: tuple[Revision, ...], *, by_heads: bool
) -> str:
    listed = _listed([f"{h.id} ({h.path})" for h in found.heads])
    if by_heads:
        return (
            f"{directory.name} has {len(heads)} heads, {listed}: `upgrade heads` takes them all, "
            "and `downgrade -1` does not know which one is meant."
        )
    stops = f"`{command_for(directory, 'upgrade', 'head')}` stops"
    if len(found.heads) == 1:
        return f"{stops}: beside {len(heads) - 1} more, {listed} is a head that no branch label names."
    told = "" if found.heads == directory.graph.heads else " that no branch label tells apart"
    return f"{stops}: {directory.name} has {len(heads)} heads{told}, {listed}."


def _remedy(directory: ScriptDirectory, heads: tuple[Revision, ...]) -> str:
    merge = command_for(directory, "merge", "-m", "merge heads", *sorted(h.id for h in heads))
    folder = directory.program_directory
    return f"join them: `{merge}`" + (f" in {folder}" if folder else "")


def _named(revision: Revision) -> str:
    first = revision.message.split("\n", maxsplit=1)[0].strip().rstrip(".")
    return f"{revision.id}, “{first}”," if first and len(first) < 60 else revision.id  # noqa: PLR2004 - one line


def _listed(texts: list[str]) -> str:
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"


def _newest(directory: ScriptDirectory, heads: tuple[Revision, ...]) -> Revision:
    """Return the head of the shortest line: it is more often the one that was added past the others."""
    graph = directory.graph
    common = frozenset.intersection(*(graph.ancestors(h) for h in heads))
    return min(heads, key=lambda h: (len(graph.ancestors(h) - common), -graph.revisions.index(h)))


def _shared(directory: ScriptDirectory, heads: tuple[Revision, ...]) -> tuple[Revision, ...]:
    """Return the last revisions that all of these lines have, none for lines that began apart."""
    graph = directory.graph
    common = frozenset.intersection(*(graph.ancestors(h) for h in heads))
    last = (one for one in graph.revisions if one in common and not common & set(graph.children_of(one)))
    return tuple(last)


def _runs_heads(project: Project, directory: ScriptDirectory) -> bool:
    """Tell whether all that migrates this history in production goes to `heads`."""
    targets = {t.revision for _, t, chosen in migrations(project) if chosen.directory is directory}
    return targets == {HEADS}
