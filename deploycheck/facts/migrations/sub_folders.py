"""Folders below `versions`, which Alembic reads only when it is told to: which of them belong together."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from deploycheck.facts.migrations.revision_files import files_in, read_history

if TYPE_CHECKING:
    from collections.abc import Sequence

    from deploycheck.facts.migrations.model import Revision
    from deploycheck.python.program import Program


def adopted(program: Program, versions: str, *, chosen_by_code: bool) -> list[tuple[str, ...]]:
    """Return the sets of folders that are histories, where the settings name none but `versions`.

    Alembic then reads that folder alone. Where code of the project chooses version locations, folders below
    it whose revisions follow on its own belong to it, and where it holds none itself, each set of folders
    that hang together is a history. Others are kept for old times' sake, and are no part of it.
    """
    top = read_history(program, (versions,)).revisions
    below = _below(program, versions)
    if not below or not (chosen_by_code or not top):
        return [(versions,)]
    groups = _groups({versions: top, **{f: read_history(program, (f,)).revisions for f in below}})
    if top:
        return [next(g for g in groups if versions in g)]
    return [g for g in groups if versions not in g] or [(versions,)]


def _below(program: Program, versions: str) -> list[str]:
    files = files_in(program, (versions,), recursive=True)
    folders = dict.fromkeys(posixpath.dirname(p) for p in files if "down_revision" in _text(program, p))
    return [f for f in folders if f != versions]


def _text(program: Program, path: str) -> str:
    module = program.module_at(path)
    return module.text if module is not None else ""


def _groups(histories: dict[str, list[Revision]]) -> list[tuple[str, ...]]:
    """Join folders whose revisions name one another as parents or dependencies."""
    own = {f: {n for one in revisions for n in (one.id, *one.labels)} for f, revisions in histories.items()}
    where = {name: folder for folder, names in own.items() for name in names}
    group = {folder: folder for folder in histories}
    for folder, revisions in histories.items():
        for name in (n for one in revisions for n in (*one.parents, *one.depends_on)):
            if name not in own[folder]:
                _join(group, folder, where.get(name, folder))
    return _gathered(group)


def _join(group: dict[str, str], one: str, other: str) -> None:
    old, new = group[other], group[one]
    if old != new:
        group.update({f: new for f, g in group.items() if g == old})


def _gathered(group: dict[str, str]) -> list[tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for folder, name in group.items():
        found.setdefault(name, []).append(folder)
    return [tuple(folders) for folders in _sorted(list(found.values()))]


def _sorted(groups: Sequence[list[str]]) -> list[list[str]]:
    return sorted(sorted(g) for g in groups)
