"""What a file of requirements says, the same for every kind of file; and what an app gets installed of it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deploycheck.findings import Location

DEVELOPMENT = re.compile(
    r"(^|[-_./])(dev|develop|development|tests?|testing|lint|docs?|ci|local|types?|typing|build)([-_./]|$)",
    re.IGNORECASE,
)
"""Names of files and groups that are not for production."""


def canonical(name: str) -> str:
    """Return a distribution's name in its normal form: lower case, single hyphens."""
    return re.sub(r"[-_.]+", "-", name).lower()


@dataclass(frozen=True, slots=True)
class Requirement:
    """One distribution that a file lists. `specifier` is the version part as written (`>=2,<3`).

    `extras` are the extras asked for; `group` is the dependency group or extra that it stands in (`""`
    for what is always installed); `development` tells that the group or file is for development only.
    `locked` tells that a tool wrote it there because something else needs it, or may have: a line of a
    lock file, or of a compiled file whose `# via` names only other packages. `generated` tells that a
    tool writes the file, so that nobody edits the line by hand.
    """

    name: str
    specifier: str
    at: Location
    extras: frozenset[str] = frozenset()
    group: str = ""
    development: bool = False
    locked: bool = False
    generated: bool = False


@dataclass(frozen=True, slots=True)
class RequirementFile:
    """One file of requirements, and the folder whose app it is for.

    `installs_project` tells that it installs the project itself or another one of the repository,
    `opaque` that it installs something whose name it does not tell (an address, a file that is not there).
    """

    path: str
    kind: str
    requirements: tuple[Requirement, ...]
    installs_project: bool = False
    opaque: bool = False

    @property
    def directory(self) -> str:
        """The folder that the file stands in."""
        return self.path.rpartition("/")[0]

    @property
    def for_production(self) -> bool:
        """Whether it tells what production installs: false where all of it is for development."""
        if not self.requirements:
            return self.installs_project or self.opaque or not DEVELOPMENT.search(self.path)
        return self.opaque or self.installs_project or not all(r.development for r in self.requirements)


@dataclass(frozen=True, slots=True)
class Installed:
    """What production installs for one folder's app. `complete` tells that nothing else can be installed.

    `files` are the ones that count; `names` what they list for production.
    """

    files: tuple[RequirementFile, ...]
    complete: bool = True

    @property
    def requirements(self) -> tuple[Requirement, ...]:
        """What is asked for by name for production, lock files and development groups apart."""
        return tuple(r for f in self.files for r in f.requirements if not r.development and not r.locked)

    @property
    def names(self) -> frozenset[str]:
        """Canonical names of `requirements`."""
        return frozenset(r.name for r in self.requirements)

    @property
    def everything(self) -> frozenset[str]:
        """Canonical names of all that any file lists, in any group, locked lines too."""
        return frozenset(r.name for f in self.files for r in f.requirements)

    def get(self, name: str) -> Requirement | None:
        """Return the requirement on a distribution: a production one first, one written by hand first."""
        wanted = canonical(name)
        every = sorted(
            (r for f in self.files for r in f.requirements if r.name == wanted),
            key=lambda r: (r.development, r.locked, r.generated),
        )
        return every[0] if every else None


def installed_for(files: Iterable[RequirementFile], directory: str) -> Installed:
    """Return what production installs for the app in a folder: the nearest folder upward with a list.

    A folder whose files are all for development is passed over.
    """
    listed = list(files)
    folder = directory
    while True:
        here = [f for f in listed if f.directory in {folder, f"{folder}/requirements".lstrip("/")}]
        if any(f.for_production for f in here):
            return Installed(tuple(here))
        if not folder:
            return Installed(tuple(listed), complete=False)
        folder = folder.rpartition("/")[0]
