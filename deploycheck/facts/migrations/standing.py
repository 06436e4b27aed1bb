"""Where the target database stands in each history of migrations."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from deploycheck.facts.deploying.model import Act
from deploycheck.facts.migrations.chosen import chosen_by
from deploycheck.facts.migrations.dialects import dialect_of
from deploycheck.facts.migrations.version_names import VersionName, version_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from deploycheck.facts.deploying.model import Task, Way
    from deploycheck.facts.deployment import Deployment
    from deploycheck.facts.migrations.model import Revision, ScriptDirectory
    from deploycheck.facts.target import Target, VersionTable


@dataclass(frozen=True)
class Standing:
    """One history in the target.

    `table` is its version table there, None without one; several standings of one history are those of
    several schemas, each with a table of its own. `current` are the revisions in it that the history has,
    `unknown` the ids that it has not, `pending` the revisions that production goes to and the target has not,
    in the order of running, and `beyond` those that the target has and no command of production goes to.
    `certain` is False where the history may well live in another database.
    """

    directory: ScriptDirectory = field(repr=False)
    name: VersionName
    table: VersionTable | None = None
    current: tuple[Revision, ...] = ()
    unknown: tuple[str, ...] = ()
    pending: tuple[Revision, ...] = field(default=(), repr=False)
    beyond: tuple[Revision, ...] = field(default=(), repr=False)
    certain: bool = True

    @property
    def applied(self) -> frozenset[Revision]:
        """The revisions that the target has, as far as the history knows them."""
        return self.directory.graph.ancestors(*self.current, dependencies=True)


def standings(
    target: Target,
    directories: Iterable[ScriptDirectory],
    deployments: Iterable[Deployment],
    ways: Iterable[Way] = (),
) -> tuple[Standing, ...]:
    """Return where the target stands, in the order of the histories.

    A history that shares its version table with another one, whose revisions stand in it, is in some other
    database and left out; so is one of several whose own backend is another.
    """
    listed = [d for d in directories if d.revisions]
    names = [version_name(d, deployments) for d in listed]
    found = [_tables_of(d, n, target) for d, n in zip(listed, names, strict=True)]
    migrating = [t for w in ways if w.deploys for t in w.tasks if Act.MIGRATE in t.acts and not t.practised]
    several = len(listed) > 1
    result: list[Standing] = []
    for directory, name, tables in zip(listed, names, found, strict=True):
        others = [d for d in listed if d is not directory]
        if several and dialect_of(directory, deployments).name not in {"", target.dialect}:
            continue
        wanted = _wanted(directory, migrating, listed)
        for table in tables or (None,):
            if table is not None and not _has(directory, table) and any(_has(o, table) for o in others):
                continue
            owned = table is not None and _has(directory, table)
            certain = owned or (name.certain and not several)
            result.append(_standing(directory, name, table, wanted, certain=certain))
    return tuple(result)


def _has(directory: ScriptDirectory, table: VersionTable) -> bool:
    """Tell whether a table holds a revision of a history."""
    return any(r in directory.graph.by_id for r in table.revisions)


def _tables_of(directory: ScriptDirectory, name: VersionName, target: Target) -> tuple[VersionTable, ...]:
    """Return a history's version tables: the one that is named, else those that its revisions stand in."""
    exact = tuple(t for t in target.version_tables if t.name == name.name and _is_in(t, name.schema))
    same = tuple(t for t in target.version_tables if t.name == name.name and _has(directory, t))
    if exact and (name.certain or _has(directory, exact[0]) or not same):
        return exact
    return same or tuple(t for t in target.version_tables if _has(directory, t)) or exact


def _is_in(table: VersionTable, schema: str) -> bool:
    """Tell whether a table is in the schema that env.py names, or in the default one where it names none."""
    return table.in_schema == schema if schema and table.in_schema else table.schema == schema


def _standing(
    directory: ScriptDirectory,
    name: VersionName,
    table: VersionTable | None,
    wanted: frozenset[Revision],
    *,
    certain: bool,
) -> Standing:
    graph = directory.graph
    rows = table.revisions if table is not None else ()
    current = tuple(graph.by_id[r] for r in rows if r in graph.by_id)
    unknown = tuple(r for r in rows if r not in graph.by_id)
    applied = graph.ancestors(*current, dependencies=True)
    ordered = graph.ordered()
    # Of what follows an id that is not here, nobody can tell what the database has already.
    known = bool(current) or not unknown
    pending = tuple(r for r in ordered if known and r in wanted and r not in applied)
    beyond = tuple(r for r in ordered if r in applied and r not in wanted and not pending)
    return Standing(directory, name, table, current, unknown, pending, beyond, certain)


def _wanted(
    directory: ScriptDirectory, migrating: Sequence[Task], directories: Sequence[ScriptDirectory]
) -> frozenset[Revision]:
    """Return the revisions that production goes to: those that its commands name, else all."""
    graph = directory.graph
    targets = list(_targets(directory, migrating, directories))
    if targets and all(targets):
        return graph.ancestors(*(r for t in targets for r in t), dependencies=True)
    return graph.ancestors(*graph.heads, dependencies=True)


def _targets(
    directory: ScriptDirectory, migrating: Sequence[Task], directories: Sequence[ScriptDirectory]
) -> Iterator[tuple[Revision, ...]]:
    """Yield what each command for a history goes to; nothing of one that Alembic refuses."""
    for task in migrating:
        chosen = chosen_by(task, directories)
        if chosen is not None and chosen.directory is directory:
            found = directory.graph.resolve(task.revision)
            yield found.revisions if not found.refused and chosen.certain and task.certain else ()
