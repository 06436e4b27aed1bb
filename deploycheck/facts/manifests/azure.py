"""Azure: the services of azure.yaml, with the start command that Bicep files give to App Service."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from deploycheck.facts.manifests.containers import built_from, contained
from deploycheck.facts.manifests.finder import Finder
from deploycheck.facts.manifests.lexer import Places
from deploycheck.facts.manifests.model import Manifest, Probe, ProbeKind, Problem, Role
from deploycheck.facts.manifests.platforms import AZURE, CONTAINER_APPS
from deploycheck.facts.manifests.processes import process
from deploycheck.facts.manifests.reading import child, in_order, requirement_files, root_of, text_at
from deploycheck.facts.manifests.scripts import shell_text
from deploycheck.facts.manifests.uses import use_of
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from deploycheck.facts.manifests.model import Command
    from deploycheck.findings import Location
    from deploycheck.sources.nodes import YamlNode
    from deploycheck.sources.tree import Tree

_PYTHON = frozenset({"py", "python"})
_COMMAND = re.compile(r"\bappCommandLine\s*:\s*'((?:[^'\\]|\\.)+)'")
_HEALTH = re.compile(r"\bhealthCheckPath\s*:\s*'(/[^']*)'")


def read(tree: Tree) -> tuple[Manifest, ...]:
    """Return what each Python service of each azure.yaml starts."""
    return tuple(m for path in tree.matching("azure.yaml", "azure.yml") for m in _read_file(tree, path))


def _read_file(tree: Tree, path: str) -> Iterator[Manifest]:
    problems: list[Problem] = []
    root = root_of(tree, path, problems)
    services = child(root, "services")
    if problems:
        yield Manifest(AZURE, path, problems[0].at, problems=in_order(problems), use=use_of(path))
    entries = services.entries if services is not None else ()
    python = [(k, v) for k, v in entries if text_at(v, "language").lower() in _PYTHON]
    for key, service in python:
        host = text_at(service, "host").lower()
        base = _base(tree, path, key, service)
        if host == "appservice":
            yield _app_service(tree, base, alone=len(python) == 1)
        elif host in {"containerapp", "aks"}:
            yield _container_app(tree, base, service)


def _base(tree: Tree, path: str, key: YamlNode, service: YamlNode) -> Manifest:
    folder = posixpath.normpath(posixpath.join(posixpath.dirname(path), text_at(service, "project") or "."))
    folder = "" if folder == "." else folder
    return Manifest(
        AZURE,
        path,
        key.at,
        name=key.text,
        directory=folder,
        open_env=True,
        requirements=requirement_files(tree, folder),
        use=use_of(path),
    )


def _app_service(tree: Tree, base: Manifest, *, alone: bool) -> Manifest:
    """Return a service that App Service runs from its folder; its command, where only one can be meant."""
    finder = Finder(tree, base.directory)
    found = list(_in_bicep(tree, _COMMAND)) if alone else []
    command: Command | None = None
    if len(found) == 1:
        text, at = found[0]
        command = shell_text(text, at, finder)
    health = list(_in_bicep(tree, _HEALTH)) if alone else []
    probes = tuple(Probe(ProbeKind.HEALTH, p, at) for p, at in health) if len(health) == 1 else ()
    if command is None:
        # What starts then is found by the image of the platform, or set where no file tells.
        return replace(base, probes=probes)
    own = process("web", command, command.at, finder, Role.WEB)
    return replace(base, processes=(own,), probes=probes, health_path=probes[0].path if probes else "")


def _container_app(tree: Tree, base: Manifest, service: YamlNode) -> Manifest:
    written = text_at(service, "docker", "path") or "Dockerfile"
    path = posixpath.normpath(posixpath.join(base.directory, written))
    context = posixpath.normpath(posixpath.join(base.directory, text_at(service, "docker", "context") or "."))
    built = built_from(tree, "" if context == "." else context, path, text_at(service, "docker", "target"))
    return contained(replace(base, platform=CONTAINER_APPS), tree, built)


def _in_bicep(tree: Tree, pattern: re.Pattern[str]) -> Iterator[tuple[str, Location]]:
    """Yield what Bicep files give to a setting as a plain text, each text once."""
    told: set[str] = set()
    for path in tree.matching("*.bicep"):
        try:
            text = tree.text(path)
        except ReadError:
            continue
        places = Places(path, text)
        for match in pattern.finditer(text):
            value = match[1].replace("\\'", "'")
            if "${" not in value and value not in told:
                told.add(value)
                yield value, places.at(match.start(1), match.end(1))
