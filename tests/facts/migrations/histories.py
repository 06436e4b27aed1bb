"""Helpers: revisions out of a few words, without a file."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from deploycheck.facts.migrations.graph import RevisionGraph
from deploycheck.facts.migrations.model import Revision
from deploycheck.findings import Location
from deploycheck.python.modules import Module, Role


def revision(
    name: str,
    parents: Iterable[str] = (),
    depends_on: Iterable[str] = (),
    labels: Iterable[str] = (),
    path: str = "",
) -> Revision:
    path = path or f"migrations/versions/{name}.py"
    module = Module(path, "", "", ast.parse(""), "", Role.MIGRATION, is_package=False)
    return Revision(
        name, module, Location(path), tuple(parents), depends_on=tuple(depends_on), labels=tuple(labels)
    )


def graph(**parents: str | tuple[str, ...] | None) -> RevisionGraph:
    """Return a graph from `child="parent"`, `merge=("a", "b")` and `base=None`."""
    listed = {k: () if v is None else (v,) if isinstance(v, str) else v for k, v in parents.items()}
    return RevisionGraph(revision(name, given) for name, given in listed.items())


def ids(revisions: Iterable[Revision]) -> list[str]:
    return [one.id for one in revisions]
