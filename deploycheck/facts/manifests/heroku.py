"""Heroku besides the Procfile: heroku.yml builds images, app.json tells sizes, variables and add-ons."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from deploycheck.facts.manifests.containers import Built, built_from, contained
from deploycheck.facts.manifests.finder import Finder
from deploycheck.facts.manifests.model import Entry, Manifest, Problem, Process, Role, Source
from deploycheck.facts.manifests.platforms import HEROKU
from deploycheck.facts.manifests.processes import process
from deploycheck.facts.manifests.quantities import number
from deploycheck.facts.manifests.reading import (
    child,
    in_order,
    is_null,
    items_at,
    pairs_of,
    root_of,
    text_at,
    text_of,
    wrong_type,
)
from deploycheck.facts.manifests.scripts import shell_node
from deploycheck.facts.manifests.uses import use_of
from deploycheck.findings import Location

if TYPE_CHECKING:
    from deploycheck.sources.tree import Tree
    from deploycheck.sources.yaml import YamlNode

MEMORY = {
    "eco": 512,
    "basic": 512,
    "hobby": 512,
    "free": 512,
    "standard-1x": 512,
    "standard-2x": 1024,
    "performance-m": 2560,
    "performance-l": 14336,
}
"""MB of each dyno type."""
ADDONS = {
    "heroku-postgresql": "DATABASE_URL",
    "heroku-redis": "REDIS_URL",
    "redistogo": "REDISTOGO_URL",
    "rediscloud": "REDISCLOUD_URL",
    "cloudamqp": "CLOUDAMQP_URL",
    "cleardb": "CLEARDB_DATABASE_URL",
    "jawsdb": "JAWSDB_URL",
    "stackhero-redis": "STACKHERO_REDIS_URL_TLS",
}
"""The variable that an add-on sets."""
_ROLES = {"web": Role.WEB, "release": Role.RELEASE}


def read(tree: Tree) -> tuple[Manifest, ...]:
    """Return what each heroku.yml of the tree deploys."""
    return tuple(_Reader(tree, path).manifest() for path in tree.matching("heroku.yml", "heroku.yaml"))


@dataclass(frozen=True, slots=True)
class AppJson:
    """What an app.json adds: `environment`, what its add-ons inject, the web dynos' number and memory."""

    path: str = ""
    environment: tuple[Entry, ...] = ()
    attached: frozenset[str] = frozenset()
    replicas: int = 0
    memory: int = 0


def app_json(tree: Tree, folder: str) -> AppJson:
    """Read the app.json of a folder; nothing for none, for a mobile app's, and for one that cannot be read.

    Heroku takes it for new apps only (a button, a review app), so that what is wrong with it stops nothing.
    """
    path = tree.resolve(posixpath.join(folder, "app.json"))
    problems: list[Problem] = []
    root = root_of(tree, path, problems) if path is not None else None
    if path is None or root is None or root.get("expo") or root.get("displayName"):
        return AppJson()
    entries = tuple(_entries(root.get("env"), problems))
    names = [text_of(i) or text_at(i, "plan") for i in items_at(root, "addons")]
    attached = {ADDONS[n] for name in names if (n := name.partition(":")[0]) in ADDONS}
    formation = child(root, "formation", "web")
    return AppJson(
        path,
        entries,
        frozenset(attached),
        int(number(text_at(formation, "quantity"))),
        MEMORY.get(text_at(formation, "size").lower(), 0),
    )


def with_app_json(tree: Tree, manifest: Manifest) -> Manifest:
    """Return a manifest of Heroku with what the app.json beside it says."""
    found = app_json(tree, manifest.directory)
    if not found.path:
        return manifest
    return replace(
        manifest,
        environment=(*found.environment, *manifest.environment),
        attached=manifest.attached | found.attached,
        replicas=found.replicas,
        memory=found.memory,
    )


def _entries(node: YamlNode | None, problems: list[Problem]) -> Iterator[Entry]:
    """Yield the variables of `env`: a text, or what the one who deploys is asked for, with a default."""
    if node is None or is_null(node):
        return
    if not node.is_mapping:
        problems.append(wrong_type("env", "a mapping of names", node.at))
        return
    for key, value in node.entries:
        if value.is_scalar and not is_null(value):
            yield Entry(key.text, value.text, key.at)
        elif text_at(value, "generator") == "secret":
            yield Entry(key.text, None, key.at, Source.SECRET, written="generator: secret")
        elif (default := text_of(value.get("value"))) is not None:
            yield Entry(key.text, default, key.at)
        elif text_at(value, "required").lower() != "false" and value.is_mapping:
            yield Entry(key.text, None, key.at, Source.SECRET, written="asked for")


@dataclass
class _Reader:
    """Reads one heroku.yml: the images that it builds, and what it runs in them."""

    tree: Tree
    path: str
    problems: list[Problem] = field(default_factory=list)

    def manifest(self) -> Manifest:
        root = root_of(self.tree, self.path, self.problems)
        folder = posixpath.dirname(self.path)
        base = Manifest(
            HEROKU, self.path, Location(self.path), directory=folder, open_env=True, use=use_of(self.path)
        )
        if root is None:
            return replace(base, problems=in_order(self.problems))
        base = replace(base, environment=pairs_of(root.get("setup", "config"), "setup.config", self.problems))
        built = self.built(root, "web")
        runs = dict(self.runs(root))
        filled = contained(base, self.tree, built) if built is not None else base
        own = tuple(replace(p, name="web", role=Role.WEB) for p in filled.processes)
        processes = [p for p in own if "web" not in runs]
        processes += [self.process(name, node, root, built) for name, node in runs.items()]
        release = child(root, "release", "command")
        if release is not None:
            processes += [
                self.process("release", line, root, built)
                for line in (release.items if release.is_sequence else (release,))
            ]
        # Which of the two counts, is set where no file tells: the app's stack.
        alone = not self.tree.exists(posixpath.join(folder, "Procfile"))
        filled = replace(filled, processes=tuple(processes), certain=filled.certain and alone)
        return replace(with_app_json(self.tree, filled), problems=in_order(self.problems))

    def built(self, root: YamlNode, name: str) -> Built | None:
        node = child(root, "build", "docker", name)
        if node is None:
            return None
        folder = posixpath.dirname(self.path)
        written = text_of(node) or text_at(node, "dockerfile") or "Dockerfile"
        path = posixpath.normpath(posixpath.join(folder, written))
        return built_from(self.tree, posixpath.dirname(path), path, text_at(node, "target"))

    def runs(self, root: YamlNode) -> Iterator[tuple[str, YamlNode]]:
        node = root.get("run")
        if node is None or is_null(node):
            return
        if not node.is_mapping:
            self.problems.append(wrong_type("run", "a mapping of processes", node.at))
            return
        for key, value in node.entries:
            items = items_at(value, "command")
            line = items[0] if items else value
            if line.is_scalar and not is_null(line):
                yield key.text, line
            elif not value.is_mapping:
                self.problems.append(wrong_type(key.text, "a text", value.at))

    def process(self, name: str, node: YamlNode, root: YamlNode, web: Built | None) -> Process:
        """Return a process: a shell runs its line, in its own image or in that of `web`."""
        built = self.built(root, name) or web
        finder = (
            built.stage.finder() if built is not None else Finder(self.tree, posixpath.dirname(self.path))
        )
        made = process(name, shell_node(node, finder), node.at, finder, _ROLES.get(name, Role.WORKER))
        return replace(made, workdir=built.stage.workdir) if built is not None else made
