"""Which database server a deployment uses, or is meant to use."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from deploycheck.facts.databases.backends import DRIVERS, FAILS, GIVEN, NONE, SERVERS, SQLITE, is_server
from deploycheck.findings import Step

if TYPE_CHECKING:
    from deploycheck.facts.databases.selection import Opened, Outcome
    from deploycheck.facts.deployments import Deployment
    from deploycheck.findings import Location

NAMES = {
    "postgresql": "PostgreSQL",
    "postgres": "PostgreSQL",
    "mysql": "MySQL",
    "mariadb": "MariaDB",
    "mssql": "SQL Server",
    "oracle": "Oracle",
    "cockroachdb": "CockroachDB",
}
_SAME = {"postgres": "postgresql"}
_MANAGED = re.compile(
    r"amazonaws\.com|neon\.tech|supabase\.|azure\.com|database\.windows\.net|/cloudsql/|render\.com|aivencloud\.com"
    r"|digitalocean\.com|cloud\.databricks\.com|azuredatabricks\.net|planetscale|cockroachlabs\.cloud|timescaledb?\.com"
)
_WAREHOUSES = frozenset({"snowflake", "redshift", "databricks"})
"""Servers that an app asks and that others fill."""


@dataclass(frozen=True, slots=True)
class Server:
    """A database server: its backend, where it is chosen, and whether a provider keeps it."""

    backend: str
    at: Location
    certain: bool
    managed: bool
    trail: tuple[Step, ...] = ()

    @property
    def name(self) -> str:
        """What people call it."""
        return NAMES.get(self.backend, self.backend)


def used_server(deployment: Deployment) -> Server | None:
    """Return the server that production opens, or that it is told to open and cannot reach; None for none."""
    selection = deployment.selection
    found = _best(deployment, selection.now)
    if found is not None and not found.resolved.certain and SQLITE in selection.now.backends:
        return None  # which of them it is, nothing here tells
    if found is not None:
        return _server(deployment, found, found.engine.at)
    chosen = selection.selected
    if chosen is None or selection.with_server is None:
        return _once_given(deployment)
    meant = _best(deployment, selection.under(selection.with_server))
    if meant is None:
        return None
    told = Step(f"{chosen.name} = {chosen.text} ({chosen.layer})", chosen.location)
    server = _server(deployment, meant, chosen.location or meant.engine.at)
    return replace(
        server, certain=not deployment.tentative, trail=(told, Step(meant.engine.text, meant.engine.at))
    )


def _once_given(deployment: Deployment) -> Server | None:
    """Return the server that is opened once the URL is given, without which the app does not start."""
    selection, environment = deployment.selection, deployment.environment
    if selection.with_server is None or not selection.now.backends <= {FAILS, NONE}:
        return None
    meant = _best(deployment, selection.under(selection.with_server))
    if meant is None or all(environment.settled(v.name) for v in meant.engine.variables()):
        return None
    return replace(_server(deployment, meant, meant.engine.at), certain=False)


def _best(deployment: Deployment, outcome: Outcome) -> Opened | None:
    """Return a server whose kind is known, one that is opened for certain first."""
    servers = [o for o in outcome.opened if is_server(o.backend) and o.backend not in _WAREHOUSES]
    known = [o for o in servers if _backend(deployment, o)]
    return next((o for o in known if o.resolved.certain), known[0] if known else None)


def _backend(deployment: Deployment, opened: Opened) -> str:
    if opened.backend in SERVERS:
        return _SAME.get(opened.backend, opened.backend)
    drivers = {DRIVERS[n] for n in deployment.installed.names & DRIVERS.keys()}
    return drivers.pop() if opened.backend == GIVEN and len(drivers) == 1 else ""


def _server(deployment: Deployment, opened: Opened, at: Location) -> Server:
    managed = bool(_MANAGED.search(opened.resolved.shape)) or deployment.platform.key == "heroku"
    attached = any("PGHOST" in m.attached for m in deployment.manifests)
    steps = opened.resolved.trail
    certain = opened.resolved.certain and not deployment.tentative
    return Server(_backend(deployment, opened), at, certain, managed or attached, steps)
