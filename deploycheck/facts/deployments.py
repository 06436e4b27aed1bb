"""Deployments: each thing that is started in production, with all that the files say about it.

A repository may hold several (a web app and an admin app, two compose services). Each is judged on its
own: its own command, its own environment, its own modules.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from deploycheck.facts.databases.engines import Engine, find_engines
from deploycheck.facts.databases.selection import Selection
from deploycheck.facts.environment import Environment, Kind, Layer, Sources, entries_layer, platform_layer
from deploycheck.facts.manifests.model import Manifest, Platform, Process, Role, Use
from deploycheck.facts.requirements import Installed, RequirementFile, installed_for
from deploycheck.facts.server import read_server
from deploycheck.facts.settings import loaded_env_files
from deploycheck.facts.web.apps import App, find_apps
from deploycheck.facts.web.cors import CorsPolicy, find_policies
from deploycheck.facts.web.middleware import Middleware, find_middleware
from deploycheck.facts.web.targets import find_app
from deploycheck.findings import Location
from deploycheck.python.modules import Role as Part
from deploycheck.python.resolution import resolve
from deploycheck.python.values import Setting
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from deploycheck.facts.server.model import Server
    from deploycheck.python.program import Program
    from deploycheck.python.resolution import Resolved
    from deploycheck.sources.dotenv import DotenvEntry
    from deploycheck.sources.tree import Tree

NOWHERE = Platform("unknown", "no manifest")
"""Stands for the platform of an app that no file here deploys."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What the user declares about each container, over what files and platforms say; None where nothing.

    `cpu` is in vCPU, `memory` in MB; `replicas` is how many copies run.
    """

    cpu: float | None = None
    memory: int | None = None
    replicas: int | None = None


@dataclass(frozen=True)
class Deployment:
    """One thing that production starts.

    `manifests` are the files that describe it, the deciding one first; none for an app that no file
    deploys. `directory` is the folder that its process runs in. `modules` are the paths of the
    Python files that its process imports; `whole` tells that they are known from what is started, and
    are not just everything in the folder. `tentative` marks a deployment taken from a development or
    example manifest, for want of another: nothing about it is certain.
    """

    name: str
    directory: str
    platform: Platform
    environment: Environment
    modules: frozenset[str] = field(repr=False)
    program: Program = field(repr=False)
    manifests: tuple[Manifest, ...] = ()
    process: Process | None = None
    release: Process | None = None
    server: Server | None = None
    app: App | None = None
    apps: tuple[App, ...] = ()
    installed: Installed = field(default_factory=lambda: Installed((), complete=False))
    whole: bool = False
    tentative: bool = False
    limits: Limits = Limits()

    @property
    def at(self) -> Location:
        """Where it is described: the command, else the manifest, else the app itself."""
        if self.process is not None:
            return self.process.command.at if self.process.command is not None else self.process.at
        if self.manifests:
            return self.manifests[0].at
        return self.app.at if self.app is not None else Location(".")

    @property
    def replicas(self) -> int:
        """How many copies run, as far as anything says; 1 when nothing does."""
        return self.limits.replicas or next((m.replicas for m in self.manifests if m.replicas), 1)

    @property
    def cpu(self) -> float:
        """The container's CPU in vCPU, as declared, else by the files, else the platform's; 0: not known."""
        return self.limits.cpu or next((m.cpu for m in self.manifests if m.cpu), self.platform.cpu)

    @property
    def memory(self) -> int:
        """The container's memory in MB, as declared, else by the files, else the platform's; 0: not known."""
        told = next((m.memory for m in self.manifests if m.memory), self.platform.memory)
        return self.limits.memory or told

    @property
    def sized(self) -> bool:
        """Whether somebody chose the container's CPU or memory, rather than the platform its default."""
        return bool(self.limits.cpu or self.limits.memory or any(m.cpu or m.memory for m in self.manifests))

    @cached_property
    def workers(self) -> Resolved | None:
        """How many processes its server starts in each copy; None where no server is known."""
        return resolve(self.server.workers, self.environment) if self.server is not None else None

    @cached_property
    def middleware(self) -> tuple[Middleware, ...]:
        """The middleware of its apps, the outermost first."""
        return find_middleware(self.program, self.apps, self.modules)

    @cached_property
    def policies(self) -> tuple[CorsPolicy, ...]:
        """Its CORS configurations."""
        return find_policies(self.program, self.apps, self.middleware, self.modules)

    @cached_property
    def engines(self) -> tuple[Engine, ...]:
        """Every place in its modules that opens a database."""
        return find_engines(self.program, self.modules)

    @cached_property
    def selection(self) -> Selection:
        """How its code chooses among those databases under its environment."""
        return Selection(self.engines, self.environment)


class Deployments:
    """Reads the deployments of a project."""

    def __init__(
        self,
        tree: Tree,
        program: Program,
        manifests: tuple[Manifest, ...],
        requirements: tuple[RequirementFile, ...],
        sources: Sources,
    ) -> None:
        """Read from `manifests` and `program`; `sources` is what the user adds to the environment."""
        self.tree = tree
        self.program = program
        self.manifests = manifests
        self.requirements = requirements
        self.sources = sources

    def read(self) -> tuple[Deployment, ...]:
        """Return every deployment: of each manifest that starts Python, else of each app in the code."""
        found = [d for m in self.manifests if m.deployable for d in self._of_manifest(m)]
        return tuple(found) if found else tuple(self._of_code())

    # -- from a manifest ---------------------------------------------------------------------------

    def _of_manifest(self, manifest: Manifest) -> Iterator[Deployment]:
        webs: list[Process | None] = [p for p in manifest.processes if p.role is Role.WEB]
        webs = webs or [None]
        for process in webs:
            deployment = self._deployment(manifest, process, several=len(webs) > 1)
            if deployment is not None:
                yield deployment

    def _deployment(self, manifest: Manifest, process: Process | None, *, several: bool) -> Deployment | None:
        directory = process.directory if process is not None else manifest.directory
        others = tuple(m for m in self.manifests if m.path in manifest.uses)
        environment = self._environment(manifest, process, others)
        server = self._server(process, environment)
        app = self._target(server, directory)
        modules, whole = self._modules(server, app, directory)
        apps = find_apps(self.program, modules)
        if server is None and not any(_within(a.module.path, directory) for a in apps):
            return None
        return Deployment(
            name=_name(manifest, process, several=several),
            directory=directory,
            platform=manifest.platform,
            environment=replace(environment, layers=(*self._dotenv(modules, directory), *environment.layers)),
            modules=modules,
            program=self.program,
            manifests=(manifest, *others),
            process=process,
            release=manifest.process(Role.RELEASE),
            server=server,
            app=app if app is not None else (apps[0] if len(apps) == 1 and not whole else None),
            apps=apps,
            installed=self._installed(manifest, directory),
            whole=whole,
            tentative=manifest.use in {Use.DEVELOPMENT, Use.EXAMPLE},
        )

    def _server(self, process: Process | None, environment: Environment) -> Server | None:
        if process is None or process.command is None:
            return None
        return read_server(self.program, self.tree, process.command, process.directory, environment)

    def _target(self, server: Server | None, directory: str) -> App | None:
        if server is None or server.target is None or not server.target.module:
            return None
        target = server.target
        apps = find_apps(self.program)
        return find_app(self.program, apps, target.module, target.attribute, target.directory or directory)

    def _modules(self, server: Server | None, app: App | None, directory: str) -> tuple[frozenset[str], bool]:
        """Return the modules that the process imports, and whether that is known from what it starts."""
        starts = [app.module.path] if app is not None else []
        if server is not None:
            starts += [server.target.path] if server.target is not None else []
            starts += [server.entry, *server.config_files]
        modules = [m for m in (self.program.module_at(path) for path in starts if path) if m is not None]
        if not modules:
            return self._folder(directory), False
        return frozenset[str]().union(*(self.program.reachable(m) for m in modules)), True

    def _folder(self, directory: str) -> frozenset[str]:
        return frozenset(m.path for m in self.program.app_modules() if _within(m.path, directory))

    def _installed(self, manifest: Manifest, directory: str) -> Installed:
        """Return what the manifest installs by name together with what stands nearest to the app."""
        named = [f for f in self.requirements if f.path in manifest.requirements]
        near = installed_for(self.requirements, directory)
        if not named:
            return near
        files = dict.fromkeys((*named, *(near.files if near.complete else ())))
        return Installed(tuple(files))

    # -- its environment ---------------------------------------------------------------------------

    def _environment(
        self, manifest: Manifest, process: Process | None, others: Iterable[Manifest]
    ) -> Environment:
        platform = manifest.platform
        attached = {*manifest.attached, *(n for o in others for n in o.attached)}
        known = manifest.resources_known or any(o.resources_known for o in others)
        layers = [platform_layer(platform, attached, None)]
        # What the manifest takes from others (an image's ENV) already stands in its own, before its own.
        layers.append(entries_layer(manifest.path, Kind.MANIFEST, manifest.environment))
        command = process.command if process is not None else None
        if command is not None and command.env:
            layers.append(entries_layer(command.env[0].at.path, Kind.MANIFEST, command.env))
        layers += self.sources.layers()
        open_env = manifest.open_env or any(o.open_env for o in others)
        maybe = frozenset() if known else platform.may_inject - attached
        return Environment(tuple(layers), closed=platform.closed and not open_env, maybe=maybe)

    def _dotenv(self, modules: frozenset[str], directory: str) -> Iterator[Layer]:
        """Yield the committed files of variables that the code itself loads."""
        for loaded in loaded_env_files(self.program, modules):
            path = next((c for c in loaded.candidates(directory) if self.tree.exists(c)), None)
            entries = self._entries(path) if path is not None else ()
            if path is not None and entries:
                settings = {
                    e.name: Setting(e.name, e.value, path, e.at) for e in entries if e.value is not None
                }
                yield Layer(path, Kind.DOTENV, settings)

    def _entries(self, path: str) -> tuple[DotenvEntry, ...]:
        try:
            return self.tree.dotenv(path)
        except ReadError:
            return ()

    # -- without a manifest ------------------------------------------------------------------------

    def _of_code(self) -> Iterator[Deployment]:
        paths = frozenset(m.path for m in self.program.modules.all(Part.APP))
        apps = find_apps(self.program, paths)
        covered: set[str] = set()
        for app in sorted(apps, key=lambda a: -len(self.program.reachable(a.module))):
            if app.module.path in covered:
                continue
            modules = self.program.reachable(app.module)
            covered |= modules
            served = tuple(a for a in apps if a.module.path in modules)
            directory = app.module.root
            layers = (*self._dotenv(modules, directory), *self.sources.layers())
            yield Deployment(
                name=app.module.path,
                directory=directory,
                platform=NOWHERE,
                environment=Environment(layers),
                modules=modules,
                program=self.program,
                app=app,
                apps=served,
                installed=installed_for(self.requirements, app.module.path.rpartition("/")[0]),
                whole=True,
            )


def _name(manifest: Manifest, process: Process | None, *, several: bool) -> str:
    parts = [manifest.path, manifest.name, process.name if several and process is not None else ""]
    return " ".join(p for p in parts if p)


def _within(path: str, directory: str) -> bool:
    return not directory or path.startswith(directory + "/")
