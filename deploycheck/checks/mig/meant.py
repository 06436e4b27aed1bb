"""Which revision an id that does not exist was meant to name."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.findings import Location
from deploycheck.rules import nearest

if TYPE_CHECKING:
    from deploycheck.facts.migrations.model import Revision, ScriptDirectory
    from deploycheck.project import Project

_SHORTEST = 4


@dataclass(frozen=True, slots=True)
class Meant:
    """What was meant: the id, if it is told (`sure` where it can be no other), why, and what to look at."""

    id: str = ""
    sure: bool = False
    why: str = ""
    remedy: str = ""
    places: tuple[tuple[str, Location], ...] = ()


def meant(project: Project, directory: ScriptDirectory, name: str) -> Meant:
    """Return the revision that was meant by a name that no revision has."""
    return (
        _file(directory, name)
        or _label(directory, name)
        or _abbreviated(directory, name)
        or _outside(project, directory, name)
        or _alike(directory, name)
        or Meant()
    )


def _of(one: Revision, why: str, *, sure: bool = True) -> Meant:
    return Meant(one.id, sure, why, places=((f"{one.path} has the id {one.id}", one.at),))


def _file(directory: ScriptDirectory, name: str) -> Meant | None:
    stem = posixpath.basename(name).removesuffix(".py")
    found = [r for r in directory.revisions if posixpath.basename(r.path) == f"{stem}.py"]
    if len(found) != 1:
        return None
    return _of(found[0], f"it is the name of a file, whose id is {found[0].id}")


def _label(directory: ScriptDirectory, name: str) -> Meant | None:
    label = name.partition("@")[0]
    owner = directory.graph.labels.get(label)
    if owner is None:
        return None
    return Meant(
        why=f"it is a branch label, and only ids may stand there; {owner.id} carries it",
        remedy="write the id of the revision that is to be followed",
        places=((f"{owner.id} carries the label {label}", owner.at),),
    )


def _abbreviated(directory: ScriptDirectory, name: str) -> Meant | None:
    found = [r for r in directory.revisions if len(name) >= _SHORTEST and r.id.startswith(name)]
    if len(found) != 1:
        return None
    return _of(found[0], f"only whole ids count there, and it is the beginning of {found[0].id}")


def _outside(project: Project, directory: ScriptDirectory, name: str) -> Meant | None:
    """Find a file with that id outside of the folders that Alembic reads for this history."""
    own = {r.path for r in directory.revisions}
    pattern = re.compile(rf"^revision\b[^=\n]*=\s*[\"']{re.escape(name)}[\"']", re.MULTILINE)
    modules = project.program.modules
    found = [
        p
        for p in modules.paths
        if p not in own and name in modules.text(p) and pattern.search(modules.text(p))
    ]
    if not found:
        return None
    return Meant(
        why=f"{found[0]} has it, which Alembic does not read for this history",
        remedy=f"move the file to {directory.versions[0]}, or add its folder to version_locations",
        places=((f"{found[0]} has this id", Location(found[0])),),
    )


def _alike(directory: ScriptDirectory, name: str) -> Meant | None:
    close = nearest(name, (r.id for r in directory.revisions))
    one = directory.graph.by_id.get(close)
    if one is None or _distance(name, close) > max(2, len(name) // 6):
        return None
    return _of(one, f"{one.id} is nearly the same", sure=False)


def _distance(one: str, other: str) -> int:
    """Return how many characters must be changed, added or removed to make one of the other."""
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        previous, row[0] = row[0], i
        for j, b in enumerate(other, 1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (a != b))
    return row[-1]
