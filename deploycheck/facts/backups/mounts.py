"""Folders that platforms keep for a container, as far as their files say so.

A small reader of what fly.toml, render.yaml, Kubernetes objects and written `docker run` lines say about
volumes; the rest of these files is not read here.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.facts.manifests.model import Use
from deploycheck.facts.manifests.reading import mappings_of, text_of
from deploycheck.facts.manifests.uses import use_of
from deploycheck.findings import Location
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from deploycheck.sources.tree import Tree
    from deploycheck.sources.yaml import YamlNode

_LASTING = frozenset(
    {
        "persistentVolumeClaim",
        "hostPath",
        "nfs",
        "csi",
        "awsElasticBlockStore",
        "gcePersistentDisk",
        "azureFile",
    }
)
_RUN = re.compile(r"\b(?:docker|podman|nerdctl)(?:\s+container)?\s+(?:run|create)\b")
_VOLUME = re.compile(r"(?:^|\s)(?:-v|--volume)[ =]?[\"']?[^\s:\"']+:(/[^\s:\"']+)")
_MOUNT = re.compile(r"--mount[ =]\S{0,200}?(?:target|dst|destination)=(/[^\s,\"']+)")
_LISTED = re.compile(r"^[ \t]*-[ \t]+[\"']?[\w.$~{}/-]+:(/[\w./-]+)", re.MULTILINE)
_TEXTS = ("*.md", "*.rst", "*.txt", "*.sh", "*.container", "Makefile", "justfile", "Justfile", "*.mk")
_QUADLET = re.compile(r"^Volume=[^:\s]+:(/[^\s:]+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Host:
    """A platform that a file deploys an image to. `mounts` are the folders that outlive a container.

    `whole` tells that the file names every such folder, so that all else is gone with the container.
    """

    name: str
    at: Location
    mounts: tuple[str, ...] = ()
    whole: bool = False


def find_hosts(tree: Tree) -> tuple[Host, ...]:
    """Return what runs images by the word of a file here, Compose apart, in path order."""
    found = [*_fly(tree), *_render(tree), *_kubernetes(tree), *_written(tree), *_unseen(tree)]
    return tuple(sorted(found, key=lambda host: host.at))


def _fly(tree: Tree) -> Iterator[Host]:
    for path in tree.matching("fly.toml", "fly.*.toml"):
        if use_of(path) is not Use.PRODUCTION:
            continue
        try:
            document = tree.toml(path)
        except ReadError:
            continue
        given = document.get("mounts") or document.get("mount") or []
        tables = given if isinstance(given, list) else [given]
        folders = [t.get("destination") for t in tables if isinstance(t, dict)]
        yield Host("Fly.io", Location(path), tuple(f for f in folders if isinstance(f, str)), whole=True)


def _render(tree: Tree) -> Iterator[Host]:
    for path in tree.matching("render.yaml", "render.yml"):
        for root in mappings_of(tree, path):
            for service in _items(root, "services"):
                kept = text_of(service.get("disk", "mountPath"))
                if text_of(service.get("type")) != "static":
                    yield Host("Render", service.at, (kept,) if kept else (), whole=True)


def _kubernetes(tree: Tree) -> Iterator[Host]:
    for path in tree.matching("*.yaml", "*.yml"):
        try:
            text = tree.text(path)
        except ReadError:
            continue
        if "volumeMounts:" not in text and "containers:" not in text:
            continue
        if "{{" in text:
            yield Host(
                "Kubernetes", Location(path), tuple(re.findall(r"mountPath:\s*[\"']?(/[^\s\"']+)", text))
            )
        elif re.search(r"^kind:", text, re.MULTILINE):
            yield from (host for root in mappings_of(tree, path) for host in _workload(root))


def _workload(root: YamlNode) -> Iterator[Host]:
    """Yield the pods of a Deployment, StatefulSet, Knative service and the like."""
    lasting = {text_of(c.get("metadata", "name")) for c in _items(root, "spec", "volumeClaimTemplates")}
    for pod in _pods(root):
        volumes = (v for v in _items(pod, "volumes") if any(key.text in _LASTING for key, _ in v.entries))
        names = lasting.union(text_of(v.get("name")) for v in volumes)
        mounts = [
            text_of(mount.get("mountPath"))
            for container in _items(pod, "containers")
            for mount in _items(container, "volumeMounts")
            if text_of(mount.get("name")) in names
        ]
        yield Host("Kubernetes", root.at, tuple(m for m in mounts if m))


def _items(node: YamlNode, *keys: str) -> tuple[YamlNode, ...]:
    listed = node.get(*keys)
    return tuple(item for item in listed.items if item.is_mapping) if listed is not None else ()


def _pods(root: YamlNode) -> Iterator[YamlNode]:
    for keys in (
        ("spec",),
        ("spec", "template", "spec"),
        ("spec", "jobTemplate", "spec", "template", "spec"),
    ):
        pod = root.get(*keys)
        if pod is not None and pod.get("containers") is not None:
            yield pod


def _written(tree: Tree) -> Iterator[Host]:
    """Yield the `docker run -v …` lines and Compose examples of documents and scripts."""
    for path in tree.matching(*_TEXTS):
        try:
            text = tree.text(path)
        except ReadError:
            continue
        if _RUN.search(text):
            found = (*_VOLUME.findall(text), *_MOUNT.findall(text))
            yield Host("docker run", Location(path), tuple(dict.fromkeys(found)))
        if "volumes:" in text:
            yield Host("Docker Compose", Location(path), tuple(dict.fromkeys(_LISTED.findall(text))))
        if path.endswith(".container"):
            yield Host("Podman", Location(path), tuple(_QUADLET.findall(text)))


def _unseen(tree: Tree) -> Iterator[Host]:
    """Yield platforms whose volumes are made elsewhere than in their file."""
    names = {"railway.json": "Railway", "railway.toml": "Railway", "captain-definition": "CapRover"}
    for path in tree.matching(*names, ".ebextensions/*", "*.service", "*.bicep", "*.tf", "*.nomad", "*.hcl"):
        yield Host(names.get(posixpath.basename(path), "something else"), Location(path))


def covers(mount: str, path: str) -> bool:
    """Tell whether a mounted folder (or file) holds a path of the container."""
    mount = posixpath.normpath(mount)
    return path == mount or path.startswith(mount.rstrip("/") + "/")
