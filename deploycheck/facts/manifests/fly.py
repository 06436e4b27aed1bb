"""Fly.io: fly.toml over the image that its Dockerfile builds; no shell reads its commands."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from deploycheck.facts.manifests.containers import Built, Over, beside, built_from, contained, start_of
from deploycheck.facts.manifests.finder import Finder
from deploycheck.facts.manifests.model import Manifest, Mount, Probe, ProbeKind, Problem, Process, Role, Use
from deploycheck.facts.manifests.platforms import FLY
from deploycheck.facts.manifests.processes import process, role_of
from deploycheck.facts.manifests.quantities import megabytes, number, seconds
from deploycheck.facts.manifests.reading import (
    child,
    in_order,
    items_at,
    line_of,
    listed,
    pairs_of,
    requirement_files,
    root_of,
    text_at,
    wrong_type,
)
from deploycheck.facts.manifests.scripts import shell_node
from deploycheck.facts.manifests.uses import stage_of
from deploycheck.findings import Location

if TYPE_CHECKING:
    from deploycheck.facts.manifests.image import Start
    from deploycheck.sources.tree import Tree
    from deploycheck.sources.yaml import YamlNode

_CPUS = {"shared-cpu": 256, "performance": 2048}
"""MB that come with each CPU of a named size."""
DEFAULT_PORT = 8080


def read(tree: Tree) -> tuple[Manifest, ...]:
    """Return what each fly.toml of the tree deploys."""
    return tuple(_Reader(tree, path).manifest() for path in tree.matching("fly.toml", "fly.*.toml"))


@dataclass
class _Reader:
    tree: Tree
    path: str
    problems: list[Problem] = field(default_factory=list)

    def manifest(self) -> Manifest:
        root = root_of(self.tree, self.path, self.problems)
        directory = posixpath.dirname(self.path)
        base = Manifest(FLY, self.path, Location(self.path), directory=directory, use=stage_of(self.path))
        if root is None:
            return replace(base, problems=in_order(self.problems))
        built, image = self.image(root, directory)
        groups = self.groups(root)
        web = self.web_group(root, [name for name, _ in groups])
        cpu, memory = _machine(root, web)
        ports = tuple(dict.fromkeys(self.ports(root)))
        probes = tuple(self.probes(root))
        mounts = tuple(_mounts(root, self.problems))
        base = replace(
            base,
            environment=pairs_of(root.get("env"), "env", self.problems),
            open_env=True,
            cpu=cpu,
            memory=memory,
            replicas=int(number(text_at(root, "http_service", "min_machines_running"))),
            ports=ports,
            published=ports,
            probes=probes,
            health_path=probes[0].path if probes else "",
            mounts=mounts,
            volumes=tuple(mount.path for mount in mounts),
            grace=seconds(text_at(root, "kill_timeout")),
            image=image,
        )
        filled = self.fill(base, root, built, groups, web)
        return replace(filled, problems=in_order(self.problems))

    def image(self, root: YamlNode, directory: str) -> tuple[Built | None, str]:
        """Return the Dockerfile that is built, and the image that is taken instead of one."""
        written = text_at(root, "build", "dockerfile")
        path = posixpath.normpath(posixpath.join(directory, written or "Dockerfile"))
        image = text_at(root, "build", "image")
        if image or (child(root, "build", "builder") is not None and not written):
            return None, image
        arguments = {
            e.name: e.value for e in pairs_of(root.get("build", "args"), "build.args", self.problems)
        }
        return built_from(self.tree, directory, path, text_at(root, "build", "build-target"), arguments), ""

    def groups(self, root: YamlNode) -> list[tuple[str, YamlNode]]:
        node = root.get("processes")
        if node is None or (node.is_sequence and not node.items):
            return []
        if not node.is_mapping:
            self.problems.append(wrong_type("processes", "a table of commands", node.at))
            return []
        found = []
        for key, value in node.entries:
            if value.is_scalar:
                found.append((key.text, value))
            else:
                self.problems.append(wrong_type(key.text, "a text", value.at))
        return found

    def web_group(self, root: YamlNode, names: list[str]) -> str:
        """Return the process group that gets requests: the one that a service names, else the usual ones."""
        services = [child(root, "http_service"), *items_at(root, "services")]
        for service in (s for s in services if s is not None):
            for item in items_at(service, "processes"):
                if not names or item.text in names:
                    return item.text
        return next((name for name in ("app", "web") if name in names), names[0] if names else "app")

    def fill(
        self,
        base: Manifest,
        root: YamlNode,
        built: Built | None,
        groups: list[tuple[str, YamlNode]],
        web: str,
    ) -> Manifest:
        release = child(root, "deploy", "release_command")
        if built is None:
            filled = self.without_dockerfile(base, groups, web, release)
        else:
            own = next((node for name, node in groups if name == web), None)
            filled = contained(
                base, self.tree, built, Over(command=self.start(own) if own is not None else None)
            )
            first = tuple(replace(p, name=web, role=Role.WEB) for p in filled.processes[:1])
            others = [self.beside(built, name, node, Role.WORKER) for name, node in groups if node is not own]
            released = [self.beside(built, "release", release, Role.RELEASE)] if release is not None else []
            filled = replace(filled, processes=(*first, *filled.processes[1:], *others, *released))
        serves = any(child(root, key) is not None for key in ("http_service", "services"))
        if not serves and filled.processes and role_of("", filled.processes[0].command) is Role.WORKER:
            worker = replace(filled.processes[0], role=Role.WORKER)
            filled = replace(filled, processes=(worker, *filled.processes[1:]))
        return filled

    def beside(self, built: Built, name: str, node: YamlNode, role: Role) -> Process:
        return beside(built, name, self.start(node), role)

    def start(self, node: YamlNode) -> Start:
        return start_of(line_of(self.tree, node).argv, node.at)

    def without_dockerfile(
        self, base: Manifest, groups: list[tuple[str, YamlNode]], web: str, release: YamlNode | None
    ) -> Manifest:
        """Take the commands of a buildpack's image, which a shell reads, or leave another's image alone."""
        if base.image:
            return replace(base, use=Use.SERVICE if base.use is Use.PRODUCTION else base.use)
        finder = Finder(self.tree, base.directory)
        listed_ = [(n, node, Role.WEB if n == web else Role.WORKER) for n, node in groups]
        if release is not None:
            listed_.append(("release", release, Role.RELEASE))
        processes = tuple(
            process(name, shell_node(node, finder), node.at, finder, role) for name, node, role in listed_
        )
        return replace(base, processes=processes, requirements=requirement_files(self.tree, base.directory))

    def ports(self, root: YamlNode) -> Iterator[int]:
        service = child(root, "http_service")
        if service is not None:
            yield int(number(text_at(service, "internal_port"))) or DEFAULT_PORT
        for other in listed(root.get("services"), "services", self.problems):
            port = int(number(text_at(other, "internal_port")))
            if port and text_at(other, "protocol") in {"", "tcp"}:
                yield port

    def probes(self, root: YamlNode) -> Iterator[Probe]:
        for check in listed(root.get("http_service", "checks"), "http_service.checks", self.problems):
            yield from _probe(check)
        for service in listed(root.get("services"), "services", self.problems):
            for check in items_at(service, "http_checks"):
                yield from _probe(check)
        checks = root.get("checks")
        for _, check in checks.entries if checks is not None else ():
            if text_at(check, "type") in {"", "http"}:
                yield from _probe(check)


def _probe(check: YamlNode) -> Iterator[Probe]:
    path = text_at(check, "path")
    if path:
        yield Probe(
            ProbeKind.HEALTH,
            path,
            check.at,
            int(number(text_at(check, "port"))),
            seconds(text_at(check, "timeout")),
            seconds(text_at(check, "interval")),
        )


def _mounts(root: YamlNode, problems: list[Problem]) -> Iterator[Mount]:
    node = root.get("mounts") or root.get("mount")
    found = listed(node, "mounts", problems) if node is None or not node.is_mapping else (node,)
    for mount in found:
        path = text_at(mount, "destination")
        if path:
            yield Mount(posixpath.normpath(path), mount.at, source=text_at(mount, "source"))


def _machine(root: YamlNode, web: str) -> tuple[float, int]:
    """Return CPU and memory of the machine that runs a process group, as far as the file says."""
    node = root.get("vm")
    machines = (node,) if node is not None and node.is_mapping else items_at(root, "vm")
    for machine in machines:
        names = [item.text for item in items_at(machine, "processes")]
        if names and web not in names:
            continue
        kind, _, count = text_at(machine, "size").rpartition("-")
        each = next((mb for name, mb in _CPUS.items() if kind == name), 0)
        own = number(count.removesuffix("x")) if each else 0
        cpu = number(text_at(machine, "cpus")) or own
        written = text_at(machine, "memory") or text_at(machine, "memory_mb")
        memory = int(number(written)) or megabytes(written)
        return cpu, memory or int(own * each)
    return 0, 0
