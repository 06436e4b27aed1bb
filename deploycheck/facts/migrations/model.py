"""Migrations as data: a script directory with its env.py and its revisions."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deploycheck.facts.migrations.graph import RevisionGraph
    from deploycheck.findings import Location
    from deploycheck.python.modules import Module
    from deploycheck.python.program import Program
    from deploycheck.python.scopes import FunctionSymbol
    from deploycheck.sources.tree import Unread


@dataclass(frozen=True, slots=True, eq=False)
class Revision:
    """One revision file.

    `at` is where its id is assigned. `parents` are what `down_revision` says, none for a base, several for a
    merge; Alembic takes whole ids only there. `depends_on` are ids or branch labels. `upgrade` and
    `downgrade` are None where the file does not define them (they may be bound by an import or assignment;
    then they are what that gives, where it can be told). `undecided` are the names of these that are worked
    out while the file runs, so that they are not known; `absent` those that it must set and does not.
    """

    id: str
    module: Module = field(repr=False)
    at: Location
    parents: tuple[str, ...] = ()
    parents_at: Location | None = None
    depends_on: tuple[str, ...] = ()
    depends_at: Location | None = None
    labels: tuple[str, ...] = ()
    message: str = ""
    upgrade: FunctionSymbol | None = field(default=None, repr=False)
    downgrade: FunctionSymbol | None = field(default=None, repr=False)
    undecided: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """The file that it stands in."""
        return self.module.path

    @property
    def is_merge(self) -> bool:
        """Whether it only joins branches, so that empty functions are right."""
        return len(self.parents) > 1


@dataclass(frozen=True)
class ScriptDirectory:
    """One Alembic environment, as its own `ScriptDirectory` has it: an env.py and a history.

    `section` is the ini section that declares it (`alembic`), empty where none does; `at` is where its
    `script_location` is declared, else its env.py. `directory` is the folder of env.py and `versions` the
    folders of revisions, as paths in the project. `unread` are revision files that could not be parsed;
    `strangers` are Python files in these folders that are no revisions. `program_directory` is the folder
    that `alembic` is run from (the ini's own). `options` are the settings of the ini's section.

    `elsewhere` are version locations that are not in the repository, as the settings write them, empty for
    ones that code chooses while it runs; with any, the history may go on where it cannot be seen.
    `names` are the pairs of ini file and section that select it: several where several share the history.
    """

    directory: str
    at: Location
    section: str = ""
    versions: tuple[str, ...] = ()
    revisions: tuple[Revision, ...] = field(default=(), repr=False)
    unread: tuple[Unread, ...] = ()
    strangers: tuple[str, ...] = ()
    env: Module | None = field(default=None, repr=False)
    ini: str = ""
    program_directory: str = ""
    options: dict[str, str] = field(default_factory=dict, repr=False)
    elsewhere: tuple[str, ...] = ()
    names: tuple[tuple[str, str], ...] = ()
    program: Program | None = field(default=None, repr=False, compare=False)

    @property
    def name(self) -> str:
        """How the report calls it: its folder, with its section where it is not the usual one.

        Where code chooses one of several histories below `versions`, it is that folder.
        """
        shown = self.directory or "."
        if len(self.versions) == 1 and self.versions[0].startswith(f"{shown}/versions/"):
            shown = self.versions[0]
        return shown if self.section in {"", "alembic"} else f"{shown} [{self.section}]"

    @cached_property
    def graph(self) -> RevisionGraph:
        """How its revisions hang together."""
        from deploycheck.facts.migrations.graph import RevisionGraph

        return RevisionGraph(self.revisions)
