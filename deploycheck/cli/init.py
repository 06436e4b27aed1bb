"""`deploycheck init [PATH]`: a configuration, a baseline and the CI job, shown as a diff and then written."""

from __future__ import annotations

import difflib
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer

from deploycheck.cli import forges, options
from deploycheck.cli.errors import Stop
from deploycheck.cli.targets import folder_of
from deploycheck.cli.writing import new_file, replace_file
from deploycheck.engine.report import ExitCode
from deploycheck.sources.repository import repository_of

OWN, SHARED = "deploycheck.toml", "pyproject.toml"


@dataclass(slots=True)
class _Plan:
    """What would be written, by file, with the text that is there now; and what is left to say."""

    texts: dict[Path, tuple[str | None, str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def add(self, file: Path, text: str) -> None:
        """Plan a new file, or leave one that is there already."""
        if os.path.lexists(file):
            self.notes.append(f"{_shown(file)} is already there, and is left as it is")
        else:
            self.texts[file] = (None, text)

    @property
    def diff(self) -> str:
        """All of it as one unified diff."""
        parts: list[str] = []
        for file, (now, text) in self.texts.items():
            name = _shown(file)
            before = "/dev/null" if now is None else f"a/{name}"
            old, new = (now or "").splitlines(), text.splitlines()
            parts += difflib.unified_diff(old, new, before, f"b/{name}", lineterm="")
        return "\n".join(parts) + "\n" if parts else ""


def init(
    path: options.Path = ".",
    *,
    baseline: Annotated[
        bool, typer.Option("--baseline", help="Take today's findings as known: only new ones will count.")
    ] = False,
    action: Annotated[
        str,
        typer.Option(
            metavar="OWNER/REPO@REF", help="The action that a workflow of GitHub uses.", show_default=False
        ),
    ] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Write it without asking.")] = False,
) -> int:
    """Write a configuration, a baseline and the CI job of the forge that the repository is on.

    Shows all of it as a diff first. What is there already is never overwritten.
    """
    from deploycheck.reports.style import write

    plan = planned(path, baseline=baseline, action=action)
    write(sys.stdout, "\n".join([*plan.notes, *([""] if plan.notes and plan.texts else []), plan.diff]))
    if not plan.texts:
        write(sys.stdout, "nothing to write\n")
    elif yes or _confirmed():
        _write(plan)
        names = ", ".join(_shown(file) for file in plan.texts)
        write(sys.stdout, f"wrote {names}\n")
    else:
        write(sys.stdout, "nothing was written: --yes writes it\n")
    return ExitCode.READY


def planned(path: str, *, baseline: bool, action: str) -> _Plan:
    """Decide what would be written; nothing is yet. Raises `Stop`."""
    root = folder_of(path)
    plan = _Plan()
    known = _baseline(path, root, plan) if baseline else ""
    _configuration(root, plan, known)
    _job(root, plan, action)
    return plan


def _configuration(root: Path, plan: _Plan, known: str) -> None:
    """Plan the table: in pyproject.toml where there is one, else a file of its own."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    from deploycheck.configuration import ConfigurationError
    from deploycheck.configuration.search import nearest

    try:
        found = nearest(Path(os.path.realpath(root)))
    except ConfigurationError as error:
        raise Stop(str(error), ExitCode.USAGE, str(root)) from error
    keys = {"fail-on": "critical", **({"baseline": known} if known else {})}
    if found is not None:
        plan.notes.append(
            f"{_shown(found.folder / found.document.path.rpartition('/')[2])} configures "
            "deploycheck already, and is left as it is"
        )
        if known and "baseline" not in found.table:
            plan.notes.append(f'to use the baseline, add to it: baseline = "{known}"')
        return
    shared = root / SHARED
    if not os.path.lexists(shared):
        plan.add(root / OWN, tomlkit.dumps(keys))
        return
    try:
        now = shared.read_bytes().decode()
        document = tomlkit.parse(now)
        tool = document.setdefault("tool", tomlkit.table(is_super_table=True))
        tool["deploycheck"] = tomlkit.item(keys)
        plan.texts[shared] = (now, tomlkit.dumps(document))
    except (OSError, UnicodeDecodeError, TOMLKitError) as error:
        raise Stop(f"{_shown(shared)} cannot be extended: {error}", ExitCode.USAGE, str(root)) from error


def _baseline(path: str, root: Path, plan: _Plan) -> str:
    """Plan the file of today's findings, and return its name; nothing where there are none."""
    from deploycheck.cli.asking import Asked
    from deploycheck.cli.examining import prepared, ran, settle
    from deploycheck.engine import baseline

    file = root / baseline.DEFAULT
    if os.path.lexists(file):
        plan.add(file, "")
        return ""
    settled = settle(path, Asked(isolated=True))
    project = prepared(settled)
    report = ran(settled, project)
    if report.nothing:
        raise Stop(report.nothing, ExitCode.NOTHING, path)
    if report.incomplete:
        reason = "the check is incomplete, and a baseline of half of it would hide the rest: run deploycheck"
        raise Stop(reason, ExitCode.INCOMPLETE, path)
    if not report.findings:
        plan.notes.append("nothing was found, so there is no baseline to write")
        return ""
    base = settled.configuration.base
    known = baseline.compare((), report, base, settled.selection.codes, project.tree.exists)
    entries = baseline.updated((), report, known, base, grow=True)
    plan.add(file, baseline.written(entries, ()))
    return baseline.DEFAULT


def _job(root: Path, plan: _Plan, action: str) -> None:
    """Plan the workflow, or show the job for a file that is not ours to change."""
    real = Path(os.path.realpath(root))
    repository = repository_of(real) or real
    already = forges.runs_us(repository)
    if already:
        plan.notes.append(f"{already} runs deploycheck already")
        return
    try:
        jobs = forges.jobs_for(repository, real.relative_to(repository).as_posix(), action)
    except ValueError as error:
        plan.notes.append(f"no CI job is made: {str(error)!r} would have to be quoted in it")
        return
    if not jobs:
        plan.notes.append("no CI files are here, and no remote of a forge that is known, so no job is made")
    elif any("pip install" in job.text for job in jobs):
        plan.notes.append("the job installs deploycheck with pip: write there where yours comes from")
    for job in jobs:
        file = Path(os.path.normpath(root / os.path.relpath(repository, real) / job.file))
        if job.whole:
            plan.add(file, job.text)
        else:
            plan.notes += [f"add to {_shown(file)} (it is yours, and is left as it is):", "", job.text]


def _confirmed() -> bool:
    """Ask, where there is somebody to ask."""
    if not (sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()):
        return False
    return typer.confirm("Write this?", default=False)


def _write(plan: _Plan) -> None:
    for file, (now, text) in plan.texts.items():
        try:
            new_file(file, text) if now is None else replace_file(file, text)
        except OSError as error:
            raise Stop(f"{_shown(file)} cannot be written: {error.strerror}", ExitCode.USAGE) from error


def _shown(file: Path) -> str:
    """Name a file as seen from where we run."""
    return Path(os.path.relpath(file)).as_posix()
