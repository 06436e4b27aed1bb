"""Helm: the project's own charts with their default values, where the templates are plain enough to fill."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from deploycheck.facts.manifests.gotemplate import render
from deploycheck.facts.manifests.image_names import Images
from deploycheck.facts.manifests.kubernetes import images_of, manifests_of
from deploycheck.facts.manifests.merging import merged
from deploycheck.facts.manifests.reading import is_null, text_at
from deploycheck.facts.manifests.resources import Applied, Resource
from deploycheck.facts.manifests.uses import stage_of
from deploycheck.findings import Location
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from deploycheck.facts.manifests.model import Manifest
    from deploycheck.sources.nodes import YamlNode
    from deploycheck.sources.tree import Tree

_KIND = re.compile(r"^kind:\s*\S", re.MULTILINE)
_WANTED = frozenset(
    {"ConfigMap", "CronJob", "DaemonSet", "Deployment", "HorizontalPodAutoscaler", "Job", "Secret", "Service"}
    | {"StatefulSet"}
)
_LIVE = ("values-production.yaml", "values-prod.yaml", "values.production.yaml", "values.prod.yaml")
_VENDORED = re.compile(r"(?:^|/)charts/[^/]+/charts/")


def read(tree: Tree) -> tuple[Manifest, ...]:
    """Return what the workloads of the tree's charts run; none is certain: an install may set any value."""
    paths = [p for p in tree.matching("Chart.yaml") if not _is_part(tree, p)]
    sets = [applied for path in paths if (applied := _chart(tree, path)) is not None]
    images = Images(tree)
    images.note([image for applied in sets for image in images_of(applied)])
    return tuple(
        replace(manifest, certain=False, open_env=True)
        for applied in sets
        for manifest in manifests_of(tree, applied, images)
    )


def _is_part(tree: Tree, path: str) -> bool:
    """Tell whether a chart lies in the `charts` folder of another: somebody else's, which came with it."""
    folder = posixpath.dirname(path)
    above = posixpath.dirname(posixpath.dirname(folder))
    inside = posixpath.basename(posixpath.dirname(folder)) == "charts"
    return (inside and tree.exists(posixpath.join(above, "Chart.yaml"))) or bool(_VENDORED.search(path))


def _chart(tree: Tree, path: str) -> Applied | None:
    folder = posixpath.dirname(path)
    chart = _document(tree, path)
    values = _document(tree, posixpath.join(folder, "values.yaml"))
    if chart is None or text_at(chart, "type") == "library":
        return None
    used = [path]
    for name in _LIVE:
        over = _document(tree, posixpath.join(folder, name))
        if over is not None:
            values = over if values is None else merged(values, over)
            used.append(posixpath.join(folder, name))
            break
    root: dict[str, object] = {
        "Values": values.data if values is not None else {},
        "Chart": {"Name": text_at(chart, "name"), "AppVersion": text_at(chart, "appVersion")},
        "Release": {"Name": text_at(chart, "name"), "Namespace": "default"},
    }
    prefix = posixpath.join(folder, "templates") + "/"
    templates = [p for p in tree.matching("*.yaml", "*.yml") if p.startswith(prefix) and "/tests/" not in p]
    resources = tuple(r for template in templates for r in _filled(tree, template, root))
    return Applied(resources, stage_of(path), tuple(used))


def _document(tree: Tree, path: str) -> YamlNode | None:
    try:
        documents = tree.yaml(path) if tree.exists(path) else ()
    except ReadError:
        return None
    return documents[0] if documents and documents[0].is_mapping and not is_null(documents[0]) else None


def _filled(tree: Tree, path: str, root: dict[str, object]) -> Iterator[Resource]:
    """Yield the resources of a template; none where what is put in does not make YAML of it."""
    from deploycheck.sources import yaml

    try:
        text = tree.text(path)
        rendered = render(text, root) if _KIND.search(text) else None
        documents = yaml.parse(rendered.text, path) if rendered is not None else ()
    except ReadError:
        return
    for document in documents:
        kind = text_at(document, "kind")
        if rendered is not None and kind in _WANTED:
            node = _placed(document, rendered.lines)
            yield Resource(kind, text_at(document, "metadata", "name"), node)


def _placed(node: YamlNode, lines: Sequence[int]) -> YamlNode:
    """Return a node with the places that it has in the template."""
    line = lines[min(node.at.line, len(lines)) - 1]
    return replace(
        node,
        at=Location(node.at.path, line),
        items=tuple(_placed(item, lines) for item in node.items),
        entries=tuple((_placed(key, lines), _placed(value, lines)) for key, value in node.entries),
        duplicates=(),
    )
