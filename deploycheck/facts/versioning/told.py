"""The version that a FastAPI app tells the world, and whether it is a constant."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.python.resolution import Resolved, resolve
from deploycheck.python.values import Literal

if TYPE_CHECKING:
    from deploycheck.facts.deployments import Deployment
    from deploycheck.facts.web.apps import App
    from deploycheck.findings import Location

DEFAULT = "0.1.0"
"""What FastAPI says when it is told nothing."""
RELEASE = re.compile(r"v?\d+\.\d+(\.\d+)*([.+_-]?[a-z0-9]+)*", re.IGNORECASE)
"""How releases are numbered; `v1`, `2` and dates are names of a contract."""
FIELD = re.compile(r"[A-Z]\w*\.\w+")
"""How a field of a settings class is called: few of those that hold a version are meant to be set."""


@dataclass(frozen=True, slots=True)
class Told:
    """The version that an app says, the same for every release, and where that stands.

    `default` tells that the app gives none, so that FastAPI says its own.
    """

    app: App
    text: str
    at: Location
    resolved: Resolved | None = None
    default: bool = False


def told_version(deployment: Deployment) -> Told | None:
    """Return the constant version that a deployment's FastAPI app says; None where something works it out."""
    app = _served(deployment)
    if app is None:
        return None
    value = app.keywords.get("version")
    if value is None:
        return Told(app, DEFAULT, app.at, default=True) if _shows(app, deployment) else None
    resolved = resolve(value, deployment.environment)
    if not isinstance(resolved.value, Literal) or not isinstance(resolved.data, str):
        return None
    if not RELEASE.fullmatch(resolved.data.strip()) or not _is_constant(resolved):
        return None
    return Told(app, resolved.data.strip(), resolved.value.at or app.at, resolved)


def _served(deployment: Deployment) -> App | None:
    """Return the FastAPI app that is served; an app that another mounts has versions of its own."""
    app = deployment.app or (deployment.apps[0] if len(deployment.apps) == 1 else None)
    return app if app is not None and app.library.startswith("fastapi.") else None


def _shows(app: App, deployment: Deployment) -> bool:
    """Tell whether the app certainly serves its description, and all of its options are seen."""
    address = app.keywords.get("openapi_url")
    if app.call.arguments().partial or address is None:
        return not app.call.arguments().partial
    resolved = resolve(address, deployment.environment)
    return resolved.known and bool(resolved.data)


def _is_constant(resolved: Resolved) -> bool:
    """Tell whether no variable gives the version, and none is read on purpose to give it."""
    return all(s is None and FIELD.fullmatch(variable.reader) for variable, s in resolved.settings)
