"""Which database production migrates: what guards in revisions are decided by."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from deploycheck.facts.databases.backends import (
    DRIVERS,
    GIVEN,
    NONE,
    SERVERS,
    SQLITE,
    UNKNOWN,
    scheme_of,
)
from deploycheck.facts.databases.selection import Opened, Selection
from deploycheck.facts.environment import Environment
from deploycheck.facts.migrations.env_file import URL_KEY, opened, set_elsewhere, uses_settings
from deploycheck.findings import Step

if TYPE_CHECKING:
    from deploycheck.facts.databases.engines import Engine
    from deploycheck.facts.deployment import Deployment
    from deploycheck.facts.migrations.model import ScriptDirectory

_NAMES = {"postgres": "postgresql"}
_WHOLE = frozenset({*SERVERS, SQLITE})
_FROM_OUTSIDE = "the URL is given from outside, and {} is the only database driver that is installed"


@dataclass(frozen=True, slots=True)
class Dialect:
    """A backend by SQLAlchemy's name (`postgresql`), empty where not known; `certain` without a guess."""

    name: str = ""
    certain: bool = False
    trail: tuple[Step, ...] = ()


def dialect_of(directory: ScriptDirectory, deployments: Iterable[Deployment]) -> Dialect:
    """Return the backend that production runs a script directory's migrations on.

    Its env.py decides, under each deployment's environment; then the ini's URL, where env.py takes it; then
    what the app itself opens. A server that production selects goes before SQLite that its code only falls
    back on. Where the URL comes from outside, the only installed driver tells, and nothing is certain.
    Deployments that lead to different servers leave the name empty.
    """
    named = _named_folder(directory)
    if named:
        return Dialect(named)
    related = _related(directory, deployments)
    engines = opened(directory)
    found = [_of_deployment(directory, engines, d) for d in related] or [_alone(directory, engines)]
    return _agreed([d for d in found if d.name])


def environments_of(directory: ScriptDirectory, deployments: Iterable[Deployment]) -> tuple[Environment, ...]:
    """Return the environments of the deployments whose database a script directory's migrations change."""
    return tuple(d.environment for d in _related(directory, deployments))


def _named_folder(directory: ScriptDirectory) -> str:
    """Return the backend that the folder of revisions is named after, where each has a folder of its own."""
    names = {posixpath.basename(v) for v in directory.versions}
    name = names.pop() if len(names) == 1 else ""
    return _NAMES.get(name, name) if _NAMES.get(name, name) in _WHOLE else ""


def _related(directory: ScriptDirectory, deployments: Iterable[Deployment]) -> list[Deployment]:
    """Return the deployments of the part of the project that the script directory is in; else all."""
    listed = [d for d in deployments if not d.tentative] or list(deployments)
    near = [d for d in listed if _within(directory.directory, d.directory)]
    deepest = max((d.directory.count("/") + bool(d.directory) for d in near), default=0)
    return [d for d in near if d.directory.count("/") + bool(d.directory) == deepest] or listed


def _within(path: str, folder: str) -> bool:
    return not folder or path == folder or path.startswith(folder + "/")


def _agreed(found: list[Dialect]) -> Dialect:
    names = {d.name for d in found}
    if len(names) > 1 and SQLITE in names:
        names.discard(SQLITE)  # one deployment for trying things out, beside the real one
        found = [replace(d, certain=False) for d in found if d.name != SQLITE]
    if len(names) != 1:
        return Dialect()
    return max(found, key=lambda d: d.certain)


def _alone(directory: ScriptDirectory, engines: tuple[Engine, ...]) -> Dialect:
    """Decide without any deployment: nothing is known of the environment."""
    told = _told(_filled(engines, Environment()))
    return replace(told or _of_ini(directory, engines) or Dialect(), certain=False)


def _of_deployment(
    directory: ScriptDirectory, engines: tuple[Engine, ...], deployment: Deployment
) -> Dialect:
    environment = deployment.environment
    own = _told(_filled(engines, environment))
    own = own or _of_ini(directory, engines)
    if own is not None and own.name != SQLITE:
        return own
    if own is not None and own.certain:
        return own if _selected(deployment) is None else _selected(deployment) or own
    app = _selected(deployment) or _told(deployment.selection)
    if app is not None and (app.name != SQLITE or own is not None):
        return app
    return _by_driver(deployment) or app or own or Dialect()


def _filled(engines: tuple[Engine, ...], environment: Environment) -> Selection:
    """Look at engines as production does once every variable is set that a URL cannot do without."""
    required = [v for e in engines for v in e.variables() if v.default is None]
    unset = {v.name: None for v in required if all(environment.lookup(n) is None for n in v.names)}
    return Selection(engines, environment.with_settings(unset) if unset else environment)


def _told(selection: Selection) -> Dialect | None:
    """Return the one backend that is opened under an environment, if its name is known.

    A server goes before SQLite beside it; where only the URL is not seen, nothing is told.
    """
    outcome = selection.now.opened
    servers = [o for o in outcome if o.backend in SERVERS]
    unseen = any(
        o.backend in {GIVEN, UNKNOWN} or (o.backend == NONE and not o.resolved.certain) for o in outcome
    )
    if unseen and not any(o.resolved.certain for o in servers):
        return None
    chosen = servers or [o for o in outcome if o.backend == SQLITE]
    names = {_NAMES.get(o.backend, o.backend) for o in chosen}
    if len(names) != 1:
        return None
    best = max(chosen, key=lambda o: o.resolved.certain)
    return Dialect(names.pop(), _sure(best, outcome), best.resolved.trail)


def _sure(best: Opened, outcome: tuple[Opened, ...]) -> bool:
    """Tell whether a backend is certain: itself, and with no other that may be opened in its place."""
    others = {_NAMES.get(o.backend, o.backend) for o in outcome if o.backend in _WHOLE}
    return best.resolved.certain and len(others) == 1


def _selected(deployment: Deployment) -> Dialect | None:
    """Return the server that a setting of production selects by name, even if it needs more than is set."""
    selection = deployment.selection
    setting = selection.selected
    if setting is None or selection.with_server is None:
        return None
    told = _told(Selection(selection.engines, selection.with_server))
    if told is None or told.name == SQLITE:
        return None
    trail = (Step(f"{setting.name} = {setting.text} ({setting.layer})", setting.location), *told.trail[-1:])
    return Dialect(told.name, not deployment.tentative, trail)


def _of_ini(directory: ScriptDirectory, engines: tuple[Engine, ...]) -> Dialect | None:
    """Return the backend of the ini's URL, where env.py takes it and nothing in it may override it."""
    url = directory.options.get(URL_KEY, "")
    scheme = scheme_of(url)
    if scheme is None or not uses_settings(directory):
        return None
    name = _NAMES.get(scheme.backend, scheme.backend)
    if name not in _WHOLE:
        return None
    step = Step(f"{URL_KEY} = {scheme.backend}:…", directory.at)
    return Dialect(name, not engines and not set_elsewhere(directory), (step,))


def _by_driver(deployment: Deployment) -> Dialect | None:
    drivers = {DRIVERS[n]: n for n in sorted(deployment.installed.names) if n in DRIVERS}
    if len(drivers) != 1:
        return None
    name, driver = next(iter(drivers.items()))
    return Dialect(name, certain=False, trail=(Step(_FROM_OUTSIDE.format(driver)),))
