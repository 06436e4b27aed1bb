"""`--fix-suggestions=patch`: one patch on stdout for `git apply`, and on stderr what it leaves out."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from deploycheck.cli.errors import Stop
from deploycheck.engine.report import ExitCode
from deploycheck.reports import style

if TYPE_CHECKING:
    from deploycheck.cli.outputs import Output
    from deploycheck.engine import Report

_NAME = "--fix-suggestions=patch"


def beside_patch(outputs: Iterable[Output]) -> tuple[Output, ...]:
    """Return the outputs that are files: stdout has the patch alone, in place of the terminal's report.

    Raises `Stop` for another format that would go to stdout.
    """
    outputs = tuple(outputs)
    for output in outputs:
        if not output.file and output.format != "terminal":
            hint = f"give that a file, as in {output.format}=FILE"
            raise Stop(f"{_NAME} and --format {output.format} both go to stdout: {hint}", ExitCode.USAGE)
    return tuple(output for output in outputs if output.file)


def show_patch(reports: Sequence[Report]) -> None:
    """Write one patch for all findings that are shown; say what it leaves out, and where to apply it."""
    from deploycheck.engine.merging import merged

    here = _where_git_counts_from(Path())
    root = _folder_for(reports, here)
    result = merged(reports, root)
    style.write_exactly(sys.stdout, result.patch)
    for left_out in result.left_out:
        _say(str(left_out))
    found = sum(len(report.findings) for report in reports)
    for report in reports:
        if report.nothing:
            _say(f"nothing to check: {report.nothing}")
    if found:
        _say(f"the patch mends {len(result.mended)} of {found} finding{'s' if found > 1 else ''}")
    if root != here and result.patch:
        _say(f"its paths count from {_shown(reports, root)}: run git apply there")
    elif missed := _passed_over(root, result.paths):
        where = Path(os.path.relpath(root)).as_posix()
        files = f"{missed} of its files" if missed < len(result.paths) else "all of its files"
        _say(f"run git apply in {where}: from here it passes over {files} without a word")


def _passed_over(root: Path, paths: Sequence[str]) -> int:
    """Count the files that `git apply` leaves alone because they lie outside of the working directory."""
    here = os.path.relpath(os.path.realpath("."), root)
    return 0 if here == "." else sum(not path.startswith(f"{here}/") for path in paths)


def _folder_for(reports: Sequence[Report], here: Path) -> Path:
    """Return the folder that a patch's paths count from: the user's, if it holds every target.

    Inside of a repository git takes the paths of a patch from its root, wherever the user stands in it.
    """
    targets = [Path(os.path.realpath(report.target)) for report in reports]
    if all(target.is_relative_to(here) for target in targets):
        return here
    return Path(os.path.commonpath([_where_git_counts_from(target) for target in targets]))


def _where_git_counts_from(folder: Path) -> Path:
    from deploycheck.sources.repository import repository_of

    return repository_of(folder) or Path(os.path.realpath(folder))


def _shown(reports: Sequence[Report], root: Path) -> str:
    """Return a folder's path as the user would write it, from a target."""
    target = reports[0].target
    up = os.path.relpath(root, os.path.realpath(target))
    return target if up == "." else os.path.normpath(f"{target}/{up}")


def _say(text: str) -> None:
    style.write(sys.stderr, f"deploycheck: {text}\n")
