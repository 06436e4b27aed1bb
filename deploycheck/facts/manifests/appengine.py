"""Google App Engine: an app.yaml with `runtime`, whose entrypoint a shell runs."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.facts.manifests.finder import Finder
from deploycheck.facts.manifests.model import (
    Command,
    Entry,
    Manifest,
    Probe,
    ProbeKind,
    Problem,
    Process,
    Role,
)
from deploycheck.facts.manifests.platforms import APP_ENGINE
from deploycheck.facts.manifests.processes import process
from deploycheck.facts.manifests.quantities import number
from deploycheck.facts.manifests.reading import (
    child,
    is_null,
    is_template,
    repeated,
    requirement_files,
    text_at,
    text_of,
    unreadable,
    wrong_type,
)
from deploycheck.facts.manifests.scripts import shell_node
from deploycheck.facts.manifests.uses import use_of
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from deploycheck.sources.tree import Tree
    from deploycheck.sources.yaml import YamlNode

MEMORY = {
    "F1": 384,
    "F2": 768,
    "F4": 1536,
    "F4_1G": 3072,
    "B1": 384,
    "B2": 768,
    "B4": 1536,
    "B4_1G": 3072,
    "B8": 3072,
}
"""MB of each instance class of the standard environment."""
_INSTANCES = (
    ("manual_scaling", "instances"),
    ("automatic_scaling", "max_instances"),
    ("automatic_scaling", "max_num_instances"),
    ("basic_scaling", "max_instances"),
)
_PROBES = (
    ("readiness_check", ProbeKind.READINESS),
    ("liveness_check", ProbeKind.LIVENESS),
    ("health_check", ProbeKind.HEALTH),
)
_PYTHON = re.compile(r"^(?:python\d*|custom)$")


def read(tree: Tree) -> tuple[Manifest, ...]:
    """Return what each app.yaml with a Python runtime says."""
    paths = tree.matching("app.yaml", "app.yml", "app.*.yaml", "app-*.yaml", "*.app.yaml")
    found = (_read_file(tree, path) for path in paths)
    return tuple(manifest for manifest in found if manifest)


def _read_file(tree: Tree, path: str) -> Manifest | None:
    if is_template(tree, path):
        return None
    directory = posixpath.dirname(path)
    use = use_of(path)
    try:
        documents = tree.yaml(path)
    except ReadError as error:
        if not _said_runtime(tree, path):
            return None
        return Manifest(
            APP_ENGINE, path, error.at, problems=(unreadable(error),), directory=directory, use=use
        )
    root = documents[0] if len(documents) == 1 and documents[0].is_mapping else None
    runtime = text_of(root.get("runtime")) if root else None
    if root is None or runtime is None or root.get("apiVersion") or not _PYTHON.match(runtime):
        return None
    problems = repeated(root)
    probes = tuple(_probes(root))
    return Manifest(
        APP_ENGINE,
        path,
        root.at,
        processes=(_process(tree, root, directory, problems),),
        environment=_environment(root, problems),
        problems=tuple(sorted(problems, key=lambda problem: problem.at)),
        cpu=number(text_of(root.get("resources", "cpu")) or ""),
        memory=_memory(root),
        replicas=_instances(root),
        probes=probes,
        health_path=probes[0].path if probes else "",
        request_limit=_request_limit(root),
        directory=directory,
        requirements=requirement_files(tree, directory),
        use=use,
    )


def _said_runtime(tree: Tree, path: str) -> bool:
    try:
        return re.search(r"^runtime\s*:\s*['\"]?python", tree.text(path), re.MULTILINE) is not None
    except ReadError:
        return False


def _process(tree: Tree, root: YamlNode, directory: str, problems: list[Problem]) -> Process:
    node, finder = root.get("entrypoint"), Finder(tree, directory)
    command: Command | None = None
    if node is not None and not is_null(node):
        if node.is_scalar and node.text.strip():
            command = shell_node(node, finder)
        elif node.is_scalar:
            problems.append(Problem("empty-command", "entrypoint is there and empty", node.at, "entrypoint"))
        else:
            problems.append(wrong_type("entrypoint", "a text", node.at))
    return process("web", command, node.at if node else root.at, finder, Role.WEB)


def _environment(root: YamlNode, problems: list[Problem]) -> tuple[Entry, ...]:
    node = root.get("env_variables")
    if node is None or is_null(node):
        return ()
    if not node.is_mapping:
        problems.append(wrong_type("env_variables", "a mapping of names", node.at))
        return ()
    problems += repeated(node)
    entries: list[Entry] = []
    for key, value in node.entries:
        if value.is_scalar:
            entries.append(Entry(key.text, value.text, key.at))
        else:
            problems.append(wrong_type(key.text, "a text", value.at))
    return tuple(entries)


def _memory(root: YamlNode) -> int:
    flexible = number(text_of(root.get("resources", "memory_gb")) or "")
    return int(flexible * 1024) or MEMORY.get((text_of(root.get("instance_class")) or "").upper(), 0)


def _instances(root: YamlNode) -> int:
    return max(int(number(text_of(root.get(*key)) or "")) for key in _INSTANCES)


def _probes(root: YamlNode) -> Iterator[Probe]:
    for key, kind in _PROBES:
        check = root.get(key)
        path = text_at(check, "path")
        if check is not None and path:
            timeout, period = text_at(check, "timeout_sec"), text_at(check, "check_interval_sec")
            yield Probe(kind, path, check.at, 0, int(number(timeout)), int(number(period)))


def _request_limit(root: YamlNode) -> int:
    """Return how long a request may take, in seconds (0: a day): an hour in the flexible environment."""
    if text_at(root, "env") in {"flex", "flexible"} or text_at(root, "vm") == "true":
        return 3600
    scaled = child(root, "basic_scaling") or child(root, "manual_scaling")
    return 600 if scaled is None else 0
