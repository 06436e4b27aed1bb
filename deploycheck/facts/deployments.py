"""Deployments: each thing that is started in production, with all that the files say about it.

A repository may hold several (a web app and an admin app, two compose services). Each is judged on its
own: its own command, its own environment, its own modules.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from deploycheck.facts.deployment import NOWHERE, Deployment, Limits
from deploycheck.facts.environment import Environment, Kind, Sources, entries_layer, platform_layer
from deploycheck.facts.loaded import loaded, script_of
from deploycheck.facts.manifests.defaults import default_start
from deploycheck.facts.manifests.model import Manifest, Process, Role, Use
from deploycheck.facts.manifests.platforms import DATABRICKS
from deploycheck.facts.requirements import Installed, RequirementFile, installed_for
from deploycheck.facts.server import read_server
from deploycheck.facts.undeployed import of_code, with_files
from deploycheck.facts.web.apps import App, find_apps
from deploycheck.facts.web.targets import find_app
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from deploycheck.facts.server.model import Server
    from deploycheck.python.program import Program
    from deploycheck.sources.dotenv import DotenvEntry
    from deploycheck.sources.tree import Tree

__all__ = ["NOWHERE", "Deployment", "Deployments", "Limits"]


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
        return tuple(found or of_code(self.program, self._near, self._entries, self.sources))

    def _near(self, folder: str) -> Installed:
        return installed_for(self.requirements, folder)

    def _entries(self, path: str) -> tuple[DotenvEntry, ...] | None:
        try:
            return self.tree.dotenv(path) if self.tree.exists(path) else None
        except ReadError:
            return ()

    # -- from a manifest ---------------------------------------------------------------------------

    def _of_manifest(self, manifest: Manifest) -> Iterator[Deployment]:
        webs: list[Process | None] = [p for p in manifest.processes if p.role is Role.WEB]
        # One that only has workers serves nothing; one that names no process at all leaves it to others.
        webs = webs if manifest.processes else [None]
        for process in webs:
            deployment = self._deployment(manifest, process, several=len(webs) > 1)
            if deployment is not None:
                yield deployment

    def _deployment(self, manifest: Manifest, process: Process | None, *, several: bool) -> Deployment | None:
        directory = process.directory if process is not None else manifest.directory
        others = tuple(m for m in self.manifests if m.path in manifest.uses)
        environment = self._environment(manifest, process, others)
        server = self._server(manifest, process, environment)
        if server is None and process is not None and self._works_in_background(process):
            return None
        app = self._target(server, directory)
        modules, whole = self._modules(process, server, app, environment, directory)
        apps = find_apps(self.program, modules)
        if server is None and not any(_within(a.module.path, directory) for a in apps):
            return None
        layers = with_files(self._entries, self.program, modules, directory, environment.layers)
        return Deployment(
            name=_name(manifest, process, several=several),
            directory=directory,
            platform=manifest.platform,
            environment=replace(environment, layers=layers),
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
            tentative=not manifest.certain or manifest.use in {Use.DEVELOPMENT, Use.EXAMPLE},
        )

    def _server(self, manifest: Manifest, process: Process | None, environment: Environment) -> Server | None:
        """Return the server that the process's command starts, or the platform by itself without one."""
        if process is None:
            return None
        command = process.command
        if command is None and manifest.platform is DATABRICKS:
            default = default_start(self.tree, manifest)
            command = default.command if default is not None else None
        if command is None:
            return None
        return read_server(self.program, self.tree, command, process.directory, environment)

    def _works_in_background(self, process: Process) -> bool:
        """Tell whether a process runs a script of the project that serves nothing and loads no app."""
        script = script_of(self.program, process.command, process.directory) if process.command else ""
        if not script or self.program.module_at(script) is None:
            return False
        modules = loaded(self.program, (script,))
        if any(self.program.module_at(path) is None for path in modules):
            return False
        return not find_apps(self.program, modules)

    @cached_property
    def _every_app(self) -> tuple[App, ...]:
        return find_apps(self.program)

    def _target(self, server: Server | None, directory: str) -> App | None:
        if server is None or server.target is None or not server.target.module:
            return None
        target = server.target
        return find_app(
            self.program, self._every_app, target.module, target.attribute, target.directory or directory
        )

    def _modules(
        self,
        process: Process | None,
        server: Server | None,
        app: App | None,
        environment: Environment,
        directory: str,
    ) -> tuple[frozenset[str], bool]:
        """Return the files that the process loads, and whether that is known from what it starts.

        It is not where the file that it starts cannot be parsed: then all of the folder may belong to it.
        """
        starts = [app.module.path] if app is not None else []
        if server is not None:
            starts += [self._target_path(server, directory), server.entry, *server.config_files]
        if process is not None and process.command is not None:
            starts.append(script_of(self.program, process.command, directory))
        known = [p for p in starts if p in self.program.modules.known]
        modules = loaded(self.program, known, environment)
        parsed = [p for p in known if self.program.module_at(p) is not None]
        if server is not None and parsed and len(parsed) == len(known):
            return modules, True
        return modules | self._folder(directory), False

    def _target_path(self, server: Server, directory: str) -> str:
        target = server.target
        if target is None or target.path or not target.module:
            return target.path if target is not None else ""
        return self.program.modules.find_path(target.module, target.directory or directory) or ""

    def _folder(self, directory: str) -> frozenset[str]:
        return frozenset(m.path for m in self.program.app_modules() if _within(m.path, directory))

    def _installed(self, manifest: Manifest, directory: str) -> Installed:
        """Return what the manifest installs by name together with what stands nearest to the app."""
        named = [f for f in self.requirements if f.path in manifest.requirements]
        near = self._near(directory)
        if not named:
            return near
        files = dict.fromkeys((*named, *(near.files if near.complete else ())))
        return Installed(tuple(files))

    # -- its environment ---------------------------------------------------------------------------

    def _environment(
        self, manifest: Manifest, process: Process | None, others: Iterable[Manifest]
    ) -> Environment:
        if self.sources.live is not None:
            return Environment(self.sources.layers(), closed=True)
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


def _name(manifest: Manifest, process: Process | None, *, several: bool) -> str:
    parts = [manifest.path, manifest.name, process.name if several and process is not None else ""]
    return " ".join(p for p in parts if p)


def _within(path: str, directory: str) -> bool:
    return not directory or path.startswith(directory + "/")
