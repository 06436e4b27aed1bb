"""Which findings of a run count: those of a change (`--since`), and those that no baseline knows."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from deploycheck.cli.errors import Stop
from deploycheck.cli.writing import replace_file
from deploycheck.engine.report import ExitCode

if TYPE_CHECKING:
    from deploycheck.cli.examining import Settled
    from deploycheck.engine.baseline import Entry
    from deploycheck.engine.report import Report
    from deploycheck.project import Project
    from deploycheck.sources.revision import Revision

Run = Callable[[Path], "tuple[Report, Project]"]
"""Looks at another folder just as the target is looked at."""

_LIMIT = 20_000_000


def narrowed(report: Report, project: Project, settled: Settled, run: Run, fresh: frozenset[Path]) -> Report:
    """Return a report with only what counts. Raises `Stop`.

    `run` looks at an earlier state of the project; `fresh` are the baselines that this command begins.
    """
    asked = settled.resolved.options
    if report.nothing:
        return report
    if asked.since is not None:
        report = _since(report, project, settled, run, asked.since)
    if asked.baseline is not None or asked.write_baseline:
        report = _known(report, project, settled, fresh)
    return report


def refuse_contradictions(settled: Settled) -> None:
    """Refuse options that contradict each other, before anything is looked at. Raises `Stop`."""
    asked = settled.resolved.options
    if asked.since is not None and asked.write_baseline:
        raise Stop("--write-baseline takes all findings: leave --since out", ExitCode.USAGE, settled.path)
    if asked.grow_baseline and not asked.write_baseline:
        raise Stop("--grow-baseline belongs to --write-baseline", ExitCode.USAGE, settled.path)
    if asked.since is not None:
        _revision(settled, asked.since)
    if asked.baseline is not None and not asked.write_baseline:
        _entries(baseline_of(settled), settled)


def baseline_of(settled: Settled) -> Path:
    """Return the file: the one that is named, or a default beside the configuration or in the target."""
    from deploycheck.engine.baseline import DEFAULT

    asked, file = settled.resolved.options, settled.configuration.file
    if asked.baseline is not None:
        return Path(asked.baseline)
    return Path(os.path.normpath(settled.root / (os.path.dirname(file) if file else "") / DEFAULT))  # noqa: PTH120


def _revision(settled: Settled, since: str) -> Revision:
    from deploycheck.sources.revision import RevisionError, revision_of

    try:
        return revision_of(settled.root, since)
    except RevisionError as error:
        raise Stop(str(error), ExitCode.USAGE, settled.path) from error


def _since(report: Report, project: Project, settled: Settled, run: Run, since: str) -> Report:
    """Compare with the project as it was: looked at in the same way, in a folder of its own."""
    from deploycheck.engine import changes
    from deploycheck.sources.revision import RevisionError, put_down

    revision = _revision(settled, since)
    with tempfile.TemporaryDirectory(prefix="deploycheck-") as folder:
        home = Path(folder) / revision.top.name
        home.mkdir()
        try:
            target = put_down(revision, home)
        except RevisionError as error:
            raise Stop(str(error), ExitCode.USAGE, settled.path) from error
        earlier, before = run(target)
        return changes.narrowed(report, earlier, changes.change(before.tree, project.tree))


def _known(report: Report, project: Project, settled: Settled, fresh: frozenset[Path]) -> Report:
    from deploycheck.engine import baseline

    asked, file, base = settled.resolved.options, baseline_of(settled), settled.configuration.base
    begun = file in fresh
    entries = _entries(file, settled, may_lack=bool(asked.write_baseline))
    codes = settled.selection.codes
    known = baseline.compare(entries, report, base, codes, project.tree.exists)
    if not asked.write_baseline:
        return baseline.applied(report, known, file.as_posix())
    new = baseline.updated(entries, report, known, base, grow=begun or bool(asked.grow_baseline))
    _write(file, new, settled)
    known = replace(baseline.compare(new, report, base, codes, project.tree.exists), gone=())
    narrowed = baseline.applied(report, known, file.as_posix())
    return replace(narrowed, notes=(*narrowed.notes, *_told(file, len(new), narrowed)))


def _told(file: Path, count: int, left: Report) -> tuple[str, ...]:
    """Say what was written, and what was left out of it."""
    written = f"{file.as_posix()}: {count} finding{'' if count == 1 else 's'}"
    out = len(left.findings)
    if not out:
        return (written,)
    return (f"{written}; {out} new left out: --grow-baseline takes {'it' if out == 1 else 'them'} in",)


def _entries(file: Path, settled: Settled, *, may_lack: bool = False) -> tuple[Entry, ...]:
    """Read a baseline. Raises `Stop` with the line that is wrong."""
    from deploycheck.engine.baseline import BaselineError, parse

    text = _text(file, settled, may_lack=may_lack)
    try:
        return parse(text, file.as_posix())
    except BaselineError as error:
        raise Stop(f"baseline {error}", ExitCode.USAGE, settled.path) from error


def _text(file: Path, settled: Settled, *, may_lack: bool) -> str:
    from deploycheck.sources.errors import ReadError
    from deploycheck.sources.text import decode, read_bytes

    if may_lack and not os.path.lexists(file):
        return ""
    try:
        return decode(read_bytes(os.path.realpath(file), file.as_posix(), _LIMIT), file.as_posix()).text
    except ReadError as error:
        hint = ": --write-baseline makes it" if not os.path.lexists(file) else ""
        raise Stop(f"baseline {error}{hint}", ExitCode.USAGE, settled.path) from error


def _write(file: Path, entries: tuple[Entry, ...], settled: Settled) -> None:
    """Write a baseline as a whole or not at all; comments that people wrote into it stay, at its top."""
    from deploycheck.engine.baseline import comments, written

    text = written(entries, comments(_text(file, settled, may_lack=True)))
    try:
        replace_file(file, text)
    except OSError as error:
        raise Stop(
            f"baseline {file.as_posix()} cannot be written: {error.strerror}", ExitCode.USAGE, settled.path
        ) from error


def begun(targets: tuple[Settled, ...]) -> frozenset[Path]:
    """Return the baselines that are not there yet: a first one takes everything in."""
    writing = [t for t in targets if t.resolved.options.write_baseline]
    return frozenset(file for t in writing if not os.path.lexists(file := baseline_of(t)))
