"""AWS Elastic Beanstalk: .ebextensions beside a Procfile, or alone with the platform's own gunicorn."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from deploycheck.facts.manifests.finder import Finder
from deploycheck.facts.manifests.model import Command, Entry, Manifest, Problem, Process, Role, Word
from deploycheck.facts.manifests.platforms import BEANSTALK
from deploycheck.facts.manifests.processes import process, role_of
from deploycheck.facts.manifests.reading import (
    in_order,
    is_null,
    items_at,
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
    from deploycheck.sources.tree import Tree
    from deploycheck.sources.yaml import YamlNode

FILES = (".ebextensions/*.config", "*/.ebextensions/*.config")
_ENVIRONMENT = "aws:elasticbeanstalk:application:environment"
_PYTHON = "aws:elasticbeanstalk:container:python"


@dataclass
class Options:
    """What the .ebextensions of one folder say together, later files over earlier."""

    environment: list[Entry] = field(default_factory=list)
    target: YamlNode | None = None
    is_python: bool = False
    releases: list[YamlNode] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def read(tree: Tree) -> tuple[Manifest, ...]:
    """Return what is deployed with no Procfile: the platform starts gunicorn with its WSGIPath."""
    folders = sorted({posixpath.dirname(posixpath.dirname(path)) for path in tree.matching(*FILES)})
    return tuple(
        manifest
        for folder in folders
        if not tree.exists(posixpath.join(folder, "Procfile"))
        and (manifest := _alone(tree, folder)) is not None
    )


def with_options(tree: Tree, manifest: Manifest) -> Manifest:
    """Return a Procfile's manifest with the variables and release commands of the .ebextensions beside it."""
    options = _options(tree, manifest.directory)
    return replace(
        manifest,
        environment=(*options.environment, *manifest.environment),
        processes=(*manifest.processes, *_released(tree, manifest.directory, options)),
        problems=in_order((*manifest.problems, *options.problems)),
    )


def _alone(tree: Tree, folder: str) -> Manifest | None:
    options = _options(tree, folder)
    paths = [p for p in tree.matching(*FILES) if posixpath.dirname(posixpath.dirname(p)) == folder]
    if not options.is_python and not tree.exists(posixpath.join(folder, "application.py")):
        return None
    node = options.target
    at = node.at if node is not None else Location(paths[0])
    command = None
    if node is not None and node.text.strip():
        target = node.text.strip()
        module = target if ":" in target else target.removesuffix(".py").replace("/", ".") + ":application"
        words = ("gunicorn", "--bind", "127.0.0.1:8000", module)
        command = Command(tuple(Word(w, at) for w in words), shell=False, at=at, text=" ".join(words))
    web = process("web", command, at, Finder(tree, folder), Role.WEB)
    return Manifest(
        BEANSTALK,
        at.path,
        at,
        processes=(web, *_released(tree, folder, options)),
        environment=tuple(options.environment),
        problems=in_order(options.problems),
        directory=folder,
        requirements=requirement_files(tree, folder),
        use=use_of(at.path),
    )


def _options(tree: Tree, folder: str) -> Options:
    found = Options()
    for path in tree.matching(*FILES):
        if posixpath.dirname(posixpath.dirname(path)) != folder:
            continue
        root = root_of(tree, path, found.problems)
        if root is None:
            continue
        for namespace, name, value in _settings(root, found.problems):
            if namespace == _ENVIRONMENT:
                found.environment.append(Entry(name.text, value.text, name.at))
            elif namespace == _PYTHON:
                found.is_python = True
                found.target = value if name.text == "WSGIPath" else found.target
        commands = root.get("container_commands")
        for _, item in sorted(commands.entries if commands else (), key=lambda pair: pair[0].text):
            line = item.get("command")
            if line is not None and line.is_scalar and not is_null(line):
                found.releases.append(line)
    return found


def _settings(root: YamlNode, problems: list[Problem]) -> Iterator[tuple[str, YamlNode, YamlNode]]:
    """Yield namespace, option and value, in either of the two forms."""
    node = root.get("option_settings")
    if node is None or is_null(node):
        return
    if node.is_scalar:
        problems.append(wrong_type("option_settings", "a mapping or a list", node.at))
        return
    for namespace, options in node.entries:
        for key, value in options.entries:
            if value.is_scalar:
                yield namespace.text, key, value
    for item in items_at(root, "option_settings"):
        name, given = item.get("option_name"), item.get("value")
        if name is not None and text_of(name) and given is not None and given.is_scalar:
            yield text_at(item, "namespace") or _ENVIRONMENT, name, given


def _released(tree: Tree, folder: str, options: Options) -> tuple[Process, ...]:
    """Return the container commands that migrate: they run before each version is let in."""
    finder = Finder(tree, folder)
    commands = [shell_node(node, finder) for node in options.releases]
    return tuple(
        process("container_commands", c, c.at, finder, Role.RELEASE)
        for c in commands
        if role_of("", c) is Role.RELEASE or re.search(r"\bmigrate\b|\bupgrade\b", c.text)
    )
