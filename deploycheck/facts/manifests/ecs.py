"""Amazon ECS: task definitions in JSON; no shell and no interpolation."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from deploycheck.facts.manifests.containers import Over, contained, start_of
from deploycheck.facts.manifests.image_names import Images
from deploycheck.facts.manifests.model import Entry, Manifest, Mount, Problem, Source
from deploycheck.facts.manifests.platforms import ECS
from deploycheck.facts.manifests.quantities import number
from deploycheck.facts.manifests.reading import (
    child,
    exec_form,
    in_order,
    is_template,
    items_at,
    listed,
    probed_path,
    root_of,
    text_at,
    text_of,
    wrong_type,
)
from deploycheck.facts.manifests.uses import stage_of
from deploycheck.findings import Location

if TYPE_CHECKING:
    from deploycheck.facts.manifests.image import Start
    from deploycheck.sources.nodes import YamlNode
    from deploycheck.sources.tree import Tree

_NAMES = ("*task*def*.json", "*taskdef*.json", "*ecs*.json")
_LASTING = ("efsVolumeConfiguration", "dockerVolumeConfiguration", "fsxWindowsFileServerVolumeConfiguration")


def read(tree: Tree) -> tuple[Manifest, ...]:
    """Return one manifest for each container of each task definition of the tree."""
    tasks: list[_Task] = []
    for path in tree.matching(*_NAMES):
        if is_template(tree, path):
            continue
        problems: list[Problem] = []
        root = root_of(tree, path, problems)
        if root is not None:
            root = child(root, "taskDefinition") or root
        if root is not None and root.get("containerDefinitions") is not None:
            tasks.append(_Task(tree, path, root, problems))
        elif problems and re.search(r"task[-_]?def", path):
            tasks.append(_Task(tree, path, None, problems))
    images = Images(tree)
    images.note([text_at(c, "image") for t in tasks for c in items_at(t.root, "containerDefinitions")])
    return tuple(manifest for task in tasks for manifest in task.manifests(images))


@dataclass
class _Task:
    tree: Tree
    path: str
    root: YamlNode | None
    problems: list[Problem] = field(default_factory=list)

    def manifests(self, images: Images) -> Iterator[Manifest]:
        containers = listed(
            self.root and self.root.get("containerDefinitions"), "containerDefinitions", self.problems
        )
        if not containers:
            at = self.problems[0].at if self.problems else Location(self.path)
            yield Manifest(ECS, self.path, at, problems=in_order(self.problems), use=stage_of(self.path))
        for index, node in enumerate(containers):
            manifest = replace(self.manifest(node, images), shares_network=len(containers) > 1)
            problems = in_order((*self.problems, *manifest.problems)) if not index else manifest.problems
            yield replace(manifest, problems=problems)

    def manifest(self, node: YamlNode, images: Images) -> Manifest:
        problems: list[Problem] = []
        image, name = text_at(node, "image"), text_at(node, "name")
        mounts = tuple(self.mounts(node))
        words = " ".join(item.text for item in items_at(node, "healthCheck", "command"))
        ports = tuple(
            port
            for item in items_at(node, "portMappings")
            if (port := int(number(text_at(item, "containerPort"))))
        )
        base = Manifest(
            ECS,
            self.path,
            node.at,
            name=name,
            environment=tuple(self.environment(node, problems)),
            open_env=bool(items_at(node, "environmentFiles")),
            cpu=_units(text_at(node, "cpu")) or _units(text_at(self.root, "cpu")),
            memory=_memory(text_at(node, "memory")) or _memory(text_at(self.root, "memory")),
            ports=ports,
            published=ports,
            health_path=probed_path(words),
            mounts=mounts,
            volumes=tuple(mount.path for mount in mounts),
            anonymous=tuple(mount.path for mount in mounts if not mount.persistent),
            grace=int(number(text_at(node, "stopTimeout"))),
            image=image,
            use=stage_of(self.path),
        )
        entrypoint, command = (_start(node, key, problems) for key in ("entryPoint", "command"))
        over = Over(entrypoint, command, text_at(node, "workingDirectory"))
        return replace(contained(base, self.tree, images.built(image), over), problems=in_order(problems))

    def mounts(self, node: YamlNode) -> Iterator[Mount]:
        volumes = {text_at(v, "name"): v for v in items_at(self.root, "volumes")}
        for item in items_at(node, "mountPoints"):
            path, name = text_at(item, "containerPath"), text_at(item, "sourceVolume")
            volume = volumes.get(name)
            lasting = any(child(volume, key) is not None for key in _LASTING) or bool(
                text_at(volume, "host", "sourcePath")
            )
            if path:
                yield Mount(posixpath.normpath(path), item.at, lasting, name)

    def environment(self, node: YamlNode, problems: list[Problem]) -> Iterator[Entry]:
        for key, field_, source in (("environment", "value", None), ("secrets", "valueFrom", Source.SECRET)):
            for item in listed(node.get(key), key, problems):
                name_node, value = item.get("name"), item.get(field_)
                name = text_of(name_node)
                if name_node is None or not name:
                    problems.append(Problem("env-entry", "an entry has no name", item.at, "", "", "nameless"))
                elif source is not None:
                    yield Entry(name, None, name_node.at, source, written=text_of(value) or "")
                else:
                    yield Entry(name, text_of(value) or "", name_node.at)


def _start(node: YamlNode, key: str, problems: list[Problem]) -> Start | None:
    found = child(node, key)
    if found is None:
        return None
    if not found.is_sequence:
        problems.append(wrong_type(key, "a list of words", found.at))
        return None
    words = exec_form(found, key, problems)
    return start_of(words, found.at) if words else None


def _units(text: str) -> float:
    """Return CPU units (1024 a vCPU), or `1 vCPU`, in vCPU."""
    match = re.fullmatch(r"([\d.]+)\s*vcpu", text.strip().lower())
    return number(match[1]) if match else number(text) / 1024


def _memory(text: str) -> int:
    match = re.fullmatch(r"([\d.]+)\s*gb", text.strip().lower())
    return int(number(match[1]) * 1024) if match else int(number(text))
