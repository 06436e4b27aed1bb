"""Kustomize: bases with overlays over them; the overlay that nothing else uses is what is applied."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from deploycheck.facts.manifests.merging import changed, merged, relocated
from deploycheck.facts.manifests.model import Problem, Use
from deploycheck.facts.manifests.reading import child, items_at, root_of, text_at, text_of
from deploycheck.facts.manifests.resources import Applied, Resource, resources_in
from deploycheck.facts.manifests.uses import stage_of
from deploycheck.sources.errors import ReadError
from deploycheck.sources.nodes import CORE, YamlNode

if TYPE_CHECKING:
    from deploycheck.findings import Location
    from deploycheck.sources.tree import Tree

NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_DEPTH = 10
_EXACT = re.compile(r"live|prd|prod|production")
_PRODUCTION = re.compile(r"(?:^|[/._-])(?:live|prd|prod|production)(?:$|[/._-])")


@dataclass
class Kustomizations:
    """Every kustomization of a tree; `files` are the files that any of them uses."""

    tree: Tree
    nodes: dict[str, YamlNode] = field(default_factory=dict)
    paths: dict[str, str] = field(default_factory=dict)
    problems: dict[str, list[Problem]] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Find and read them."""
        for path in self.tree.matching(*NAMES):
            folder = posixpath.dirname(path)
            problems = self.problems.setdefault(folder, [])
            root = root_of(self.tree, path, problems)
            self.paths[folder] = path
            if root is not None:
                self.nodes[folder] = root
        for folder in self.nodes:
            self.files.update(p for p in self.listed(folder) if self.tree.exists(p))

    def listed(self, folder: str) -> list[str]:
        """Return the project paths of files and folders that a kustomization takes its resources from."""
        node = self.nodes[folder]
        items = [i for key in ("resources", "bases", "components") for i in items_at(node, key)]
        items += items_at(node, "patchesStrategicMerge")
        names = [text_of(item) or "" for item in items]
        names += [
            text_at(item, "path") for key in ("patches", "patchesJson6902") for item in items_at(node, key)
        ]
        return [_inside(folder, name) for name in names if name and "://" not in name and "\n" not in name]

    def applied(self) -> Iterator[Applied]:
        """Yield what each kustomization makes that no other builds on."""
        used = {path for folder in self.nodes for path in self.listed(folder) if path != folder}
        # A component does nothing by itself.
        alone = (f for f, node in self.nodes.items() if text_at(node, "kind") != "Component")
        roots = sorted(folder for folder in alone if folder not in used)
        exact = {
            posixpath.dirname(f).lower() for f in roots if _EXACT.fullmatch(posixpath.basename(f).lower())
        }
        named = {
            posixpath.dirname(f).lower() for f in roots if _PRODUCTION.search(posixpath.basename(f).lower())
        }
        for folder, found in sorted(self.problems.items()):
            if found and folder not in self.nodes:
                yield Applied((), stage_of(self.paths[folder]), (self.paths[folder],), tuple(found))
        for folder in roots:
            use = stage_of(self.paths[folder])
            parent, name = posixpath.split(folder.lower())
            live = _EXACT.fullmatch(name) if parent in exact else _PRODUCTION.search(name)
            beside = parent in named and not live
            if use is Use.PRODUCTION and beside:
                use = Use.DEVELOPMENT
            problems: list[Problem] = []
            resources = self.build(folder, problems, _DEPTH)
            yield Applied(tuple(resources), use, (self.paths[folder],), tuple(problems))

    def build(self, folder: str, problems: list[Problem], depth: int) -> list[Resource]:
        """Return the resources of a kustomization with its changes made."""
        node = self.nodes.get(folder)
        problems += self.problems.get(folder, ())
        if node is None or not depth:
            return []
        found: list[Resource] = []
        for key in ("resources", "bases", "components"):
            for item in items_at(node, key):
                path = _inside(folder, text_of(item) or "")
                if path in self.nodes:
                    found += self.build(path, problems, depth - 1)
                elif self.tree.exists(path) and path.endswith((".yaml", ".yml", ".json")):
                    found += resources_in(self.tree, path, problems)
        found = self.generated(node, folder, found)
        for patch in self.patches(node, folder, problems):
            found = [patch.over(resource) for resource in found]
        return [_renamed(_scaled(resource, node), node) for resource in found]

    # -- generators --------------------------------------------------------------------------------

    def generated(self, node: YamlNode, folder: str, found: list[Resource]) -> list[Resource]:
        """Add the ConfigMaps and Secrets that are generated, over those of the same name."""
        result = list(found)
        for key, kind in (("configMapGenerator", "ConfigMap"), ("secretGenerator", "Secret")):
            for item in items_at(node, key):
                made = _resource(kind, text_at(item, "name"), item.at, list(self.literals(item, folder)))
                same = next((r for r in result if (r.kind, r.name) == (kind, made.name)), None)
                if same is None:
                    result.append(made)
                else:
                    over = replace(same, node=merged(same.node, made.node))
                    result[result.index(same)] = over
        return result

    def literals(self, item: YamlNode, folder: str) -> Iterator[tuple[YamlNode, YamlNode]]:
        """Yield the names and values of a generator: from its env files, and written out."""
        files = [text_of(i) or "" for i in items_at(item, "envs")] + [text_at(item, "env")]
        for name in filter(None, files):
            path = _inside(folder, name)
            try:
                entries = self.tree.dotenv(path) if self.tree.exists(path) else ()
            except ReadError:
                continue
            for entry in entries:
                yield _scalar(entry.name, entry.at), _scalar(entry.value or "", entry.at)
        for literal in items_at(item, "literals"):
            name, equals, value = literal.text.partition("=")
            if equals:
                yield _scalar(name, literal.at), _scalar(value.strip("\"'"), literal.at)

    # -- patches -----------------------------------------------------------------------------------

    def patches(self, node: YamlNode, folder: str, problems: list[Problem]) -> Iterator[Patch]:
        """Yield the patches of a kustomization, in the order in which they are applied."""
        for item in items_at(node, "patchesStrategicMerge"):
            yield from self.strategic(item, folder, None, problems)
        for key in ("patches", "patchesJson6902"):
            for item in items_at(node, key):
                target = child(item, "target")
                written = child(item, "patch") or child(item, "path")
                if written is not None:
                    yield from self.strategic(written, folder, target, problems)

    def strategic(
        self, written: YamlNode, folder: str, target: YamlNode | None, problems: list[Problem]
    ) -> Iterator[Patch]:
        """Yield what one entry says: a strategic merge, or a list of operations."""
        for document in self.documents(written, folder, problems):
            if document.is_sequence:
                yield Patch(target, operations=document.items)
            elif document.is_mapping:
                yield Patch(target, node=document)

    def documents(self, written: YamlNode, folder: str, problems: list[Problem]) -> tuple[YamlNode, ...]:
        """Return the documents of a patch that stands in a file, or inline as a text."""
        from deploycheck.sources import yaml

        path = _inside(folder, written.text)
        try:
            if "\n" not in written.text.strip() and ":" not in written.text:
                return self.tree.yaml(path) if self.tree.exists(path) else ()
            inline = yaml.parse(written.text, written.at.path)
            return tuple(relocated(document, written.at) for document in inline)
        except ReadError as error:
            problems.append(Problem("unreadable", error.reason, written.at))
            return ()


@dataclass(frozen=True)
class Patch:
    """A change of the resources that `target` names, or that the patch itself does."""

    target: YamlNode | None
    node: YamlNode | None = None
    operations: tuple[YamlNode, ...] = ()

    def over(self, resource: Resource) -> Resource:
        """Return a resource with the patch applied, if it is one that it is for."""
        if not self.meets(resource):
            return resource
        if self.node is not None:
            return replace(resource, node=merged(resource.node, self.node))
        node = resource.node
        for item in self.operations:
            path = [p.replace("~1", "/").replace("~0", "~") for p in text_at(item, "path").split("/")[1:]]
            node = changed(node, text_at(item, "op"), path, item.get("value")) or node
        return replace(resource, node=node)

    def meets(self, resource: Resource) -> bool:
        """Tell whether a resource is one that it is for."""
        if self.target is not None:
            kind, name = text_at(self.target, "kind"), text_at(self.target, "name")
            selected = child(self.target, "labelSelector") or child(self.target, "annotationSelector")
            return (
                selected is None
                and kind in {"", resource.kind}
                and (not name or _matches(name, resource.name))
            )
        node = self.node
        return node is not None and (text_at(node, "kind"), text_at(node, "metadata", "name")) == (
            resource.kind,
            resource.name,
        )


def _matches(pattern: str, name: str) -> bool:
    try:
        return re.fullmatch(pattern, name) is not None
    except re.error:
        return pattern == name


def _scaled(resource: Resource, node: YamlNode) -> Resource:
    for item in items_at(node, "replicas"):
        count = item.get("count")
        if text_at(item, "name") == resource.name and count is not None:
            changed_ = changed(resource.node, "add", ("spec", "replicas"), count)
            return resource if changed_ is None else replace(resource, node=changed_)
    return resource


def _renamed(resource: Resource, node: YamlNode) -> Resource:
    """Put the images of a kustomization in the place of those that the base names."""
    names = {text_at(i, "name"): text_at(i, "newName") for i in items_at(node, "images")}
    names = {name: new for name, new in names.items() if new}
    return replace(resource, node=_with_images(resource.node, names)) if names else resource


def _with_images(node: YamlNode, names: dict[str, str]) -> YamlNode:
    if node.is_sequence:
        return replace(node, items=tuple(_with_images(item, names) for item in node.items))
    if not node.is_mapping:
        return node
    return replace(
        node,
        entries=tuple(
            (k, _image(v, names) if k.text == "image" else _with_images(v, names)) for k, v in node.entries
        ),
    )


def _image(node: YamlNode, names: dict[str, str]) -> YamlNode:
    bare = re.sub(r"(?::[^/]*)?(?:@.*)?$", "", node.text)
    return replace(node, text=names.get(bare, node.text))


def _inside(folder: str, name: str) -> str:
    path = posixpath.normpath(posixpath.join(folder, name))
    return "" if path == "." else path


def _scalar(text: str, at: Location) -> YamlNode:
    return YamlNode(at, "scalar", CORE + "str", text)


def _mapping(at: Location, entries: Iterable[tuple[YamlNode, YamlNode]]) -> YamlNode:
    return YamlNode(at, "mapping", CORE + "map", entries=tuple(entries))


def _resource(kind: str, name: str, at: Location, entries: list[tuple[YamlNode, YamlNode]]) -> Resource:
    """Return a generated resource with its data."""
    key = "stringData" if kind == "Secret" else "data"
    metadata = _mapping(at, [(_scalar("name", at), _scalar(name, at))])
    node = _mapping(at, [(_scalar("metadata", at), metadata), (_scalar(key, at), _mapping(at, entries))])
    return Resource(kind, name, node)
