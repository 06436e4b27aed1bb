"""A database server whose loss nobody has thought about."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.checks.applies import a_database
from deploycheck.checks.declared import no_declared_backups
from deploycheck.facts.backups import Backup, Covers, Kind
from deploycheck.facts.backups.servers import Server, used_server
from deploycheck.findings import Draft, Fix, Severity, Step
from deploycheck.rules import Reads, rule

if TYPE_CHECKING:
    from deploycheck.project import Project

DUMPS = {"postgresql": "pg_dump", "mysql": "mysqldump", "mariadb": "mariadb-dump"}


@rule(
    "BAK003",
    "no-strategy",
    severity=Severity.MEDIUM,
    debt="DEPLOY-9",
    reads=Reads.PYTHON | Reads.MANIFESTS,
    requires=(a_database, no_declared_backups),
)
def no_strategy(project: Project) -> Iterator[Draft]:
    """Production uses a database server, and nothing in the project backs it up or says how it comes back.

    **Why.** On the day when a table is dropped by mistake, somebody has to know where the last copy is and
    how it is restored. Nobody finds that out in the hour when it is needed.

    **Fix.** Configure the provider's backups where the database is declared, or a job with `pg_dump`; and
    write down how one restores, in a document of the project.

    **Silent when** the project configures a backup that is on, holds a backup script with its restore, or a
    document speaks of backup and restore; the configuration says who keeps copies (`backups`); no file
    deploys the app; or no server is used. Low where a provider keeps the database, which mostly makes backups
    of its own: worth a sentence in a document.

    Source: the providers' references (`backup_retention_period`, `backup_configuration`,
    `retention_window_in_days`), and the usual tools for PostgreSQL and MySQL.
    """
    if any(_answers(b) for b in project.backups):
        return
    told: set[str] = set()
    for deployment in project.deployments:
        server = used_server(deployment) if deployment.manifests and not deployment.tentative else None
        if server is not None and server.backend not in told:
            told.add(server.backend)
            yield _missing(project, server)


def _answers(backup: Backup) -> bool:
    """Tell whether a backup, or a text about one, is a strategy for a server."""
    if not backup.covering(Covers.SERVER):
        return backup.covering(Covers.VOLUME) and backup.runs
    if backup.kind in {Kind.SCRIPT, Kind.DOCUMENT}:
        return backup.restores
    return backup.on is True


def _missing(project: Project, server: Server) -> Draft:
    off = [b for b in project.backups if b.covering(Covers.SERVER)]
    managed = [b for b in off if b.managed and b.on is None]
    kept = bool(managed) or server.managed
    tail = (
        "its provider may, and nothing here says for how long."
        if kept
        else "nothing here makes or describes a copy."
    )
    steps = [Step(f"{b.text}{': ' + b.reason if b.reason else ''}", b.at) for b in off]
    return Draft(
        message=f"Production's {server.name} has no backup that this project configures or describes: {tail}",
        at=server.at,
        subject=server.backend,
        trail=(*server.trail, *steps),
        certain=server.certain,
        severity=Severity.LOW if kept else None,
        fix=Fix(
            f"write down who backs {server.name} up, how often, and how a copy is restored; where nobody "
            f"does, run {DUMPS.get(server.backend, 'a dump')} on a schedule",
            question="Who keeps this database's backups, for how long, and who has tried to restore one?",
        ),
    )
