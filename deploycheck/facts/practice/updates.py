"""Services that watch a project's packages from outside, by the files that switch them on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.facts.pipelines import nodes
from deploycheck.findings import Location
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from deploycheck.sources.tree import Tree

_DEPENDABOT = (".github/dependabot.yml", ".github/dependabot.yaml")
_KINDS = {
    **dict.fromkeys(("pip", "uv", "pipenv", "poetry", "conda"), "python"),
    **dict.fromkeys(("npm", "bun", "yarn", "pnpm"), "node"),
}
_RENOVATE = tuple(
    f"{folder}{name}"
    for folder in ("", ".github/", ".gitlab/")
    for name in ("renovate.json", "renovate.json5", ".renovaterc", ".renovaterc.json", ".renovaterc.json5")
)
_OTHERS = {
    ".snyk": ("python", "node"),
    ".pyup.yml": ("python",),
    ".whitesource": ("python", "node"),
    ".fossa.yml": ("python", "node"),
    "socket.yml": ("python", "node"),
}
_TRUNK = ".trunk/trunk.yaml"
_SCANNERS = frozenset({"grype", "osv-scanner", "trivy"})
_GITLAB = re.compile(r"Dependency-Scanning(?:\.latest)?\.gitlab-ci\.yml|components/dependency-scanning")


def configured(tree: Tree) -> Iterator[tuple[tuple[str, ...], str, Location]]:
    """Yield each such service: which packages it watches (`python`, `node`), its name and its file."""
    yield from _dependabot(tree)
    for path in _RENOVATE:
        if tree.exists(path):
            yield ("python", "node"), "Renovate", Location(path)
    for path, kinds in _OTHERS.items():
        if tree.exists(path):
            yield kinds, path, Location(path)
    yield from _trunk(tree)
    yield from _gitlab(tree)


def _dependabot(tree: Tree) -> Iterator[tuple[tuple[str, ...], str, Location]]:
    path = next((p for p in _DEPENDABOT if tree.exists(p)), None)
    root = nodes.root(tree, path) if path is not None else None
    for update in nodes.items(root.get("updates") if root is not None else None):
        kind = _KINDS.get(nodes.text(update.get("package-ecosystem")))
        if kind is not None:
            yield (kind,), "Dependabot", update.at


def _trunk(tree: Tree) -> Iterator[tuple[tuple[str, ...], str, Location]]:
    """Yield the scanners among the linters of Trunk, which runs them all."""
    root = nodes.root(tree, _TRUNK) if tree.exists(_TRUNK) else None
    enabled = root.get("lint", "enabled") if root is not None else None
    for item in nodes.items(enabled):
        key = item.entries[0][0] if item.is_mapping and item.entries else item
        name = nodes.text(key).partition("@")[0]
        if name in _SCANNERS:
            yield ("python", "node"), f"Trunk with {name}", key.at


def _gitlab(tree: Tree) -> Iterator[tuple[tuple[str, ...], str, Location]]:
    if not tree.exists(".gitlab-ci.yml"):
        return
    try:
        lines = tree.lines(".gitlab-ci.yml")
    except ReadError:
        return
    for number, line in enumerate(lines, start=1):
        if not line.lstrip().startswith("#") and _GITLAB.search(line):
            yield ("python", "node"), "GitLab's dependency scanning", Location(".gitlab-ci.yml", number)
