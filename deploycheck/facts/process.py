"""The running process, where it is the app that asks for itself: what it loads of a project's files.

No manifest counts here: the process has been started already, and has the environment that it has.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from deploycheck.facts.environment import Environment
from deploycheck.facts.loaded import loaded
from deploycheck.facts.requirements import installed_near
from deploycheck.facts.suppressions import find_suppressions
from deploycheck.facts.undeployed import of_code
from deploycheck.sources.dotenv import parse
from deploycheck.sources.errors import ReadError
from deploycheck.sources.text import decode, read_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import FrameType

    from deploycheck.facts.deployment import Deployment
    from deploycheck.project import Project
    from deploycheck.sources.dotenv import DotenvEntry


@dataclass(frozen=True, slots=True)
class Process:
    """A process, by the files of the project that it has loaded, and those of them whose code asks."""

    loaded: frozenset[str]
    asking: frozenset[str]

    def runs(self, deployment: Deployment) -> bool:
        """Tell whether this is the process of a deployment: its app is loaded, and one of its files asks."""
        app = deployment.app
        return bool(deployment.modules & self.asking) and (app is None or app.module.path in self.loaded)


def this_process(root: Path, frame: FrameType | None) -> Process:
    """Return this process, asked from `frame`; its files as paths from `root`."""
    base = os.path.realpath(root)
    asking = frozenset(_inside(base, _files(frame)))
    modules = tuple(sys.modules.values())
    files = (file for module in modules if isinstance(file := getattr(module, "__file__", None), str))
    return Process(asking | frozenset(_inside(base, files)), asking)


def deployments_of(process: Process, project: Project) -> tuple[Deployment, ...]:
    """Return what the process runs of a project, and take only the files that it loads for the project's.

    Nothing when none of the apps that it has loaded has the code that asks.
    """
    program = project.program
    known = program.modules.known
    environment = Environment(project.sources.layers(), closed=True)
    own = loaded(program, sorted(process.loaded & known), environment)
    program.modules.narrow(own)
    project.suppressions = find_suppressions(project.tree, project.configuration, own & known)
    found = of_code(
        program,
        lambda folder: installed_near(project.tree, folder),
        lambda path: _entries(project.root, path),
        project.sources,
        _working_directory(project.root),
    )
    return tuple(deployment for deployment in found if process.runs(deployment))


def _working_directory(root: Path) -> str | None:
    """Return the folder that the process runs in, as a path from the project's root; None outside of it."""
    here, base = os.path.realpath("."), os.path.realpath(root)
    return "" if here == base else next(_inside(base, [here]), None)


def _entries(root: Path, path: str) -> tuple[DotenvEntry, ...] | None:
    """Return what a file of variables sets for the process, which reads those that git ignores as well."""
    file = root / path
    if not file.is_file():
        return None
    try:
        return parse(decode(read_bytes(str(file), path), path).text, path)[0]
    except ReadError:
        return ()


def _files(frame: FrameType | None) -> Iterator[str]:
    """Yield the files of the code that has led here."""
    while frame is not None:
        yield frame.f_code.co_filename
        frame = frame.f_back


def _inside(base: str, files: Iterable[str]) -> Iterator[str]:
    """Yield the files that stand below a folder, as paths from there."""
    start = base.rstrip("/") + "/"
    for file in files:
        real = os.path.realpath(file)
        if real.startswith(start):
            yield real[len(start) :]
