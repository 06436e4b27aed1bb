"""Railway: railway.json or railway.toml. A shell reads the start command, except for a Dockerfile's image."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from deploycheck.facts.manifests import procfile
from deploycheck.facts.manifests.containers import Built, Over, beside, built_from, contained, start_of
from deploycheck.facts.manifests.finder import Finder
from deploycheck.facts.manifests.model import Command, Manifest, Probe, ProbeKind, Problem, Role
from deploycheck.facts.manifests.platforms import RAILWAY
from deploycheck.facts.manifests.processes import process
from deploycheck.facts.manifests.quantities import number
from deploycheck.facts.manifests.reading import (
    child,
    in_order,
    line_of,
    requirement_files,
    root_of,
    text_at,
    wrong_type,
)
from deploycheck.facts.manifests.scripts import shell_node
from deploycheck.facts.manifests.uses import stage_of
from deploycheck.findings import Location

if TYPE_CHECKING:
    from deploycheck.sources.tree import Tree
    from deploycheck.sources.yaml import YamlNode

_NIXPACKS = ("nixpacks.toml", "nixpacks.json")


def read(tree: Tree) -> tuple[Manifest, ...]:
    """Return what each railway.json, railway.toml and lone nixpacks.toml of the tree deploys."""
    paths = tree.matching("railway.json", "railway.toml", "railway.*.json", "railway.*.toml")
    folders = {posixpath.dirname(path) for path in paths}
    alone = [p for p in tree.matching("nixpacks.toml") if posixpath.dirname(p) not in folders]
    return tuple(_Reader(tree, path).manifest() for path in (*paths, *alone))


@dataclass
class _Reader:
    tree: Tree
    path: str
    problems: list[Problem] = field(default_factory=list)

    def manifest(self) -> Manifest:
        root = root_of(self.tree, self.path, self.problems)
        self.directory = posixpath.dirname(self.path)
        base = Manifest(
            RAILWAY,
            self.path,
            Location(self.path),
            directory=self.directory,
            open_env=True,
            use=stage_of(self.path),
        )
        if root is None:
            return replace(base, problems=in_order(self.problems))
        node = child(root, "deploy", "healthcheckPath")
        path = text_at(node) if node is not None else ""
        timeout = int(number(text_at(root, "deploy", "healthcheckTimeout")))
        base = replace(
            base,
            replicas=_replicas(root),
            probes=(Probe(ProbeKind.HEALTH, path, node.at, timeout=timeout),) if node and path else (),
            health_path=path,
            grace=int(number(text_at(root, "deploy", "drainingSeconds"))),
        )
        built = self.built(root)
        filled = self.from_image(base, root, built) if built is not None else self.from_source(base, root)
        return replace(filled, problems=in_order(self.problems))

    def built(self, root: YamlNode) -> Built | None:
        """Return the Dockerfile: one that is there is built, unless another builder is named."""
        builder = text_at(root, "build", "builder").upper()
        written = text_at(root, "build", "dockerfilePath")
        if posixpath.basename(self.path) in _NIXPACKS or (
            builder in {"NIXPACKS", "RAILPACK"} and not written
        ):
            return None
        inside = posixpath.normpath(posixpath.join(self.directory, written.lstrip("/") or "Dockerfile"))
        path = next((p for p in (inside, written.lstrip("/")) if p and self.tree.exists(p)), "")
        # The service's root directory is set in the dashboard: the repository's, or the file's own folder.
        context = self.directory if path == inside else ""
        return built_from(self.tree, context, path) if path else None

    def from_image(self, base: Manifest, root: YamlNode, built: Built) -> Manifest:
        command = self.plain(root, "startCommand")
        start = start_of(command.argv, command.at) if command is not None else None
        filled = contained(base, self.tree, built, Over(start))
        own = replace(filled.processes[0], name="web")
        released = [
            beside(built, "preDeployCommand", start_of(line.argv, line.at), Role.RELEASE)
            for line in self.released(root)
        ]
        return replace(filled, processes=(own, *released))

    def from_source(self, base: Manifest, root: YamlNode) -> Manifest:
        finder = Finder(self.tree, self.directory)
        node = child(root, "deploy", "startCommand") or self.nixpacks(root)
        command = self.shell(node, "startCommand", finder) if node is not None else None
        if command is None and not self.problems:
            path, processes = procfile.beside(self.tree, self.directory)
            base = replace(base, requirements=requirement_files(self.tree, self.directory))
            return replace(base, processes=processes, uses=(path,)) if processes else base
        at = node.at if node is not None else base.at
        lines = child(root, "deploy", "preDeployCommand")
        items = () if lines is None else (lines.items if lines.is_sequence else (lines,))
        released = [
            process("preDeployCommand", line, line.at, finder, Role.RELEASE)
            for item in items
            if (line := self.shell(item, "preDeployCommand", finder)) is not None
        ]
        return replace(
            base,
            processes=(process("web", command, at, finder), *released),
            requirements=requirement_files(self.tree, self.directory),
        )

    def nixpacks(self, root: YamlNode) -> YamlNode | None:
        """Return the start command of nixpacks: in the file's own plan, or in nixpacks.toml beside it."""
        found = child(root, "build", "nixpacksPlan", "start", "cmd") or child(
            root, "build", "nixpacksPlan", "phases", "start", "cmd"
        )
        own = child(root, "start", "cmd") if posixpath.basename(self.path) in _NIXPACKS else None
        path = posixpath.join(self.directory, "nixpacks.toml")
        if found is not None or own is not None or not self.tree.exists(path) or path == self.path:
            return found or own
        beside_it = root_of(self.tree, path, self.problems)
        return child(beside_it, "start", "cmd")

    def shell(self, node: YamlNode, key: str, finder: Finder) -> Command | None:
        return shell_node(node, finder) if self.is_text(node, key) else None

    def plain(self, root: YamlNode, key: str) -> Command | None:
        node = child(root, "deploy", key)
        return line_of(self.tree, node) if node is not None and self.is_text(node, key) else None

    def released(self, root: YamlNode) -> list[Command]:
        node = child(root, "deploy", "preDeployCommand")
        items = () if node is None else (node.items if node.is_sequence else (node,))
        return [line_of(self.tree, item) for item in items if self.is_text(item, "preDeployCommand")]

    def is_text(self, node: YamlNode, key: str) -> bool:
        if not node.is_scalar:
            self.problems.append(wrong_type(key, "a text", node.at))
            return False
        # An empty one is none: the platform then finds out by itself what starts.
        return bool(node.text.strip())


def _replicas(root: YamlNode) -> int:
    regions = child(root, "deploy", "multiRegionConfig")
    each = [text_at(region, "numReplicas") for _, region in (regions.entries if regions else ())]
    return int(sum(number(count) for count in each) or number(text_at(root, "deploy", "numReplicas")))
