"""Deployments that no manifest describes: each app in the code, as its own server would start it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from deploycheck.facts.deployment import NOWHERE, Deployment
from deploycheck.facts.environment import Environment, Kind, Layer
from deploycheck.facts.loaded import loaded
from deploycheck.facts.settings import loaded_env_files
from deploycheck.facts.web.apps import find_apps
from deploycheck.python.modules import Role
from deploycheck.python.values import Setting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.facts.environment import Sources
    from deploycheck.facts.requirements.model import Installed
    from deploycheck.python.program import Program
    from deploycheck.sources.dotenv import DotenvEntry

_USUAL = frozenset(
    f"{n}.py" for n in ("__init__", "api", "app", "application", "asgi", "main", "run", "server", "wsgi")
)
"""Files that people start: another app beside one of them may be an earlier try."""

Entries = Callable[[str], "tuple[DotenvEntry, ...] | None"]
"""Returns what a file of variables sets, nothing where it cannot be read; None for one that is not there."""


def of_code(
    program: Program,
    installed: Callable[[str], Installed],
    entries: Entries,
    sources: Sources,
    within: str | None = None,
) -> Iterator[Deployment]:
    """Yield a deployment for each app in the code; an app that another one loads is part of that one.

    It runs in the folder `within`, else in the one that its imports start in. `installed` returns what
    production installs for the app of a folder, and `entries` what a file sets.
    """
    paths = frozenset(m.path for m in program.modules.all(Role.APP))
    apps = find_apps(program, paths)
    covered: set[str] = set()
    usual = {f for f, n in (_split(a.module.path) for a in apps) if n in _USUAL}
    for app in sorted(apps, key=lambda a: -len(program.reachable(a.module))):
        if app.module.path in covered:
            continue
        modules = loaded(program, (app.module.path,))
        covered |= modules | _twins(app.module.path)
        directory = app.module.root if within is None else within
        folder, name = _split(app.module.path)
        layers = with_files(entries, program, modules, directory, sources.layers())
        yield Deployment(
            name=app.module.path,
            directory=directory,
            platform=NOWHERE,
            environment=Environment(layers, closed=sources.live is not None),
            modules=modules,
            program=program,
            app=app,
            apps=tuple(a for a in apps if a.module.path in modules),
            installed=installed(folder),
            whole=True,
            tentative=sources.live is None and folder in usual and name not in _USUAL,
        )


def with_files(
    entries: Entries, program: Program, modules: frozenset[str], directory: str, layers: tuple[Layer, ...]
) -> tuple[Layer, ...]:
    """Return layers with the files of variables that code loads: below all, or above where they override.

    `directory` is where the process runs.
    """
    below, above = list[Layer](), list[Layer]()
    for file in loaded_env_files(program, modules):
        there = ((path, entries(path)) for path in file.candidates(directory))
        path, found = next(((path, found) for path, found in there if found is not None), ("", ()))
        if found:
            settings = {e.name: Setting(e.name, e.value, path, e.at) for e in found if e.value is not None}
            (above if file.override else below).append(Layer(path, Kind.DOTENV, settings))
    return (*below, *layers, *above)


def _split(path: str) -> tuple[str, str]:
    folder, _, name = path.rpartition("/")
    return folder, name


def _twins(path: str) -> frozenset[str]:
    """Return the other of Django's two entries, asgi.py and wsgi.py: nobody deploys both."""
    folder, _, name = path.rpartition("/")
    names = frozenset({"asgi.py", "wsgi.py"})
    return frozenset(f"{folder}/{n}".lstrip("/") for n in names - {name}) if name in names else frozenset()
