"""DigitalOcean App Platform: the spec in .do/app.yaml; a shell runs its commands."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from deploycheck.facts.manifests import procfile
from deploycheck.facts.manifests.containers import Over, built_from, contained, start_of
from deploycheck.facts.manifests.finder import Finder
from deploycheck.facts.manifests.model import (
    Entry,
    Manifest,
    Probe,
    ProbeKind,
    Problem,
    Role,
    Source,
    Use,
)
from deploycheck.facts.manifests.platforms import DIGITALOCEAN
from deploycheck.facts.manifests.processes import process
from deploycheck.facts.manifests.quantities import number
from deploycheck.facts.manifests.reading import (
    child,
    in_order,
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
    from deploycheck.sources.nodes import YamlNode
    from deploycheck.sources.tree import Tree

SIZES = {
    "basic-xxs": (1.0, 512),
    "basic-xs": (1.0, 1024),
    "basic-s": (1.0, 2048),
    "basic-m": (2.0, 4096),
    "professional-xs": (1.0, 1024),
    "professional-s": (1.0, 2048),
    "professional-m": (2.0, 4096),
}
"""vCPU and memory in MB of the sizes whose names do not tell."""
DEFAULT_PORT = 8080
_SIZE = re.compile(r"(\d+)vcpu-([\d.]+)gb")
_BOUND = re.compile(r"\$\{[^}]+\}")
_KINDS = (("services", Role.WEB), ("workers", Role.WORKER), ("jobs", Role.RELEASE))
_PROBES = (("health_check", ProbeKind.HEALTH), ("liveness_health_check", ProbeKind.LIVENESS))


def read(tree: Tree) -> tuple[Manifest, ...]:
    """Return one manifest for each component of each app spec that runs Python or an image."""
    paths = tree.matching(".do/app.yaml", ".do/app.yml", "*/.do/app.yaml", ".do/app.*.yaml")
    # What a button deploys is only a copy of it.
    paths = paths or tree.matching(".do/deploy.template.yaml")
    return tuple(m for path in paths for m in _read_file(tree, path))


def _read_file(tree: Tree, path: str) -> Iterator[Manifest]:
    problems: list[Problem] = []
    root = root_of(tree, path, problems)
    root = child(root, "spec") or root
    shared = list(_entries(root.get("envs"), problems)) if root is not None else []
    components = [
        _Component(tree, path, node, role, shared)
        for key, role in _KINDS
        for node in listed(root.get(key) if root is not None else None, key, problems)
    ]
    if problems:
        use = stage_of(path)
        use = Use.PART if use is Use.PRODUCTION and components else use
        yield Manifest(DIGITALOCEAN, path, problems[0].at, problems=in_order(problems), use=use)
    for component in components:
        if component.counts:
            yield component.manifest()


@dataclass
class _Component:
    tree: Tree
    path: str
    node: YamlNode
    role: Role
    shared: list[Entry]
    problems: list[Problem] = field(default_factory=list)

    def __post_init__(self) -> None:
        folder = posixpath.normpath(text_at(self.node, "source_dir").lstrip("/") or ".")
        self.directory = "" if folder == "." else folder
        if self.role is Role.RELEASE and text_at(self.node, "kind") not in {"PRE_DEPLOY", "POST_DEPLOY"}:
            self.role = Role.WORKER

    @property
    def counts(self) -> bool:
        """Whether it runs Python, or an image that may."""
        slug = text_at(self.node, "environment_slug")
        image = bool(text_at(self.node, "dockerfile_path"))
        return image or slug.startswith("python") or (not slug and child(self.node, "image") is None)

    def manifest(self) -> Manifest:
        node = self.node
        probes = tuple(self.probes())
        port = int(number(text_at(node, "http_port"))) or DEFAULT_PORT
        size = text_at(node, "instance_size_slug").lower()
        match = _SIZE.search(size)
        cpu, memory = SIZES.get(size, (0.0, 0))
        if match:
            cpu, memory = float(match[1]), int(number(match[2]) * 1024)
        serves = self.role is Role.WEB
        base = Manifest(
            DIGITALOCEAN,
            self.path,
            node.at,
            name=text_at(node, "name"),
            environment=(
                *((Entry("PORT", str(port), node.at),) if serves else ()),
                *self.shared,
                *_entries(node.get("envs"), self.problems),
            ),
            open_env=True,
            cpu=cpu,
            memory=memory,
            replicas=int(
                number(text_at(node, "autoscaling", "max_instance_count"))
                or number(text_at(node, "instance_count"))
            ),
            ports=(port,) if serves else (),
            published=(port,) if serves else (),
            probes=probes,
            health_path=probes[0].path if probes else "",
            grace=int(number(text_at(node, "termination", "grace_period_seconds"))),
            directory=self.directory,
            use=stage_of(self.path),
        )
        written = text_at(node, "dockerfile_path").lstrip("/")
        filled = self.from_image(base, written) if written else self.from_source(base)
        return replace(filled, problems=in_order(self.problems))

    def probes(self) -> Iterator[Probe]:
        for key, kind in _PROBES:
            check = child(self.node, key)
            path = text_at(check, "http_path")
            if check is not None and path:
                port, timeout = text_at(check, "port"), text_at(check, "timeout_seconds")
                yield Probe(kind, path, check.at, int(number(port)), int(number(timeout)))

    def line(self) -> YamlNode | None:
        found = child(self.node, "run_command")
        if found is None or (found.is_scalar and not found.text.strip()):
            return None
        if not found.is_scalar:
            self.problems.append(wrong_type("run_command", "a text", found.at))
            return None
        return found

    def from_source(self, base: Manifest) -> Manifest:
        finder = Finder(self.tree, self.directory)
        line = self.line()
        if line is None:
            path, processes = procfile.beside(self.tree, self.directory)
            taken = tuple(p for p in processes if p.role is self.role)
            base = replace(base, requirements=requirement_files(self.tree, self.directory))
            return replace(base, processes=taken, uses=(path,)) if taken else base
        own = process(base.name or self.role, shell_node(line, finder), line.at, finder, self.role)
        return replace(base, processes=(own,), requirements=requirement_files(self.tree, self.directory))

    def from_image(self, base: Manifest, written: str) -> Manifest:
        built = built_from(self.tree, self.directory, posixpath.normpath(written))
        finder = built.stage.finder() if built is not None else Finder(self.tree, self.directory)
        line = self.line()
        command = shell_node(line, finder) if line is not None else None
        start = start_of(command.argv, command.at) if command is not None and command.argv else None
        filled = contained(base, self.tree, built, Over(start))
        first = replace(filled.processes[0], role=self.role)
        if command is not None and start is not None:
            made = process(first.name, command, command.at, finder, self.role)
            first = replace(made, workdir=first.workdir)
        return replace(filled, processes=(first,))


def _entries(node: YamlNode | None, problems: list[Problem]) -> Iterator[Entry]:
    for item in listed(node, "envs", problems):
        key, value = item.get("key"), item.get("value")
        name = text_of(key)
        if key is None or not name:
            problems.append(Problem("env-entry", "an entry has no key", item.at, "", "", "nameless"))
        elif text_at(item, "scope") == "BUILD_TIME":
            continue
        elif text_at(item, "type") == "SECRET" or value is None:
            yield Entry(name, None, key.at, Source.SECRET, written="SECRET")
        elif not value.is_scalar:
            problems.append(wrong_type(name, "a text", value.at))
        elif _BOUND.search(value.text):
            yield Entry(name, None, key.at, Source.RESOURCE, written=value.text)
        else:
            yield Entry(name, value.text, key.at)
