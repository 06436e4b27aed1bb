"""`require_ready`: the app itself asks at its start whether its environment is one that it can run in.

The environment of the running process is all that counts here: no manifest, declaration or guess adds to
it. Only the files that the app loads by itself (`load_dotenv`, a settings class's `env_file`) do.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deploycheck.engine import Report
    from deploycheck.facts.process import Process
    from deploycheck.findings import Finding, Severity
    from deploycheck.project import Project
    from deploycheck.rules import Rule

LOGGER = "deploycheck"
"""The logger that is used where the app gives none."""


class NotReady(Exception):  # noqa: N818 - what the app is, said by whoever asked
    """The app must not start: `findings` say why, worst first.

    There are none where something could not be looked at and `strict` was asked for. No secret stands in
    the message.
    """

    def __init__(self, message: str, findings: tuple[Finding, ...] = ()) -> None:
        """Keep the findings."""
        super().__init__(message)
        self.findings = findings


def require_ready(
    root: str | os.PathLike[str] | None = None,
    *,
    rules: str = "ENV",
    fail_on: str = "critical",
    logger: logging.Logger | None = None,
    strict: bool = False,
) -> None:
    """Raise `NotReady` when the environment of this process is not one that the app can run in.

    To be called where the app starts, before it opens anything. `root` is the folder of the app, by default
    the working directory. `rules` are codes, names or families, separated by commas; `fail_on` is the
    severity from which the app must not start. One line about the database that is active goes to `logger`.

    A fault of ours stops no app: what could not be looked at is a warning in the log, and raises
    `NotReady` only with `strict`. Raises `ValueError` for a rule or severity that does not exist.
    """
    from deploycheck.engine.boundary import Crash, guarded
    from deploycheck.facts.process import this_process
    from deploycheck.masking import Masker

    severity, chosen = _severity(fail_on), _chosen(rules)
    log = logger if logger is not None else logging.getLogger(LOGGER)
    folder = Path(root) if root is not None else Path()
    process = this_process(folder, sys._getframe(1))  # noqa: SLF001 - who calls tells which app this is
    looked = guarded(lambda: _look(folder, process, chosen, severity))
    if isinstance(looked, Crash):
        masker = Masker()
        for value in os.environ.values():
            masker.know(value if len(value) >= _TELLING else "")
        looked = _Looked((), (), (masker.mask(looked.line),))
    for line in looked.backends:
        log.info("deploycheck: %s", line)
    if looked.failing:
        raise NotReady(_message(looked.failing), looked.failing)
    if looked.unseen:
        reason = f"the environment was not checked in full: {'; '.join(looked.unseen)}"
        if strict:
            raise NotReady(reason)
        log.warning("deploycheck: %s", reason)


_TELLING = 6
"""The length from which a variable's value is kept out of the text of a crash."""


@dataclass(frozen=True, slots=True)
class _Looked:
    """What was seen: the active backends, what stops the app, and what could not be looked at."""

    backends: tuple[str, ...]
    failing: tuple[Finding, ...]
    unseen: tuple[str, ...]


def _look(root: Path, process: Process, chosen: tuple[Rule, ...], severity: Severity) -> _Looked:
    from deploycheck.configuration import ConfigurationError, load
    from deploycheck.engine import Selection, run
    from deploycheck.engine.finish import masker_for
    from deploycheck.facts.process import deployments_of
    from deploycheck.project import Project, Settings

    try:
        configuration = load(root)
    except ConfigurationError as error:
        return _Looked((), (), (str(error),))
    settings = Settings(process_env=dict(os.environ), live=True, configuration=configuration)
    project = Project(root, settings)
    if all(rule.family == "ENV" for rule in chosen):
        project.manifests = ()  # the process has what it has, whatever a manifest says
        project.deployments = deployments_of(process, project)
    else:
        project.deployments = tuple(d for d in project.deployments if process.runs(d))
    if not project.deployments:
        return _Looked((), (), (f"nothing in {_shown(root)} starts the app that asks",))
    report = run(project, Selection(chosen, severity, base=configuration.base), _shown(root), describe=False)
    masker = masker_for(project)
    backends = tuple(masker.mask(line) for line in dict.fromkeys(_backends(project)))
    return _Looked(backends, report.failing, tuple(dict.fromkeys(_unseen(report))))


def _unseen(report: Report) -> Iterator[str]:
    yield from ([report.nothing] if report.nothing else [])
    yield from (f"{r.rule.code}: {r.reason}" for r in report.results if r.incomplete)


def _backends(project: Project) -> Iterator[str]:
    """Yield the databases that the app opens, each with the place that does so."""
    from deploycheck.engine.facts import database_of

    for deployment in project.deployments:
        for opened in deployment.selection.now.opened:
            fact = database_of(opened)
            yield f"the active database is {fact.value} ({fact.note})"


def _message(findings: tuple[Finding, ...]) -> str:
    lines = [f"{f.code} {f.severity}: {f.message} ({f.location.path}:{f.location.line})" for f in findings]
    return "\n  ".join(["this app must not start in this environment:", *lines])


def _shown(root: Path) -> str:
    return root.as_posix() if root != Path() else "the working directory"


def _severity(word: str) -> Severity:
    from deploycheck.findings import Severity

    try:
        return Severity(word)
    except ValueError:
        raise ValueError(f"fail_on={word!r} is not one of {', '.join(Severity)}") from None


def _chosen(rules: str) -> tuple[Rule, ...]:
    """Return the rules that are named; only their own modules are imported where that is enough."""
    from deploycheck.rules import RegistryError, UnknownRule, load, own

    wanted = [word.strip() for word in rules.split(",") if word.strip()]
    if not wanted:
        raise ValueError("rules names no rule")
    try:
        return own(frozenset(wanted)).select(wanted)
    except UnknownRule:
        pass
    try:
        return load().select(wanted)
    except (UnknownRule, RegistryError) as error:
        raise ValueError(f"rules: {error}") from error
