"""Render: render.yaml, whose services a shell starts in their root directory, or from a Dockerfile."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from deploycheck.facts.manifests.containers import Built, Over, built_from, contained, start_of
from deploycheck.facts.manifests.finder import Finder
from deploycheck.facts.manifests.model import (
    Command,
    Entry,
    Manifest,
    Mount,
    Probe,
    ProbeKind,
    Problem,
    Process,
    Role,
    Source,
    Use,
)
from deploycheck.facts.manifests.platforms import RENDER
from deploycheck.facts.manifests.processes import process
from deploycheck.facts.manifests.quantities import number
from deploycheck.facts.manifests.reading import (
    child,
    in_order,
    items_at,
    listed,
    requirement_files,
    root_of,
    text_at,
    text_of,
    wrong_type,
)
from deploycheck.facts.manifests.scripts import shell_node
from deploycheck.facts.manifests.uses import stage_of

if TYPE_CHECKING:
    from deploycheck.sources.tree import Tree
    from deploycheck.sources.yaml import YamlNode

PLANS = {
    "free": (0.1, 512),
    "starter": (0.5, 512),
    "standard": (1.0, 2048),
    "pro": (2.0, 4096),
    "pro plus": (4.0, 8192),
    "pro max": (4.0, 16384),
    "pro ultra": (8.0, 32768),
}
"""vCPU and memory in MB of the plans."""
_ROLES = {"web": Role.WEB, "pserv": Role.WEB, "worker": Role.WORKER, "cron": Role.WORKER}
_SOURCES = ("fromDatabase", "fromService")


def read(tree: Tree) -> tuple[Manifest, ...]:
    """Return one manifest for each service of each render.yaml that runs Python or an image."""
    found: list[Manifest] = []
    for path in tree.matching("render.yaml", "render.yml"):
        found += _read_file(tree, path)
    return tuple(found)


def _read_file(tree: Tree, path: str) -> Iterator[Manifest]:
    problems: list[Problem] = []
    root = root_of(tree, path, problems)
    parts = [root, *_environments(root)] if root is not None else []
    services = [s for part in parts for s in listed(part.get("services"), "services", problems)]
    groups = {
        text_at(group, "name"): group
        for part in parts
        for group in listed(part.get("envVarGroups"), "envVarGroups", problems)
    }
    if problems:
        use = stage_of(path)
        use = Use.PART if use is Use.PRODUCTION and services else use
        yield Manifest(RENDER, path, problems[0].at, problems=in_order(problems), use=use)
    for service in services:
        reader = _Reader(tree, path, service, groups)
        if reader.counts:
            yield reader.manifest()


def _environments(root: YamlNode) -> list[YamlNode]:
    """Return the environments of projects: the production ones, else all."""
    every = [e for project in items_at(root, "projects") for e in items_at(project, "environments")]
    live = [e for e in every if text_at(e, "name").lower().startswith("prod")]
    return live or every


@dataclass
class _Reader:
    """Reads one service; `groups` are the file's groups of variables by name."""

    tree: Tree
    path: str
    service: YamlNode
    groups: dict[str, YamlNode]
    problems: list[Problem] = field(default_factory=list)
    open_env: bool = True

    def __post_init__(self) -> None:
        self.kind = text_at(self.service, "type")
        self.runtime = text_at(self.service, "runtime") or text_at(self.service, "env")
        folder = posixpath.normpath(posixpath.join(posixpath.dirname(self.path), self.text("rootDir") or "."))
        self.directory = "" if folder == "." else folder

    @property
    def counts(self) -> bool:
        """Whether it runs code here: no static site, no key-value store, no other language."""
        return self.kind in _ROLES and self.runtime in {"python", "python3", "docker", "image"}

    def text(self, key: str) -> str:
        return text_at(self.service, key)

    def manifest(self) -> Manifest:
        path = self.text("healthCheckPath")
        node = self.service.get("healthCheckPath")
        probes = (Probe(ProbeKind.HEALTH, path, node.at),) if path and node is not None else ()
        mounts = tuple(self.mounts())
        cpu, memory = PLANS.get(self.text("plan").lower().replace("_", " ").replace("-", " "), (0.0, 0))
        base = Manifest(
            RENDER,
            self.path,
            self.service.at,
            name=self.text("name"),
            environment=tuple(self.environment()),
            open_env=self.open_env,
            cpu=cpu,
            memory=memory,
            replicas=self.replicas(),
            probes=probes,
            health_path=path,
            mounts=mounts,
            volumes=tuple(mount.path for mount in mounts),
            grace=int(number(self.text("maxShutdownDelaySeconds"))),
            directory=self.directory,
            use=stage_of(self.path),
        )
        filled = self.from_image(base) if self.runtime in {"docker", "image"} else self.from_source(base)
        return replace(filled, problems=in_order(self.problems))

    def replicas(self) -> int:
        scaled = text_at(self.service, "scaling", "maxInstances")
        return int(number(scaled)) or int(number(self.text("numInstances")))

    def mounts(self) -> Iterator[Mount]:
        disk = child(self.service, "disk")
        path = text_at(disk, "mountPath")
        if disk is not None and path:
            yield Mount(posixpath.normpath(path), disk.at, source=text_at(disk, "name"))

    # -- what starts -------------------------------------------------------------------------------

    def from_source(self, base: Manifest) -> Manifest:
        finder = Finder(self.tree, self.directory)
        node = self.service.get("startCommand")
        command = self.line("startCommand", finder)
        at = node.at if node is not None else self.service.at
        own = process(base.name or self.kind, command, at, finder, _ROLES[self.kind])
        return replace(
            base,
            processes=(own, *self.released(finder)),
            requirements=requirement_files(self.tree, self.directory),
        )

    def from_image(self, base: Manifest) -> Manifest:
        built = self.built()
        finder = built.stage.finder() if built is not None else Finder(self.tree, self.directory)
        # Who splits the line is not documented: a shell may, so that nothing of it is wrong.
        command = self.line("dockerCommand", finder)
        start = start_of(command.argv, command.at) if command is not None and command.argv else None
        base = replace(base, image=text_at(self.service, "image", "url"))
        filled = contained(base, self.tree, built, Over(start))
        first = replace(filled.processes[0], role=_ROLES[self.kind])
        if command is not None and start is not None:
            own = process(first.name, command, command.at, finder, first.role)
            first = replace(own, workdir=first.workdir)
        return replace(filled, processes=(first, *self.released(finder)))

    def built(self) -> Built | None:
        if self.runtime != "docker":
            return None
        origin = posixpath.dirname(self.path) if not self.text("rootDir") else self.directory
        context = posixpath.normpath(posixpath.join(origin, self.text("dockerContext") or "."))
        path = self.text("dockerfilePath")
        path = posixpath.normpath(posixpath.join(origin, path or "Dockerfile"))
        return built_from(self.tree, "" if context == "." else context, path)

    def released(self, finder: Finder) -> tuple[Process, ...]:
        command = self.line("preDeployCommand", finder)
        if command is None:
            return ()
        return (process("preDeployCommand", command, command.at, finder, Role.RELEASE),)

    def line(self, key: str, finder: Finder) -> Command | None:
        node = child(self.service, key)
        if node is None:
            return None
        if not node.is_scalar:
            self.problems.append(wrong_type(key, "a text", node.at))
            return None
        if not node.text.strip():
            if key == "startCommand":
                self.problems.append(Problem("empty-command", f"{key} is there and empty", node.at, key))
            return None
        return shell_node(node, finder)

    # -- its environment ---------------------------------------------------------------------------

    def environment(self) -> Iterator[Entry]:
        for item in listed(self.service.get("envVars"), "envVars", self.problems):
            group = text_at(item, "fromGroup")
            if group:
                members = self.groups.get(group)
                for member in items_at(members, "envVars"):
                    if member.is_mapping:
                        yield from self.entry(member)
            else:
                yield from self.entry(item)

    def entry(self, item: YamlNode) -> Iterator[Entry]:
        key = item.get("key")
        name = text_of(key)
        if key is None or not name:
            self.problems.append(Problem("env-entry", "an entry has no key", item.at, "", "", "nameless"))
            return
        value = item.get("value")
        source = next((k for k in _SOURCES if child(item, k) is not None), "")
        if value is not None and value.is_scalar:
            yield Entry(name, value.text, key.at)
        elif source:
            yield Entry(name, None, key.at, Source.RESOURCE, written=source)
        elif text_at(item, "generateValue").lower() == "true":
            yield Entry(name, None, key.at, Source.SECRET, written="generateValue")
        elif text_at(item, "sync").lower() == "false":
            yield Entry(name, None, key.at, Source.SECRET, written="sync: false")
        elif value is not None:
            self.problems.append(wrong_type(name, "a text", value.at))
