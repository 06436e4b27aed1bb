"""Databricks bundles (databricks.yml): which app is deployed, with which resources and settings."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from deploycheck.facts.manifests import databricks
from deploycheck.facts.manifests.finder import Finder
from deploycheck.facts.manifests.model import Entry, Manifest, Problem, Role, Source, Use
from deploycheck.facts.manifests.platforms import DATABRICKS
from deploycheck.facts.manifests.processes import process
from deploycheck.facts.manifests.quantities import number
from deploycheck.facts.manifests.reading import is_null, repeated, text_of, unreadable, wrong_type
from deploycheck.facts.manifests.uses import use_of
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from deploycheck.sources.tree import Tree
    from deploycheck.sources.yaml import YamlNode

SIZES = {"MEDIUM": (2.0, 6144), "LARGE": (4.0, 12288)}
"""vCPU and memory in MB of the compute sizes that are documented."""
_DATABASES = ("database", "postgres")
_TEMPLATE = re.compile(r"\$\{[^}]*\}")
_PRODUCTION = re.compile(r"^(?:prod|production|prd|live)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Layer:
    """One place that describes an app: the bundle, a file that it includes, or a target's override."""

    name: str
    key: YamlNode
    node: YamlNode


def read(tree: Tree) -> tuple[Manifest, ...]:
    """Return one manifest for each app of each bundle, its app.yaml's content included."""
    found: list[Manifest] = []
    for path in tree.matching("databricks.yml", "databricks.yaml"):
        found += _read_file(tree, path)
    return tuple(found)


def _read_file(tree: Tree, path: str) -> Iterator[Manifest]:
    problems: list[Problem] = []
    root = _mapping(tree, path, problems)
    roots = [root] if root else []
    if root is not None:
        include = root.get("include")
        for item in include.items if include else ():
            pattern = posixpath.normpath(posixpath.join(posixpath.dirname(path), item.text))
            names = [f for f in tree.matching("*.yml", "*.yaml") if _matches(f, pattern)]
            roots += [other for name in names if (other := _mapping(tree, name, problems))]
    if problems:
        yield Manifest(DATABRICKS, path, problems[0].at, problems=tuple(problems), use=_problem_use(path))
    apps: dict[str, list[_Layer]] = {}
    for node in roots:
        for layer in _apps(node):
            apps.setdefault(layer.name, []).append(layer)
    for node in roots:
        for layer in _overrides(node):
            apps.setdefault(layer.name, []).append(layer)
    excluded = tuple(dict.fromkeys(p for node in roots for p in _excluded(node)))
    for layers in apps.values():
        yield replace(_app(tree, path, layers), excluded=excluded)


def _problem_use(path: str) -> Use:
    """Return what a manifest is that only carries a bundle's problems: listed beside the deployments."""
    use = use_of(path)
    return Use.PART if use is Use.PRODUCTION else use


def _matches(path: str, pattern: str) -> bool:
    """Tell whether a path matches an include's glob, in which `*` stays in one folder and `**` does not."""
    marks = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", pattern)
    return re.fullmatch("".join(marks.get(part) or re.escape(part) for part in parts), path) is not None


def _mapping(tree: Tree, path: str, problems: list[Problem]) -> YamlNode | None:
    try:
        documents = tree.yaml(path)
    except ReadError as error:
        problems.append(unreadable(error))
        return None
    if not documents or is_null(documents[0]):
        return None
    if not documents[0].is_mapping:
        problems.append(wrong_type("the file", "a mapping", documents[0].at))
        return None
    problems += repeated(documents[0])
    return documents[0]


def _apps(node: YamlNode) -> Iterator[_Layer]:
    apps = node.get("resources", "apps")
    for key, value in apps.entries if apps else ():
        if value.is_mapping:
            yield _Layer(key.text, key, value)


def _overrides(node: YamlNode) -> Iterator[_Layer]:
    """Yield what the production target says of its apps."""
    for target in _production(node):
        yield from _apps(target)


def _production(node: YamlNode) -> list[YamlNode]:
    """Return the production target: the one of that name or mode, else the only one."""
    targets = node.get("targets")
    entries = targets.entries if targets else ()
    chosen = [v for k, v in entries if _PRODUCTION.match(k.text) or text_of(v.get("mode")) == "production"]
    return chosen[:1] or ([entries[0][1]] if len(entries) == 1 else [])


def _excluded(node: YamlNode) -> Iterator[str]:
    """Yield what a bundle, or its production target, keeps from being uploaded."""
    for part in (node, *_production(node)):
        listed = part.get("sync", "exclude")
        yield from (item.text for item in (listed.items if listed else ()) if item.is_scalar)


def _app(tree: Tree, path: str, layers: list[_Layer]) -> Manifest:
    problems = [problem for layer in layers for problem in repeated(layer.node)]
    folder, manifest = _source(tree, path, layers)
    command = None
    environment = {entry.name: entry for entry in (manifest.environment if manifest else ())}
    for layer in layers:
        config = layer.node.get("config")
        if config is None or not config.is_mapping:
            continue
        command = databricks.command_of(tree, config, problems) or command
        spelling = "valueFrom" if _camel(config) else "value_from"
        entries = databricks.environment_of(config.get("env"), spelling, problems)
        environment |= {entry.name: _unresolved(entry) for entry in entries}
    at = command.at if command else layers[0].key.at
    own = process("web", command, at, Finder(tree, folder), Role.WEB)
    size = (
        next((text_of(n) for layer in reversed(layers) if (n := layer.node.get("compute_size"))), None) or ""
    )
    cpu, memory = SIZES.get(size.upper(), (0.0, 0))
    instances = [layer.node.get("compute_max_instances") for layer in layers]
    return Manifest(
        DATABRICKS,
        path,
        layers[0].key.at,
        name=layers[0].name,
        processes=manifest.processes if manifest and command is None else (own,),
        environment=tuple(environment.values()),
        problems=tuple(problems),
        cpu=cpu,
        memory=memory,
        replicas=max((int(number(text_of(node) or "")) for node in instances), default=0),
        attached=DATABRICKS.may_inject if _has_database(layers) else frozenset(),
        resources_known=True,
        directory=folder,
        uses=(manifest.path,) if manifest else (),
        requirements=databricks.requirements(tree, folder),
        use=use_of(path),
    )


def _camel(config: YamlNode) -> bool:
    """Tell whether a config spells `valueFrom`, as the app.yaml that it stands for does."""
    env = config.get("env")
    return any(item.get("valueFrom") is not None for item in (env.items if env else ()))


def _unresolved(entry: Entry) -> Entry:
    """Mark a value with a bundle's `${var.x}`: what the app gets of it cannot be read from the file."""
    if entry.value is None or not _TEMPLATE.search(entry.value):
        return entry
    return replace(entry, value=None, source=Source.COMPUTED, written=entry.value)


def _source(tree: Tree, path: str, layers: list[_Layer]) -> tuple[str, Manifest | None]:
    """Return the folder that the app's code comes from, and its app.yaml."""
    for layer in reversed(layers):
        written = text_of(layer.node.get("source_code_path"))
        if written is None:
            continue
        origin = posixpath.dirname(layer.key.at.path)
        cleaned = written.replace("${workspace.file_path}", "").replace("${workspace.root_path}", "")
        base = posixpath.dirname(path) if cleaned != written else origin
        folder = posixpath.normpath(posixpath.join(base, cleaned.lstrip("/")))
        return _deployed(tree, "" if folder == "." else folder)
    return _deployed(tree, posixpath.dirname(path))


def _deployed(tree: Tree, folder: str) -> tuple[str, Manifest | None]:
    for name in databricks.NAMES:
        path = posixpath.join(folder, name)
        if tree.exists(path):
            return folder, databricks.read_file(tree, path)
    return folder, None


def _has_database(layers: list[_Layer]) -> bool:
    for layer in layers:
        resources = layer.node.get("resources")
        for item in resources.items if resources else ():
            if any(item.get(kind) is not None for kind in _DATABASES):
                return True
    return False
