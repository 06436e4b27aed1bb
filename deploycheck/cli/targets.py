"""Which folders a command is about: the one that is named, or the targets that its configuration lists."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from deploycheck.cli.errors import Stop
from deploycheck.cli.main import COMMANDS
from deploycheck.engine.report import ExitCode

if TYPE_CHECKING:
    from deploycheck.configuration import Configuration

_WORST_FIRST = (ExitCode.USAGE, ExitCode.FINDINGS, ExitCode.INCOMPLETE, ExitCode.NOTHING)


def folder_of(path: str) -> Path:
    """Return the target, as the user wrote it. Raises `Stop` when it is no folder."""
    try:
        os.getcwd()  # noqa: PTH109 - only whether there is one
    except OSError as error:
        reason = f"the working directory cannot be read: {error.strerror}: go to another one"
        raise Stop(reason, ExitCode.NOTHING, path) from error
    # `os.path` answers for a folder that may not be entered; `Path.is_dir` would raise.
    if not os.path.isdir(path):  # noqa: PTH112
        state = "is a file, not a folder" if os.path.exists(path) else "does not exist"  # noqa: PTH110
        raise Stop(f"{path} {state}: {_instead(path)}", ExitCode.NOTHING, path)
    return Path(path)


def _instead(path: str) -> str:
    """Say what to give in the place of no folder: perhaps a command was meant."""
    near = difflib.get_close_matches(path, COMMANDS, n=1, cutoff=0.7)
    meant = f"the command {near[0]}, or " if near else ""
    return f"did you mean {meant}the folder of a project?" if near else "give the folder of a project"


def folders_of(path: str, wanted: str | None = None) -> tuple[str, ...]:
    """Return the folders to check: `path`, or the targets that the configuration in it lists.

    `wanted` picks one of those by its name or path. Raises `Stop` for one that is not listed.
    """
    from deploycheck.configuration import ConfigurationError, targets
    from deploycheck.configuration.errors import hint

    root = folder_of(path)
    try:
        listed = targets(root)
    except ConfigurationError as error:
        raise Stop(str(error), ExitCode.USAGE, path) from error
    if wanted is not None:
        names = [t.name for t in listed]
        listed = tuple(t for t in listed if wanted in (t.name, t.path))
        if not listed:
            why = hint(wanted, names) or "; the configuration of this folder lists no targets"
            raise Stop(f"unknown target {wanted!r}{why}", ExitCode.USAGE, path)
    return tuple(_joined(path, t.path) for t in listed) or (path,)


def _joined(path: str, target: str) -> str:
    """Return a target's path as the user would write it."""
    if target == ".":
        return path
    return target if path == "." else f"{path.rstrip('/')}/{target}"


def configured(root: Path, profile: str) -> Configuration:
    """Return the configuration that applies to a folder. Raises `Stop`."""
    from deploycheck.configuration import ConfigurationError, load

    try:
        return load(root, profile)
    except ConfigurationError as error:
        raise Stop(str(error), ExitCode.USAGE, str(root)) from error


def worst(codes: Iterable[ExitCode]) -> ExitCode:
    """Return the exit code of several reports: that of the worst."""
    given = set(codes)
    return next((code for code in _WORST_FIRST if code in given), ExitCode.READY)
