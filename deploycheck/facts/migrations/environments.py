"""Finds every Alembic environment of a project."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from deploycheck.facts.migrations.declared import (
    MAIN,
    Declared,
    bare,
    in_code,
    in_settings,
    is_deployed,
    is_env,
    mentions,
)
from deploycheck.facts.migrations.locations import Folders, join
from deploycheck.facts.migrations.model import ScriptDirectory
from deploycheck.facts.migrations.revision_files import read_history
from deploycheck.facts.migrations.sub_folders import adopted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from deploycheck.python.program import Program
    from deploycheck.sources.tree import Tree

CODE_CHOOSES = ""
"""In `elsewhere`: a version location that only the running process knows."""


def find_script_directories(tree: Tree, program: Program) -> tuple[ScriptDirectory, ...]:
    """Return the script directories of a project, in path order; nothing is run or imported for it.

    One that several places declare is one, and so are two that share their folders of revisions.
    """
    finder = _Finder(tree, program)
    for declared in in_settings(tree):
        finder.add(declared)
    alone = [one for one in bare(tree, program) if one.near not in finder.directories]
    if finder.misses_one(alone):
        for declared in in_code(tree, program):
            finder.add(declared)
    for declared in alone:
        if declared.near not in finder.directories:
            finder.add(declared)
    found = [one for place in finder.places for one in finder.read(place)]
    return tuple(sorted(_once(found), key=lambda d: (d.directory, d.section, d.versions)))


class _Finder:
    """Gathers declarations, each with the folders that it means."""

    def __init__(self, tree: Tree, program: Program) -> None:
        self.tree = tree
        self.program = program
        self.folders = Folders(tree, program)
        self.places: list[tuple[Declared, ScriptDirectory]] = []

    def add(self, declared: Declared) -> None:
        """Keep a declaration whose script directory is in the project and is part of the app."""
        found = self.folders.find(declared.location, declared.near, script=True)
        if found is None:
            return
        directory, base = found
        env = self.folders.env_in(directory)
        if not is_deployed(join(directory, "env.py")) or (not env and not declared.ini):
            return
        versions, elsewhere = self._versions(declared, directory, base)
        if (declared.guessed or not declared.ini) and not versions:
            return
        place = ScriptDirectory(
            directory=directory,
            at=declared.at,
            section=declared.section or (MAIN if declared.ini else ""),
            versions=versions,
            env=self.program.module_at(env) if env else None,
            ini=declared.ini,
            program_directory=self._run_from(declared, directory, base),
            options=dict(declared.options),
            elsewhere=elsewhere,
            names=((declared.ini, declared.section),) if declared.ini else (),
            program=self.program,
        )
        self.places.append((declared, place))

    @property
    def directories(self) -> frozenset[str]:
        """The script directories that are known by now."""
        return frozenset(place.directory for _, place in self.places)

    def misses_one(self, alone: Sequence[Declared]) -> bool:
        """Tell whether code may know more of an env.py than settings and files: it costs much to follow."""
        untold = bool(alone) or any(not place.versions for _, place in self.places)
        if untold and self.code_chooses:
            return True
        known = {place.env.path for _, place in self.places if place.env is not None}
        known |= {one.at.path for one in alone}
        paths = (p for p in self.program.modules.paths if p == "env.py" or p.endswith("/env.py"))
        return any(p not in known and is_deployed(p) and is_env(self.tree, p) for p in paths)

    def _run_from(self, declared: Declared, directory: str, base: str) -> str:
        """Return the folder that the program is run from; Flask-Migrate's is the one around its own."""
        inside = declared.ini and declared.near == directory and directory
        return directory.rpartition("/")[0] if inside else base if declared.ini else ""

    def _versions(
        self, declared: Declared, directory: str, base: str
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        if declared.versions is None:
            usual = join(directory, "versions")
            folders = [self.folders.real(usual)] if self.folders.is_folder(usual) else []
            return tuple(folders), (CODE_CHOOSES,) if declared.open_ended else ()
        found = {
            v: self.folders.find(v, declared.near) or self.folders.find(v, base) for v in declared.versions
        }
        here = tuple(dict.fromkeys(f[0] for f in found.values() if f is not None))
        return here, tuple(v.replace("\0", "%(here)s") for v, f in found.items() if f is None)

    def read(self, place: tuple[Declared, ScriptDirectory]) -> Iterator[ScriptDirectory]:
        """Read the revisions of a place: several histories where code chooses one of several folders."""
        declared, directory = place
        usual = join(directory.directory, "versions")
        folders = [directory.versions]
        elsewhere = directory.elsewhere
        if declared.versions is None and not declared.recursive and directory.versions:
            folders = adopted(self.program, usual, chosen_by_code=self.code_chooses)
            if folders != [directory.versions] and not elsewhere:
                elsewhere = (CODE_CHOOSES,)
        for versions in folders:
            history = read_history(self.program, versions, recursive=declared.recursive)
            hidden = [v for v in versions if self.tree.leaves_out(join(v, "0a1b2c3d4e5f_.py"))]
            yield replace(
                directory,
                versions=versions,
                revisions=tuple(history.revisions),
                unread=tuple(history.unread),
                strangers=tuple(history.strangers),
                elsewhere=tuple(dict.fromkeys((*elsewhere, *hidden))),
            )

    @cached_property
    def code_chooses(self) -> bool:
        """Whether code of the project speaks of version locations at all."""
        paths = (p for p in self.program.modules.paths if is_deployed(p) and "/versions/" not in p)
        return any(mentions(self.tree, p, "version_locations") for p in paths)


def _once(found: Iterable[ScriptDirectory]) -> list[ScriptDirectory]:
    """Keep one of those with the same history: the first declared, in the section `alembic` if there is one.

    One whose folders are a part of another's declares the same history and knows less of it, unless it
    is the declared one and the other is only put together by code for a special purpose.
    """
    kept: dict[tuple[str, frozenset[str]], ScriptDirectory] = {}
    for one in found:
        key = ("", frozenset(one.versions)) if one.versions else (one.directory, frozenset[str]())
        other = kept.get(key)
        if other is None:
            kept[key] = one
        else:
            first = one if one.section == MAIN and other.section not in {MAIN, ""} else other
            kept[key] = replace(first, names=tuple(dict.fromkeys((*other.names, *one.names))))
    return [one for key, one in kept.items() if not _special(one, kept.values())]


def _special(one: ScriptDirectory, others: Iterable[ScriptDirectory]) -> bool:
    """Tell whether code puts these folders together beside a declared history of the same env.py."""
    if one.ini:
        return False
    shared = [o for o in others if o is not one and o.directory == one.directory and o.ini]
    return any(set(o.versions) & set(one.versions) or not one.versions for o in shared)
