"""The resources of Kubernetes that a tree holds, in sets: what is applied together knows its names."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from deploycheck.facts.manifests.reading import items_at, repeated, text_at, unreadable
from deploycheck.facts.manifests.uses import stage_of
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from deploycheck.facts.manifests.model import Problem, Use
    from deploycheck.sources.nodes import YamlNode
    from deploycheck.sources.tree import Tree

_KIND = re.compile(
    r"^[ \t]*(?:-[ \t]+)?kind:[ \t]*[\"']?(?:ConfigMap|CronJob|DaemonSet|Deployment|DeploymentConfig"
    r"|ExternalSecret|HorizontalPodAutoscaler|Job|List|Pod|Rollout|SealedSecret|Secret|Service|StatefulSet)\b",
    re.MULTILINE,
)
_TEMPLATE = re.compile(r"\{\{|\{%|<%|\[\[[ .-]")
_NOT_OURS = re.compile(r"(?:^|/)(?:charts/[^/]+/(?:templates|crds|charts)|crds?|vendor|node_modules)/")


@dataclass(frozen=True)
class Resource:
    """One resource: its kind, name and node."""

    kind: str
    name: str
    node: YamlNode

    @property
    def path(self) -> str:
        """The file that it stands in."""
        return self.node.at.path

    @property
    def folder(self) -> str:
        """The folder of that file."""
        return posixpath.dirname(self.path)


@dataclass(frozen=True)
class Applied:
    """Resources that are applied together. `paths` are the files, besides theirs, that made them so."""

    resources: tuple[Resource, ...]
    use: Use
    paths: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()

    def of_kind(self, *kinds: str) -> Iterator[Resource]:
        """Yield the resources of some kinds."""
        return (r for r in self.resources if r.kind in kinds)

    def near(self, kind: str, folder: str) -> list[Resource]:
        """Return the resources of a kind in a folder, or all of that kind where it has none."""
        found = list(self.of_kind(kind))
        return [r for r in found if r.folder == folder] or found

    def named(self, kind: str, name: str, near: str) -> Resource | None:
        """Return a resource by kind and name: the one in the folder `near`, else the only one."""
        found = [r for r in self.resources if r.kind == kind and r.name == name]
        here = [r for r in found if r.folder == near]
        return here[-1] if here else (found[0] if len(found) == 1 else None)


def may_hold(tree: Tree, path: str) -> bool:
    """Tell by eye whether a file may hold resources as they are: the template of some holds none."""
    try:
        text = tree.text(path)
    except ReadError:
        return False
    return (
        "apiVersion" in text
        and not _NOT_OURS.search(path)
        and _KIND.search(text) is not None
        and not _TEMPLATE.search(text)
    )


def resources_in(tree: Tree, path: str, problems: list[Problem]) -> tuple[Resource, ...]:
    """Return the resources of one file, those in lists too; a file that cannot be read is a problem."""
    try:
        documents = tree.yaml(path)
    except ReadError as error:
        problems.append(unreadable(error))
        return ()
    return tuple(r for document in documents for r in _each(document, problems))


def _each(node: YamlNode, problems: list[Problem]) -> Iterator[Resource]:
    if not node.is_mapping:
        return
    kind = text_at(node, "kind")
    if kind.endswith("List"):
        for item in items_at(node, "items"):
            yield from _each(item, problems)
    elif kind and text_at(node, "apiVersion"):
        problems += repeated(node)
        yield Resource(kind, text_at(node, "metadata", "name"), node)


@dataclass
class _Plain:
    resources: list[Resource] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def plain_sets(tree: Tree, paths: list[str]) -> Iterator[Applied]:
    """Yield the sets of files that are applied as they are: those of production, and all others."""
    sets: dict[Use, _Plain] = {}
    for path in paths:
        into = sets.setdefault(stage_of(path), _Plain())
        into.resources += resources_in(tree, path, into.problems)
    for use in sorted(sets):
        yield Applied(tuple(sets[use].resources), use, problems=tuple(sets[use].problems))
