"""One deployment: a thing that production starts, with all that the files say about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from deploycheck.facts.databases.engines import Engine, find_engines
from deploycheck.facts.databases.selection import Selection
from deploycheck.facts.manifests.model import Manifest, Platform, Process
from deploycheck.facts.requirements.model import Installed
from deploycheck.findings import Location
from deploycheck.python.resolution import resolve

if TYPE_CHECKING:
    from deploycheck.facts.environment import Environment
    from deploycheck.facts.server.model import Server
    from deploycheck.facts.web.apps import App
    from deploycheck.facts.web.cors import CorsPolicy
    from deploycheck.facts.web.middleware import Middleware
    from deploycheck.python.program import Program
    from deploycheck.python.resolution import Resolved

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
    example manifest, for want of another, or from an app that stands beside the one with a usual name and
    that no file deploys: nothing about it is certain.
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
        from deploycheck.facts.web.middleware import find_middleware

        return find_middleware(self.program, self.apps, self.modules)

    @cached_property
    def policies(self) -> tuple[CorsPolicy, ...]:
        """Its CORS configurations."""
        from deploycheck.facts.web.cors import find_policies

        return find_policies(self.program, self.apps, self.middleware, self.modules)

    @cached_property
    def engines(self) -> tuple[Engine, ...]:
        """Every place in its modules that opens a database."""
        return find_engines(self.program, self.modules)

    @cached_property
    def selection(self) -> Selection:
        """How its code chooses among those databases under its environment."""
        return Selection(self.engines, self.environment)
