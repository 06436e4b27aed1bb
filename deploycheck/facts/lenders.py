"""Who needs whom, as lock files tell: the packages of each, and what the project's own ones ask for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from deploycheck.facts.requirements import canonical
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from deploycheck.sources.tree import Tree

_NAME = re.compile(r"[A-Za-z0-9][\w.-]*", re.ASCII)
_OWN = frozenset({"directory", "editable", "virtual", "workspace"})


@dataclass(slots=True)
class Needs:
    """`by` maps each locked package to what it needs; `own` is what the project's own packages need."""

    by: dict[str, frozenset[str]] = field(default_factory=dict)
    own: frozenset[str] = frozenset()


def needs_of(tree: Tree, paths: Iterable[str]) -> Needs:
    """Return what the lock files at `paths` tell (uv, Poetry, PDM); one of another kind tells nothing."""
    found = Needs()
    for path in paths:
        for package in _packages(tree, path):
            name = package.get("name")
            needs = frozenset(_names(package.get("dependencies")))
            source = package.get("source")
            if isinstance(source, dict) and _OWN & source.keys():
                found.own |= needs
            elif isinstance(name, str):
                found.by[canonical(name)] = needs
    return found


def _packages(tree: Tree, path: str) -> Iterator[dict[str, object]]:
    if not path.endswith((".lock", ".toml")) or path.endswith("Pipfile.lock"):
        return
    try:
        listed = tree.toml(path).get("package")
    except ReadError:
        return
    yield from (p for p in (listed if isinstance(listed, list) else ()) if isinstance(p, dict))


def _names(dependencies: object) -> Iterator[str]:
    if isinstance(dependencies, dict):
        yield from (canonical(str(name)) for name in dependencies)
    for item in dependencies if isinstance(dependencies, list) else ():
        text = item.get("name") if isinstance(item, dict) else item
        match = _NAME.match(text) if isinstance(text, str) else None
        if match is not None:
            yield canonical(match[0])
