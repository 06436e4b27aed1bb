"""Whether those who should can reach what a server listens on, as far as the platform tells."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.facts.manifests.model import Role
from deploycheck.facts.manifests.platforms import (
    APP_ENGINE,
    BEANSTALK,
    CLOUD_RUN,
    COMPOSE,
    CONTAINER_APPS,
    DATABRICKS,
    DOCKER,
    ECS,
    FLY,
    HEROKU,
    KUBERNETES,
    RENDER,
    SUPERVISOR,
    SYSTEMD,
)
from deploycheck.facts.manifests.shell import program
from deploycheck.facts.server.binding import LOOPBACK
from deploycheck.python.resolution import Resolved, resolve

if TYPE_CHECKING:
    from collections.abc import Iterable

    from deploycheck.facts.deployments import Deployment
    from deploycheck.facts.manifests.model import Manifest
    from deploycheck.findings import Location
    from deploycheck.sources.tree import Tree

CUSTOMARY = {DATABRICKS.key: 8000, APP_ENGINE.key: 8080}
"""The port that a platform gives at the moment, so that a server fixed to it works, for now."""

_PROXY = re.compile(r"nginx|caddy|supervisor|haproxy|envoy|traefik|apache|httpd|s6|cloudflared|circus")
_ELSEWHERE = frozenset({8000, 8080})
"""Ports of other platforms that take a Procfile: Elastic Beanstalk's, and that of Google's buildpacks."""
_BEANSTALK = (".ebextensions/*", ".elasticbeanstalk/*", ".platform/*")
_HEROKU_FILES = ("app.json", "heroku.yml", "runtime.txt")
_DEBUGGERS = frozenset({3000, 5173, 5678, 9229})
_BY_NUMBER = frozenset({COMPOSE.key, CONTAINER_APPS.key, DOCKER.key, ECS.key, FLY.key, KUBERNETES.key})
"""Platforms that ask on a port which their file names; none of them sets PORT."""
_BEHIND = frozenset({BEANSTALK.key, SUPERVISOR.key, SYSTEMD.key})
"""Where a proxy on the same machine takes the requests, as a rule."""


@dataclass(frozen=True, slots=True)
class Listening:
    """Where a server listens and should not.

    `loopback` is the address that only its own machine reaches, `port` one that the platform does not
    use; each is None where it is fine. `wanted` are the ports or variables that the platform uses.
    `told` is whether the project says so itself, and does not just leave out what would be right.
    """

    loopback: Resolved | None
    port: Resolved | None
    wanted: tuple[str, ...]
    told: bool
    sure: bool

    @property
    def at(self) -> Location | None:
        """Where the address is written, if it is."""
        found = self.loopback or self.port
        return found.value.at if found is not None else None


def listening(deployment: Deployment, manifests: Iterable[Manifest], tree: Tree) -> Listening | None:
    """Return what is wrong with where a deployment listens, None where nothing is."""
    server, process = deployment.server, deployment.process
    if server is None or process is None or process.role is not Role.WEB:
        return None
    host = resolve(server.host, deployment.environment)
    port = resolve(server.port, deployment.environment)
    text = host.data if host.known and isinstance(host.data, str) else ""
    if text.startswith(("unix:", "fd:")) or behind_proxy(deployment, manifests, tree):
        return None
    loopback = host if text in LOOPBACK and _counts(deployment, host) else None
    wrong = port if port.known and isinstance(port.data, int) and _is_wrong(deployment, port, tree) else None
    if loopback is None and wrong is None:
        return None
    certain = all(r is None or r.certain for r in (loopback, wrong))
    told = any(r is not None and r.value.at is not None for r in (loopback, wrong))
    sure = certain and server.certain and not deployment.tentative and _is_sure(deployment, tree)
    return Listening(loopback, wrong, _wanted(deployment), told, sure)


def _counts(deployment: Deployment, host: Resolved) -> bool:
    """Tell whether a loopback address matters, where it is only a default.

    Databricks Apps sets more variables of frameworks than it documents, and an image may run where PORT
    is set (Cloud Run, Railway, a secret), which gunicorn takes: a default proves nothing there.
    """
    if host.value.at is not None:
        return True
    program = deployment.server.program if deployment.server is not None else ""
    if program == "gunicorn" and deployment.platform.key in _BY_NUMBER:
        return deployment.platform is COMPOSE
    return deployment.platform is not DATABRICKS


def _is_wrong(deployment: Deployment, port: Resolved, tree: Tree) -> bool:
    platform, manifest = deployment.platform, deployment.manifests[0]
    if any(setting is not None for _, setting in port.settings) or _is_overruled(deployment):
        return False
    if platform.key in _BY_NUMBER:
        out = manifest.published
        return len(out) == 1 and port.data not in {*out, *manifest.ports} and not _DEBUGGERS & set(out)
    if not platform.port_variables or platform.finds_port or port.data in manifest.published:
        return False
    if port.data == CUSTOMARY.get(platform.key):
        return False
    if platform is HEROKU and port.data in _ELSEWHERE and not _on_heroku(tree, manifest):
        return False
    return platform is HEROKU or port.value.at is not None


def _is_overruled(deployment: Deployment) -> bool:
    """Tell whether PORT counts for more than what code says: Dash 2.18 reads it over its own argument."""
    if deployment.server is None or deployment.server.program != "dash":
        return False
    if deployment.environment.lookup("PORT") is None and not deployment.platform.sets_port:
        return False
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    requirement = deployment.installed.get("dash")
    try:
        return requirement is None or SpecifierSet(requirement.specifier).contains("2.18.1")
    except InvalidSpecifier:
        return True


def _is_sure(deployment: Deployment, tree: Tree) -> bool:
    """Tell whether the platform is known well enough to say that nobody gets through."""
    manifest = deployment.manifests[0]
    if deployment.platform is HEROKU:
        return _on_heroku(tree, manifest)
    if deployment.platform is COMPOSE:
        return bool(manifest.published)
    if deployment.platform is DOCKER:
        return bool(manifest.ports)
    if deployment.platform is FLY:
        return bool(manifest.published)
    return deployment.platform in {DATABRICKS, CLOUD_RUN, RENDER}


def _on_heroku(tree: Tree, manifest: Manifest) -> bool:
    return any(tree.exists(posixpath.join(manifest.directory, name)) for name in _HEROKU_FILES)


def _wanted(deployment: Deployment) -> tuple[str, ...]:
    names = tuple(f"${name}" for name in deployment.platform.port_variables[:1])
    return names or tuple(str(p) for p in deployment.manifests[0].published)


def behind_proxy(deployment: Deployment, manifests: Iterable[Manifest], tree: Tree) -> bool:
    """Tell whether something else on the same machine takes the requests, or may."""
    manifest = deployment.manifests[0]
    if deployment.platform.key in _BEHIND:
        return True
    command = deployment.process.command if deployment.process is not None else None
    around = (*command.before, *command.alternatives, *command.via) if command is not None else ()
    if any(_PROXY.search(program(c)) or _PROXY.search(c.text) for c in around):
        return True
    if manifest.shares_network or any(m.shares_network and m.path == manifest.path for m in manifests):
        return True
    if deployment.platform is HEROKU and tree.matching(*_BEANSTALK):
        return True
    copied = (posixpath.basename(p) for m in deployment.manifests for pair in m.contents for p in pair)
    return any(_PROXY.search(name.lower()) for name in copied) or bool(_PROXY.search(manifest.image))
