"""Backups that the app could make, and that production leaves off."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.checks.applies import a_database
from deploycheck.facts.backups import Backup, Covers, Kind
from deploycheck.facts.backups.commented import Commented, commented, uncommented
from deploycheck.facts.backups.purpose import main_sqlite
from deploycheck.findings import Draft, Fix, Severity, Step
from deploycheck.python.resolution import told_once
from deploycheck.rules import Reads, Skip, rule

if TYPE_CHECKING:
    from deploycheck.facts.deployments import Deployment
    from deploycheck.findings import Location
    from deploycheck.project import Project


@rule(
    "BAK002",
    "backup-off",
    severity=Severity.HIGH,
    debt="DEPLOY-9",
    reads=Reads.PYTHON | Reads.MANIFESTS,
    requires=(a_database,),
)
def backup_off(project: Project) -> Iterator[Draft]:
    """Production leaves the variable unset, empty or 0 by which the app would back its database up.

    **Why.** The code is there, so everybody believes that there are backups. The day they are needed is the
    day when somebody finds the entry commented out.

    **Fix.** Set the variables where production is described, and let the app warn at its start when it makes
    no backups. A plain copy of a SQLite file that is in use may be torn: copy it with SQLite's own backup.

    **Silent when** another backup of the same database runs, production uses another kind of database than
    the code copies, the variables are set, or they may be set outside these files and no file of
    production's mentions them.

    Source: the tests on the way from the app's start to the copy, under production's environment; SQLite's
    "How to corrupt a database file" for plain copies.
    """
    if not any(backup.kind is Kind.CODE for backup in project.backups):
        raise Skip("the app's own code makes no backup")
    told: set[Location] = set()
    for deployment in project.deployments:
        for backup in project.backups:
            if backup.kind is Kind.CODE and backup.deployment == deployment.name and backup.at not in told:
                draft = _off(project, deployment, backup)
                if draft is not None:
                    told.add(backup.at)
                    yield draft


def _off(project: Project, deployment: Deployment, backup: Backup) -> Draft | None:
    names = _variables(deployment, backup)
    if backup.on is not False or not names or not _is_in_use(project, deployment, backup):
        return None
    if any(
        b.runs and not b.covers.isdisjoint(backup.covers) and b.kind is not Kind.PROVIDER
        for b in project.backups
    ):
        return None
    entries = commented(project.tree, deployment, names)
    settled = all(
        deployment.environment.settled(n) or deployment.environment.lookup(n) is not None for n in names
    )
    if not settled and not any(e.deployed for e in entries):
        return None
    return Draft(
        message=_message(deployment, backup, names, entries),
        at=_place(deployment, backup, names, entries),
        subject=names[0],
        trail=told_once((*(_entry(e) for e in entries), *backup.trail, *_unsafe(backup))),
        certain=settled and all(s.certain for s in backup.switches) and not deployment.tentative,
        fix=_fix(project, deployment, backup, names, entries),
    )


def _variables(deployment: Deployment, backup: Backup) -> list[str]:
    """Return the variables that keep a backup off; none when one that does not can be set (a backend)."""
    if any(not switch.variables for switch in backup.switches):
        return []
    choosing = set(deployment.selection.switches)
    names = dict.fromkeys(n for switch in backup.switches for n in switch.variables)
    return [n for n in names if n not in choosing]


def _is_in_use(project: Project, deployment: Deployment, backup: Backup) -> bool:
    """Tell whether the database that a backup copies is the one that production opens."""
    if backup.covering(Covers.SERVER) and deployment.selection.now.server:
        return True
    return backup.covering(Covers.SQLITE) and main_sqlite(project.tree, deployment) is not None


def _message(deployment: Deployment, backup: Backup, names: list[str], entries: tuple[Commented, ...]) -> str:
    written = {e.name.upper() for e in entries if e.deployed}
    off = [n for n in names if n.upper() not in written]
    what = " and ".join(
        part
        for part in (
            f"{_listed([n for n in names if n.upper() in written])} commented out" if written else "",
            f"{_listed(off)} {_state(deployment, off)}" if off else "",
        )
        if part
    )
    return f"Production makes no backups: {backup.text} is there to make them, and {what}."


def _state(deployment: Deployment, names: list[str]) -> str:
    settings = [deployment.environment.lookup(n) for n in names]
    if len(names) == 1 and settings[0] is not None:
        return f"set to {settings[0].text!r}" if settings[0].text else "empty"
    return "off" if all(settings) else "not set"


def _listed(names: list[str]) -> str:
    verb = "is" if len(names) == 1 else "are"
    joined = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    return f"{joined} {verb}"


def _place(
    deployment: Deployment, backup: Backup, names: list[str], entries: tuple[Commented, ...]
) -> Location:
    """Return where it is kept off: the entry in a comment, else the setting, else the test in the code."""
    settings = (deployment.environment.lookup(n) for n in names)
    told = [s.location for s in settings if s is not None and s.location is not None]
    written = [e.at for e in entries if e.deployed]
    return next(iter((*written, *told, backup.switches[0].condition.at)))


def _entry(entry: Commented) -> Step:
    return Step(f"{entry.name} is here, commented out", entry.at)


def _unsafe(backup: Backup) -> tuple[Step, ...]:
    text = "a plain copy of a SQLite file that is in use may be torn: it is no safe backup"
    return () if backup.safe else (Step(text, backup.at),)


def _fix(
    project: Project, deployment: Deployment, backup: Backup, names: list[str], entries: tuple[Commented, ...]
) -> Fix:
    joined = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    remedy = f"set {joined} where production is described"
    if not backup.safe:
        remedy += ", and copy with SQLite's own backup (sqlite3.Connection.backup) instead of a plain copy"
    if deployment.platform.key == "databricks" and any(e.value.startswith("/Volumes/") for e in entries):
        remedy += "; see that the copies arrive: Databricks Apps write to a volume through the Files API"
    edits = uncommented(project.tree, entries)
    return Fix(
        remedy, edits, question="" if edits else f"Where to, and how often: what are {joined} in production?"
    )
