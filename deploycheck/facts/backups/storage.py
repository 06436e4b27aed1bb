"""What keeps a deployment's SQLite file: the container, which forgets it, or something that outlives it."""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from deploycheck.facts.backups.mounts import Host, covers, find_hosts
from deploycheck.facts.backups.paths import SqliteFile, sqlite_file
from deploycheck.facts.manifests.platforms import APP_ENGINE, COMPOSE, DATABRICKS, DOCKER, HEROKU
from deploycheck.findings import Step

if TYPE_CHECKING:
    from deploycheck.facts.databases.selection import Opened
    from deploycheck.facts.deployments import Deployment
    from deploycheck.findings import Location
    from deploycheck.sources.tree import Tree

_VOLUMES = ("/Volumes/", "/dbfs/")
"""Where Databricks keeps Unity Catalog volumes: whether an app reaches them so is not known here."""
_HEROKU = ("app.json", "heroku.yml", ".slugignore")
_DOKKU = (
    "CHECKS",
    "DOKKU_SCALE",
    "dokku.*",
    ".ebextensions/*",
    ".elasticbeanstalk/*",
    ".platform/*",
    "*.service",
)


class Place(enum.StrEnum):
    """What a file lies on.

    `CONTAINER` goes with the container, `ANONYMOUS` is a volume that a new container does not get, `KEPT` is
    one that it does. `UNKNOWN` is for all that the files do not tell.
    """

    CONTAINER = "container"
    ANONYMOUS = "anonymous volume"
    KEPT = "kept"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Storage:
    """Where a SQLite file is kept. `certain` is False where something outside these files may keep it."""

    file: SqliteFile
    place: Place
    certain: bool = False
    trail: tuple[Step, ...] = ()


def storage_of(tree: Tree, deployment: Deployment, opened: Opened) -> Storage:
    """Return what keeps the file of a SQLite database that a deployment opens."""
    file = sqlite_file(deployment, opened.engine, opened.resolved.shape)
    if file.in_memory:
        return Storage(file, Place.UNKNOWN)
    return place_of(tree, deployment, file)


def place_of(tree: Tree, deployment: Deployment, file: SqliteFile) -> Storage:
    """Return what keeps a file of a deployment's container."""
    key, name = deployment.platform.key, deployment.platform.name
    if key == DATABRICKS.key and any(p.startswith(_VOLUMES) for p in (*file.places, file.text)):
        return Storage(file, Place.UNKNOWN)
    if key in {DATABRICKS.key, APP_ENGINE.key}:
        return Storage(file, Place.CONTAINER, certain=True, trail=(_forgets(name, deployment.at),))
    if key == HEROKU.key:
        return _procfile(tree, deployment, file)
    if key == COMPOSE.key:
        return _compose(deployment, file)
    if key == DOCKER.key:
        return _image(tree, deployment, file)
    return _hosted(tree, deployment, file)


def _forgets(name: str, at: Location) -> Step:
    return Step(f"{name}: the disk is new at each start, and nothing can be mounted", at)


def _procfile(tree: Tree, deployment: Deployment, file: SqliteFile) -> Storage:
    """Heroku itself keeps nothing; others that read a Procfile may."""
    hosts = find_hosts(tree)
    if tree.matching(*_DOKKU) or _kept_by(hosts, file) is not None:
        return Storage(file, Place.UNKNOWN)
    own = bool(tree.matching(*_HEROKU)) and not any(h.whole for h in hosts)
    return Storage(file, Place.CONTAINER, certain=own, trail=(_forgets(HEROKU.name, deployment.at),))


def _compose(deployment: Deployment, file: SqliteFile) -> Storage:
    manifest = deployment.manifests[0]
    kept = tuple(v for v in manifest.volumes if v not in manifest.anonymous)
    found = _among(file, kept)
    if found is not Place.CONTAINER:
        return Storage(file, found)
    if _among(file, manifest.anonymous) is not Place.CONTAINER:
        return Storage(file, Place.ANONYMOUS, trail=(_anonymous(manifest.anonymous, manifest.at),))
    shown = f"mounts {', '.join(kept)}" if kept else "mounts no volume"
    return Storage(
        file, Place.CONTAINER, certain=True, trail=(Step(f"service {manifest.name} {shown}", manifest.at),)
    )


def _anonymous(volumes: tuple[str, ...], at: Location) -> Step:
    return Step(f"{', '.join(volumes)}: a volume without a name", at)


def _image(tree: Tree, deployment: Deployment, file: SqliteFile) -> Storage:
    """Read what runs an image for its mounts: the image by itself says nothing of them."""
    hosts, manifest = find_hosts(tree), deployment.manifests[0]
    if (host := _kept_by(hosts, file)) is not None:
        return Storage(
            file, Place.KEPT if not file.open else Place.UNKNOWN, trail=(Step(host.name, host.at),)
        )
    if _among(file, manifest.volumes) is not Place.CONTAINER:
        return Storage(file, Place.ANONYMOUS, trail=(_anonymous(manifest.volumes, manifest.at),))
    telling = [h for h in hosts if h.whole]
    sure = bool(telling) and len(telling) == len(hosts) and bool(file.places)
    steps = [Step(f"{h.name} mounts {', '.join(h.mounts) or 'no volume'}", h.at) for h in telling]
    return Storage(
        file,
        Place.CONTAINER,
        certain=sure,
        trail=tuple(steps) or (Step("no file here mounts a volume", manifest.at),),
    )


def _hosted(tree: Tree, deployment: Deployment, file: SqliteFile) -> Storage:
    """Read a platform's own file for its mounts; one that runs no image of the project tells nothing else."""
    manifest = deployment.manifests[0] if deployment.manifests else None
    if manifest is None:
        return Storage(file, Place.UNKNOWN)
    found = _among(file, tuple(v for v in manifest.volumes if v not in manifest.anonymous))
    if found is not Place.CONTAINER:
        return Storage(file, found)
    if not manifest.contents:
        return Storage(file, Place.UNKNOWN)
    storage = _image(tree, deployment, file)
    return replace(storage, certain=storage.certain and manifest.certain)


def _kept_by(hosts: tuple[Host, ...], file: SqliteFile) -> Host | None:
    return next((h for h in hosts if _among(file, h.mounts) is not Place.CONTAINER), None)


def _among(file: SqliteFile, mounts: tuple[str, ...]) -> Place:
    """Tell whether any of some mounts holds a file, or may."""
    if not mounts:
        return Place.CONTAINER
    if any(covers(mount, place) for mount in mounts for place in file.places):
        return Place.KEPT
    return Place.UNKNOWN if file.open or not file.places else Place.CONTAINER
