"""Whether the copies that a backup makes are still there when the container is not."""

from __future__ import annotations

import posixpath
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from deploycheck.facts.backups.paths import HOLE, SqliteFile, working_directory
from deploycheck.facts.backups.storage import Place, place_of
from deploycheck.python.resolution import resolve

if TYPE_CHECKING:
    from deploycheck.facts.backups.model import Backup
    from deploycheck.facts.deployments import Deployment
    from deploycheck.sources.tree import Tree

_OUTSIDE = ("/Volumes/", "/dbfs/", "/mnt/", "/gcs/", "/Workspace/")
"""Where platforms show other storage; whether they do is not known here."""


def leaves_container(tree: Tree, deployment: Deployment, backup: Backup) -> bool:
    """Tell whether a backup's copies leave the container, or may: not when they go beside the file."""
    if not backup.local or backup.target is None:
        return True
    decided = resolve(backup.target, deployment.environment)
    text = (
        str(decided.data)
        if decided.known and isinstance(decided.data, (str, PurePosixPath))
        else decided.shape
    )
    if not text or text.startswith((HOLE, *_OUTSIDE)):
        return True
    folder = working_directory(deployment)
    places = (posixpath.normpath(posixpath.join(folder, text)),) if folder or text.startswith("/") else ()
    file = SqliteFile(text, open=HOLE in text, places=places)
    return place_of(tree, deployment, file).place not in {Place.CONTAINER, Place.ANONYMOUS}
