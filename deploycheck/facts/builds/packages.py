"""The packages of node that a project has: what each depends on, how it is bundled, what locks it."""

from __future__ import annotations

import json
import posixpath
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from deploycheck.findings import Location
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from deploycheck.sources.tree import Tree

LOCKS = ("package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "bun.lockb")
_ASIDE = re.compile(
    r"(?:^|/)(?:docs?|documentation|website|site|www-docs|examples?|samples?|demos?|tests?|e2e|__tests__"
    r"|fixtures|testing|storybook|templates?|node_modules|vendor|third[-_]party|scripts|tools|benchmarks?"
    r"|\.[\w-]+)(?:/|$)",
    re.IGNORECASE,
)
_BUNDLES = re.compile(
    r"(?:^|[\s;&|/(])(?P<name>vite|webpack|next|react-scripts|craco|parcel|rollup|ng|nuxt|nuxi|vue-cli-service"
    r"|rspack|rsbuild|esbuild|svelte-kit|remix|react-router|gatsby|encore|mix|snowpack|farm|umi|quasar"
    r"|react-app-rewired|webpack-cli)(?=\s|$)(?P<rest>[^;&|]*)"
)
_ALWAYS = frozenset({"webpack", "webpack-cli", "rollup", "esbuild", "encore", "mix", "parcel", "rspack"})
_NOT = re.compile(r"\b(?:serve|dev|watch|preview|start|storybook|version|info|test|lint)\b|--watch|--version")
_KEY = re.compile(r'^\s*"((?:\\.|[^"\\])*)"\s*:')
_EXACT = re.compile(
    r"(?:v?\d+\.\d+\.\d+(?:[-+][\w.+-]+)?|(?:file|link|workspace|portal|npm):.*|.*#[0-9a-f]{7,40})$"
)


@dataclass(frozen=True, slots=True)
class Package:
    """One package.json. `dependencies` are what production needs, `development` what only builds need.

    `bundler` is what makes a bundle for browsers of it, and `build` the place of the script that says so.
    `lock` is the lock file that counts for it, the one of a workspace above too. `places` are the lines of
    its keys, the first of a name.
    """

    path: str
    dependencies: dict[str, str]
    development: dict[str, str]
    bundler: str = ""
    build: Location | None = None
    lock: str = ""
    data: dict[str, object] = field(default_factory=dict, repr=False)
    places: dict[str, Location] = field(default_factory=dict, repr=False)

    @property
    def directory(self) -> str:
        """The folder that it stands in."""
        return posixpath.dirname(self.path)

    @property
    def is_library(self) -> bool:
        """Whether it is published for others to build into their bundles, and is no front end itself."""
        published = {"exports", "module", "files", "publishConfig"} & self.data.keys()
        return self.data.get("private") is not True and bool(
            published or {"main", "types"} <= self.data.keys()
        )

    @property
    def at(self) -> Location:
        """Where its dependencies are listed."""
        places = self.places
        return places.get("dependencies") or places.get("devDependencies") or Location(self.path)

    @property
    def loose(self) -> tuple[str, ...]:
        """The dependencies whose version is a range, in order."""
        both = {**self.development, **self.dependencies}
        return tuple(sorted(name for name, wanted in both.items() if not _EXACT.match(wanted.strip())))


def read_packages(tree: Tree) -> tuple[Package, ...]:
    """Return the packages of a project in path order, without those of docs, tests and examples."""
    paths = (p for p in tree.matching("package.json") if not _ASIDE.search(posixpath.dirname(p)))
    return tuple(found for p in paths if (found := _package(tree, p)) is not None)


def _package(tree: Tree, path: str) -> Package | None:
    try:
        data = json.loads(tree.text(path))
    except (ReadError, ValueError, RecursionError):
        return None
    if not isinstance(data, dict):
        return None
    places = _places(tree, path)
    bundler, build = _bundler(data.get("scripts"), places)
    return Package(
        path,
        _table(data, "dependencies"),
        _table(data, "devDependencies"),
        bundler,
        build,
        _lock(tree, posixpath.dirname(path)),
        data,
        places,
    )


def _table(data: dict[str, object], key: str) -> dict[str, str]:
    table = data.get(key)
    items = table.items() if isinstance(table, dict) else ()
    return {name: wanted for name, wanted in items if isinstance(wanted, str)}


def _bundler(scripts: object, places: dict[str, Location]) -> tuple[str, Location | None]:
    for name, text in scripts.items() if isinstance(scripts, dict) else ():
        for found in _BUNDLES.finditer(text) if isinstance(text, str) and "build" in f"{name} {text}" else ():
            builds = re.match(r"\s+build\b", found["rest"]) or found["name"] in _ALWAYS
            if builds and not _NOT.search(found["rest"]):
                return found["name"], places.get(name)
    return "", None


def _lock(tree: Tree, directory: str) -> str:
    while True:
        for name in LOCKS:
            if tree.exists(path := posixpath.join(directory, name)):
                return path
        if not directory:
            return ""
        directory = posixpath.dirname(directory)


def _places(tree: Tree, path: str) -> dict[str, Location]:
    found: dict[str, Location] = {}
    for number, line in enumerate(tree.lines(path), start=1):
        if match := _KEY.match(line):
            column = line.find('"') + 1
            found.setdefault(match[1], Location(path, number, column, number, len(line.rstrip(",")) + 1))
    return found
