"""The version of the package that an app belongs to: pyproject.toml, setup.cfg, setup.py."""

from __future__ import annotations

import configparser
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.findings import Location
from deploycheck.python.resolution import resolve
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from deploycheck.python.program import Program
    from deploycheck.sources.tree import Tree

PLACEHOLDER = re.compile(r"0(\.0)*([.+-].*)?")
"""A version that says that nobody counts: what tools write for packages that are never published."""


@dataclass(frozen=True, slots=True)
class Package:
    """A package of the project: its name, and the version that its own file says.

    `version` is empty where a tool works it out when the package is built (from tags, from the code).
    """

    name: str
    version: str
    at: Location


def package_of(tree: Tree, program: Program, directory: str) -> Package | None:
    """Return the package that a folder belongs to: the nearest file upward that describes one."""
    folder = directory
    while True:
        for read in (_pyproject, _setup_cfg):
            found = read(tree, folder)
            if found is not None:
                return found
        found = _setup_py(tree, program, folder)
        if found is not None or not folder:
            return found
        folder = posixpath.dirname(folder)


def _pyproject(tree: Tree, folder: str) -> Package | None:
    path = posixpath.join(folder, "pyproject.toml")
    if not tree.exists(path):
        return None
    try:
        document = tree.toml(path)
    except ReadError:
        return None
    for keys in (("project",), ("tool", "poetry")):
        name, version = document.get(*keys, "name"), document.get(*keys, "version")
        if not isinstance(name, str):
            continue
        if isinstance(version, str):
            counts = version if not PLACEHOLDER.fullmatch(version) else ""
            return Package(name, counts, document.locate(*keys, "version"))
        dynamic = document.get(*keys, "dynamic")
        if isinstance(dynamic, list) and "version" in dynamic:
            return Package(name, "", document.locate(*keys, "dynamic"))
    return None


def _setup_cfg(tree: Tree, folder: str) -> Package | None:
    path = posixpath.join(folder, "setup.cfg")
    if not tree.exists(path):
        return None
    parser = configparser.RawConfigParser()
    try:
        text = tree.text(path)
        parser.read_string(text)
    except (ReadError, configparser.Error):
        return None
    name = parser.get("metadata", "name", fallback="")
    version = parser.get("metadata", "version", fallback="")
    line = next((n for n, t in enumerate(text.splitlines(), 1) if re.match(r"\s*version\s*[=:]", t)), 1)
    if not version:
        return None
    return Package(name, "" if ":" in version else version.strip(), Location(path, line))


def _setup_py(tree: Tree, program: Program, folder: str) -> Package | None:
    path = posixpath.join(folder, "setup.py")
    if not tree.exists(path) or program.module_at(path) is None:
        return None
    return next(_setups(program, path), None)


def _setups(program: Program, path: str) -> Iterator[Package]:
    for call in program.calls("setuptools.setup", "distutils.core.setup", within={path}):
        name, version = call.argument(None, "name"), call.argument(None, "version")
        if version is not None:
            said, called = resolve(version), resolve(name) if name is not None else None
            text = said.data if said.known and isinstance(said.data, str) else ""
            title = called.data if called is not None and called.known else ""
            yield Package(title if isinstance(title, str) else "", text, version.at or call.location)
