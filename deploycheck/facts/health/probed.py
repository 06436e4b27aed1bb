"""What a platform asks to learn how the app is: the path, what hangs on it, and where that is written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.facts.health.endpoints import follow, routes_of
from deploycheck.facts.health.model import Endpoint
from deploycheck.facts.health.names import Purpose, purpose_of
from deploycheck.facts.manifests.model import ProbeKind
from deploycheck.facts.reach import behind_proxy
from deploycheck.facts.web.routes import serves
from deploycheck.findings import Edit, Location
from deploycheck.python.resolution import resolve
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from deploycheck.facts.deployment import Deployment
    from deploycheck.facts.manifests.model import Manifest, Probe
    from deploycheck.sources.tree import Tree

_URL = re.compile(
    r"https?://(?P<host>\[[^\]]*\]|[^/\s\"'`:]+)(?::(?P<port>[^/\s\"'`]+))?(?P<path>/[^\s\"'`?|)#;]*)?"
)
_HERE = re.compile(r"localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1?\]|\$\{?HOST(?:NAME)?\}?", re.IGNORECASE)
_TELLS = re.compile(
    r"curl\b.*\s(?:--fail(?:-with-body)?|-[a-zA-Z]*f[a-zA-Z]*)\b|\bwget\b|urllib|raise_for_status|status_code\s*[=!]=|http_code"
)
"""What makes a command fail on a status of failure: `curl` without `-f` does not."""
_COMMAND = re.compile(r"HEALTHCHECK|CMD|test:|curl|wget|http", re.IGNORECASE)
_NEAR = 8


@dataclass(frozen=True, slots=True)
class Probed:
    """One path that the platform asks. `command` tells that a command in the container does it."""

    kind: ProbeKind
    path: str
    at: Location
    command: bool = False


def probed(deployment: Deployment, manifests: Iterable[Manifest], tree: Tree) -> tuple[Probed, ...]:
    """Return what is asked of a deployment's own server; nothing where another program may answer first.

    A probe of another port, a path with a variable in it, and a command that does not look at the status
    are left out.
    """
    if not deployment.manifests or deployment.process is None or behind_proxy(deployment, manifests, tree):
        return ()
    manifest = deployment.manifests[0]
    found = [_of_probe(tree, p) for p in manifest.probes if p.port in {0, *_ports(deployment)}]
    if not manifest.probes and manifest.health_path:
        found += _of_command(deployment, manifest, tree)
    return tuple(p for p in found if p.path.startswith("/") and not re.search(r"[{}$*<>]", p.path))


def _ports(deployment: Deployment) -> frozenset[int]:
    server = deployment.server
    port = resolve(server.port, deployment.environment) if server is not None else None
    number = port.data if port is not None and port.known else None
    return frozenset({number}) if isinstance(number, int) else frozenset()


def _of_probe(tree: Tree, probe: Probe) -> Probed:
    path = probe.path.partition("?")[0].partition("#")[0]
    return Probed(probe.kind, path, _line_of(tree, probe.at, path) or probe.at)


def _line_of(tree: Tree, at: Location, path: str) -> Location | None:
    """Return the line at or below a place that says a path."""
    for number, line in _lines(tree, at.path, at.line, at.line + _NEAR):
        column = _column(line, path)
        if column:
            return Location(at.path, number, column, number, column + len(path))
    return None


def _column(line: str, path: str) -> int:
    match = re.search(rf"(?<![\w/.\-]){re.escape(path)}(?![\w/\-])", line)
    return match.start() + 1 if match is not None else 0


def _lines(tree: Tree, path: str, first: int = 1, last: int = 1_000_000) -> Iterator[tuple[int, str]]:
    try:
        lines = tree.lines(path)
    except ReadError:
        return
    yield from enumerate(lines[first - 1 : last], first)


def _of_command(deployment: Deployment, manifest: Manifest, tree: Tree) -> Iterator[Probed]:
    """Find the URL in the manifest's file, or in one that it takes the image from."""
    for path in (manifest.path, *manifest.uses):
        for number, line in _lines(tree, path):
            match = _URL.search(line) if _COMMAND.search(line) and not line.lstrip().startswith("#") else None
            if match is None or (match["path"] or "/") != manifest.health_path:
                continue
            before = " ".join(text for _, text in _lines(tree, path, max(1, number - 3), number))
            if (
                _HERE.fullmatch(match["host"])
                and _is_own(deployment, match["port"])
                and _TELLS.search(before)
            ):
                start = match.start("path") + 1 if match["path"] else match.start() + 1
                at = Location(path, number, start, number, match.end() + 1)
                yield Probed(ProbeKind.HEALTH, manifest.health_path, at, command=True)
            return


def _is_own(deployment: Deployment, port: str | None) -> bool:
    """Tell whether a port is the one that the deployment's server listens on, as far as both are known."""
    own = _ports(deployment)
    if port is not None and "$" in port:
        return True
    asked = int(port) if port is not None and port.isdigit() else 80
    return asked in own


def endpoint_at(deployment: Deployment, path: str) -> Endpoint | None:
    """Return the endpoint that a path leads to, whatever its name is, followed; None where that is unsure."""
    app = deployment.app
    found = [
        r
        for r in routes_of(deployment)
        if app is not None
        and r.app == app
        and r.kind == "route"
        and serves((r,), app, path, lookup=deployment.environment) is True
    ]
    if len(found) != 1:
        return None
    return follow(deployment, Endpoint(path, purpose_of(path) or Purpose.HEALTH, found[0]))


def renamed(tree: Tree, one: Probed, path: str) -> tuple[Edit, ...]:
    """Return the edit that lets a probe ask another path; none where its own is not found in the file."""
    for _, line in _lines(tree, one.at.path, one.at.line, one.at.line):
        start, end = one.at.column - 1, one.at.end_column - 1
        if line[start:end] == one.path:
            return (Edit(one.at.path, one.at.line, one.at.line, line[:start] + path + line[end:]),)
    return ()
