"""AWS App Runner: apprunner.yaml of a service that is built from source."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from deploycheck.facts.manifests.finder import Finder
from deploycheck.facts.manifests.model import Entry, Manifest, Problem, Role, Source
from deploycheck.facts.manifests.platforms import APP_RUNNER
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
from deploycheck.facts.manifests.uses import use_of
from deploycheck.findings import Location

if TYPE_CHECKING:
    from deploycheck.sources.nodes import YamlNode
    from deploycheck.sources.tree import Tree

DEFAULT_PORT = 8080


def read(tree: Tree) -> tuple[Manifest, ...]:
    """Return what each apprunner.yaml with a Python runtime says."""
    found = (_read_file(tree, path) for path in tree.matching("apprunner.yaml", "apprunner.yml"))
    return tuple(manifest for manifest in found if manifest is not None)


def _read_file(tree: Tree, path: str) -> Manifest | None:
    problems: list[Problem] = []
    root = root_of(tree, path, problems)
    directory = posixpath.dirname(path)
    base = Manifest(APP_RUNNER, path, Location(path), directory=directory, open_env=True, use=use_of(path))
    if root is None:
        return replace(base, problems=in_order(problems))
    if not text_at(root, "runtime").startswith("python"):
        return None
    run, finder = root.get("run"), Finder(tree, directory)
    node = child(run, "command")
    command = None
    if node is not None and not node.is_scalar:
        problems.append(wrong_type("run.command", "a text", node.at))
    elif node is not None and node.text.strip():
        command = shell_node(node, finder)
    at = node.at if node is not None else root.at
    port = int(number(text_at(run, "network", "port"))) or DEFAULT_PORT
    name = text_at(run, "network", "env") or "PORT"
    return replace(
        base,
        processes=(process("web", command, at, finder, Role.WEB),),
        environment=(Entry(name, str(port), root.at), *_entries(run, problems)),
        ports=(port,),
        published=(port,),
        requirements=requirement_files(tree, directory),
        problems=in_order(problems),
    )


def _entries(run: YamlNode | None, problems: list[Problem]) -> Iterator[Entry]:
    for key, source in (("env", "value"), ("secrets", "value-from")):
        for item in listed(run.get(key) if run is not None else None, f"run.{key}", problems):
            name_node = item.get("name")
            name = text_of(name_node)
            if name_node is None or not name:
                problems.append(Problem("env-entry", "an entry has no name", item.at, "", "", "nameless"))
            elif source == "value":
                yield Entry(name, text_at(item, source), name_node.at)
            else:
                yield Entry(name, None, name_node.at, Source.SECRET, written=text_at(item, source))
