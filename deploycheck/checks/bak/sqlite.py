"""A database that is a file in the container."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.checks.applies import a_database
from deploycheck.facts.backups import Backup, Covers, Kind, Place, storage_of
from deploycheck.facts.backups.purpose import is_sure, loads_more_config, main_sqlite
from deploycheck.facts.backups.targets import leaves_container
from deploycheck.facts.manifests.platforms import COMPOSE, DOCKER
from deploycheck.findings import Draft, Fix, Severity, Step
from deploycheck.python.resolution import told_once
from deploycheck.rules import Reads, Skip, rule

if TYPE_CHECKING:
    from deploycheck.facts.backups import Storage
    from deploycheck.facts.databases.selection import Opened
    from deploycheck.facts.deployments import Deployment
    from deploycheck.project import Project

REMEDY = {
    "databricks": "use a database server (attach a Lakebase database); a file cannot be kept here",
    "heroku": "use a database server (heroku addons:create heroku-postgresql); a file cannot be kept here",
    "appengine": "use a database server (Cloud SQL); a file cannot be kept here",
}


@rule(
    "BAK001",
    "sqlite-unprotected",
    severity=Severity.CRITICAL,
    debt="DEPLOY-9",
    reads=Reads.PYTHON | Reads.MANIFESTS,
    requires=(a_database,),
)
def sqlite_unprotected(project: Project) -> Iterator[Draft]:
    """Production keeps its data in a SQLite file that goes away with the container, and nothing keeps a copy.

    **Why.** Databricks Apps, Heroku and App Engine give each start a new disk, and a new container of an
    image starts from the image. Everything that users wrote since is gone, and nobody is told.

    **Fix.** Use a database server; or keep the file on a volume; or stream it away with litestream and
    restore it before the app starts.

    **Silent when** a volume or disk holds the file, a backup that really runs takes copies out of the
    container, a server takes the data and SQLite is a cache beside it, the file is only read, the choice of
    SQLite hangs on a variable that is set elsewhere, or no file says where the app runs. High for a bare
    image, which may be run with a volume; medium where it declares a volume without a name.

    Source: the platforms' own words on their disks, Docker's on volumes; litestream's configuration.
    """
    if all(main_sqlite(project.tree, deployment) is None for deployment in project.deployments):
        raise Skip("production keeps its data in no SQLite file")
    told: set[str] = set()
    for deployment in project.deployments:
        opened = main_sqlite(project.tree, deployment)
        if opened is None or not deployment.manifests or _is_open_choice(deployment, opened):
            continue
        storage = storage_of(project.tree, deployment, opened)
        subject = f"{deployment.name}: {storage.file.text}"
        if storage.place in {Place.CONTAINER, Place.ANONYMOUS} and subject not in told:
            told.add(subject)
            yield from _unprotected(project, deployment, opened, storage)


def _is_open_choice(deployment: Deployment, opened: Opened) -> bool:
    """Tell whether something outside these files may well choose a server: ENV002 speaks of that."""
    if opened.engine.kind == "flask" and loads_more_config(deployment):
        return True
    return not opened.resolved.certain and deployment.selection.with_server is not None


def _unprotected(
    project: Project, deployment: Deployment, opened: Opened, storage: Storage
) -> Iterator[Draft]:
    backups = [b for b in project.backups if _concerns(b, deployment)]
    safe = [b for b in backups if leaves_container(project.tree, deployment, b)]
    if any(b.runs for b in safe):
        return
    perhaps = any(b.on is not False for b in safe)
    certain = storage.certain and is_sure(deployment, opened) and not perhaps
    yield Draft(
        message=_message(deployment, storage),
        at=opened.engine.at,
        subject=f"{deployment.name}: {storage.file.text}",
        trail=told_once((*opened.resolved.trail, *storage.trail, *(_told(b) for b in backups))),
        certain=certain,
        severity=Severity.MEDIUM if storage.place is Place.ANONYMOUS else None if certain else Severity.HIGH,
        fix=Fix(
            REMEDY.get(
                deployment.platform.key, "mount a volume with a name where the file lies, and back it up"
            ),
            question="Must what users write outlive the container?",
        ),
    )


def _concerns(backup: Backup, deployment: Deployment) -> bool:
    if backup.kind is Kind.DOCUMENT or not backup.covering(Covers.SQLITE, Covers.VOLUME):
        return False
    return backup.deployment in {"", deployment.name}


def _message(deployment: Deployment, storage: Storage) -> str:
    file = storage.file.text
    if storage.place is Place.ANONYMOUS:
        return (
            f"Production's database is {file} on a volume without a name: a new container gets a new, "
            "empty one unless whoever runs it mounts another."
        )
    if deployment.platform.key in {DOCKER.key, COMPOSE.key}:
        unless = "" if storage.certain else ", unless whoever runs it mounts a volume there"
        return f"Production's database is {file} in the container: a new one starts without it{unless}."
    return (
        f"Production's database is {file} on a disk that the next restart deletes, and nothing keeps a copy."
    )


def _told(backup: Backup) -> Step:
    """Say of a backup that is there why it does not help."""
    why = backup.reason or (
        "its copies stay in the container" if backup.local else "whether it runs is not decided"
    )
    unsafe = "" if backup.safe else "; a plain copy of a file in use may be torn"
    return Step(f"{backup.text} would copy it, but {why}{unsafe}", backup.at)
