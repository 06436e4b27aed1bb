"""Where a SQLite URL puts its file, as a path in the container that the process runs in."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.python.values import Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.facts.databases.engines import Engine
    from deploycheck.facts.deployments import Deployment
    from deploycheck.facts.manifests.model import Manifest

HOLE = "{…}"
_READ_ONLY = re.compile(r"[?&](?:mode=ro|immutable=1)\b")


@dataclass(frozen=True, slots=True)
class SqliteFile:
    """A SQLite URL's file: `text` as the URL has it, empty for a database in memory.

    `places` are the absolute paths that it may be in the container; none where that cannot be told. `open`
    tells that a part of the path is not known.
    """

    text: str
    read_only: bool = False
    open: bool = False
    places: tuple[str, ...] = ()

    @property
    def in_memory(self) -> bool:
        """Whether there is no file at all."""
        return not self.text


def sqlite_file(deployment: Deployment, engine: Engine, shape: str) -> SqliteFile:
    """Return the file of a SQLite URL, given as far as it is known (`sqlite:///{…}/app.db`)."""
    rest = shape.partition("://")[2]
    path, _, query = rest.partition("?")
    path = path.removeprefix("/")
    path = path.removeprefix("file:")
    if not path or path == ":memory:" or "mode=memory" in query:
        return SqliteFile("")
    read_only = bool(_READ_ONLY.search("?" + query))
    anchored = path.startswith("/") and _is_anchored(deployment, engine)
    shown = path.lstrip("/") if anchored else path
    return SqliteFile(
        shown, read_only, HOLE in path, tuple(_places(deployment, engine, path, anchored=anchored))
    )


def _is_anchored(deployment: Deployment, engine: Engine) -> bool:
    """Tell whether a URL is worked out from `__file__`, so that its path is one of the project."""
    known = deployment.program.modules.known
    literals = (
        n.data for n in (engine.url.walk() if engine.url is not None else ()) if isinstance(n, Literal)
    )
    return any(isinstance(d, str) and d.startswith("/") and d[1:] in known for d in literals)


def _places(deployment: Deployment, engine: Engine, path: str, *, anchored: bool) -> Iterator[str]:
    """Yield the absolute paths in the container that a path may mean."""
    if anchored:
        yield from _in_image(deployment.manifests, path.lstrip("/"))
    elif path.startswith("/"):
        yield posixpath.normpath(path)
    elif not path.startswith(HOLE) and (folder := working_directory(deployment)):
        yield posixpath.normpath(posixpath.join(folder, path))
        if engine.kind == "flask":  # Flask-SQLAlchemy 3 puts it into the app's instance folder
            yield posixpath.normpath(posixpath.join(folder, "instance", path))
            yield from _instance(deployment, path)


def _instance(deployment: Deployment, path: str) -> Iterator[str]:
    for app in deployment.apps:
        home = posixpath.dirname(app.module.path)
        home = posixpath.dirname(home) if app.module.is_package else home
        for inside in (
            posixpath.join(home, "instance", path),
            posixpath.join(posixpath.dirname(app.module.path), path),
        ):
            yield from _in_image(deployment.manifests, inside)


def _in_image(manifests: tuple[Manifest, ...], path: str) -> Iterator[str]:
    """Yield where a path of the project lies in the image."""
    for manifest in manifests:
        for target, source in manifest.contents:
            prefix = f"{source}/" if source else ""
            if path.startswith(prefix):
                yield posixpath.normpath(posixpath.join(target, path[len(prefix) :]))


def working_directory(deployment: Deployment) -> str:
    """Return the absolute folder of the container that the process runs in; empty where not known."""
    process = deployment.process
    if process is None or not process.workdir:
        return ""
    changed = process.command.cd if process.command is not None else ""
    return posixpath.join(process.workdir, changed) if changed and "$" not in changed else process.workdir
