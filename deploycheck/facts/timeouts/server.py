"""A server's own time-outs: how long a worker may hang, and how long it takes to stop."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.facts.manifests.platforms import DOCKER, HEROKU
from deploycheck.facts.server.speaks import ASGI_CLASSES
from deploycheck.python.resolution import Resolved, resolve

if TYPE_CHECKING:
    from deploycheck.facts.deployment import Deployment
    from deploycheck.python.values import Value
    from deploycheck.sources.tree import Tree

_HEROKU_FILES = ("app.json", "heroku.yml", "runtime.txt")
SYNC_CLASSES = frozenset({"sync", "gunicorn.workers.sync.SyncWorker"})
"""Worker classes whose time-out bounds a request, because they do nothing else meanwhile."""
LONGEST = 300
"""Seconds after which a worker's time-out helps nobody any more."""
USUAL_GRACE = 30
"""What Kubernetes and ECS wait; Docker itself 10. An image does not tell by what it will be run."""


@dataclass(frozen=True, slots=True)
class Stopping:
    """How a process ends: `seconds` that it gives its open requests (None: any time), `grace` the platform's.

    `written` tells that somebody chose the server's seconds. `stated` that the files state the grace, rather
    than the platform its default.
    """

    seconds: float | None
    resolved: Resolved
    grace: int
    written: bool
    stated: bool


def number_in(resolved: Resolved) -> float | None:
    """Return the seconds that an option comes to, written as text or not; None where that is not known."""
    if not resolved.known or isinstance(resolved.data, bool):
        return None
    try:
        return float(str(resolved.data))
    except ValueError:
        return None


def worker_timeout(deployment: Deployment) -> tuple[float, Resolved] | None:
    """Return after how many silent seconds the server replaces a worker; None where it does not, or may."""
    server = deployment.server
    if server is None or server.timeout is None or not server.production:
        return None
    resolved = resolve(server.timeout, deployment.environment)
    seconds = number_in(resolved)
    return (seconds, resolved) if seconds is not None else None


def class_of(deployment: Deployment) -> str:
    """Return the name of the server's worker class; empty where it has none or it is not known."""
    server = deployment.server
    if server is None or server.worker_class is None:
        return ""
    resolved = resolve(server.worker_class, deployment.environment)
    return str(resolved.data) if resolved.known else ""


def is_sync(deployment: Deployment) -> bool:
    """Tell whether each worker answers one request at a time, so that its time-out is the request's."""
    server = deployment.server
    return server is not None and server.program == "gunicorn" and class_of(deployment) in SYNC_CLASSES


def is_asgi(deployment: Deployment) -> bool:
    """Tell whether gunicorn's workers run an event loop, so that its time-out is a heartbeat."""
    return class_of(deployment) in ASGI_CLASSES


def bounds_requests(deployment: Deployment) -> bool | None:
    """Tell whether the server itself ends a request that takes too long; None where that is not known.

    gunicorn does with sync workers: the worker is killed. With threads and event loops its time-out is only a
    heartbeat, and uvicorn, hypercorn, granian and waitress have none (tried with gunicorn 27.0.1).
    """
    server = deployment.server
    if server is None:
        return False
    if server.program != "gunicorn":
        return False if server.program in {"uvicorn", "fastapi", "hypercorn", "granian", "waitress"} else None
    name = class_of(deployment)
    if not name:
        return None
    if name not in SYNC_CLASSES:
        return False
    found = worker_timeout(deployment)
    return None if found is None else 0 < found[0] <= LONGEST


def request_limit(deployment: Deployment) -> int:
    """Return after how many seconds the platform gives a request up; 0 where it does not, or is not known."""
    stated = next((m.request_limit for m in deployment.manifests if m.request_limit), 0)
    return stated or deployment.platform.request_limit


def is_its_platform(deployment: Deployment, tree: Tree) -> bool:
    """Tell whether the platform is certain: a Procfile alone may be for another than Heroku."""
    if deployment.platform is not HEROKU:
        return True
    return any(tree.exists(posixpath.join(deployment.directory, name)) for name in _HEROKU_FILES)


def may_be_cloud_run(deployment: Deployment) -> bool:
    """Tell whether Cloud Run runs it, or may: an image that listens on $PORT.

    Cloud Run takes the processor away between requests, bounds them itself, and its guide sets the worker's
    time-out to 0 on purpose.
    """
    if deployment.platform.key == "cloudrun":
        return True
    server = deployment.server
    if deployment.platform is not DOCKER or server is None:
        return False
    bind: Value = server.option("bind") or server.port
    command = server.command
    listens = "PORT" in bind.variable_names() or (command is not None and "PORT" in command.expands)
    return listens or any("PORT" in c.expands for c in (command.via if command is not None else ()))


def stopping(deployment: Deployment) -> Stopping | None:
    """Return how a server stops and how long its platform waits; None where either is unknown."""
    server = deployment.server
    if server is None or server.graceful_timeout is None or not server.production:
        return None
    stated = next((m.grace for m in deployment.manifests if m.grace), 0)
    grace = stated or _usual_grace(deployment)
    resolved = resolve(server.graceful_timeout, deployment.environment)
    endless = resolved.known and resolved.data is None
    seconds = number_in(resolved)
    if not grace or (seconds is None and not endless):
        return None
    written = any(s.location is not None for s in resolved.trail) or resolved.value.at is not None
    return Stopping(seconds, resolved, grace, written, bool(stated))


def _usual_grace(deployment: Deployment) -> int:
    return USUAL_GRACE if deployment.platform is DOCKER else deployment.platform.grace
