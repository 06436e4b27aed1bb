"""The scripts of package.json, which npm, yarn, pnpm and bun run."""

from __future__ import annotations

import json
import posixpath
import re
from typing import TYPE_CHECKING

from deploycheck.facts.builds.model import BuildFile, Need, Recipe, Script
from deploycheck.findings import Location
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from deploycheck.sources.tree import Tree


def read(tree: Tree) -> tuple[BuildFile, ...]:
    """Return the scripts of each package.json; one that is no JSON has none."""
    return tuple(f for p in tree.matching("package.json") if (f := _file(tree, p)) is not None)


def _file(tree: Tree, path: str) -> BuildFile | None:
    try:
        data = json.loads(tree.text(path))
    except (ReadError, ValueError, RecursionError):
        return None
    scripts = data.get("scripts") if isinstance(data, dict) else None
    if not isinstance(scripts, dict):
        return None
    directory = posixpath.dirname(path)
    places = _places(tree, path)
    recipes: dict[str, Recipe] = {}
    for name, text in scripts.items():
        if isinstance(text, str):
            at = places.get(name, Location(path))
            before = (Need(f"pre{name}"),) if f"pre{name}" in scripts else ()
            after = (Need(f"post{name}"),) if f"post{name}" in scripts else ()
            recipes[name] = Recipe(name, at, (Script(text, at),), before, after, directory=directory)
    return BuildFile("npm", path, directory, recipes)


_KEY = re.compile(r'^\s*(?:"scripts"\s*:\s*\{)?\s*"((?:\\.|[^"\\])*)"\s*:')


def _places(tree: Tree, path: str) -> dict[str, Location]:
    """Return the line of each key after `"scripts"`; the first of a name."""
    found: dict[str, Location] = {}
    inside = False
    for number, line in enumerate(tree.lines(path), start=1):
        inside = inside or '"scripts"' in line
        match = _KEY.match(line) if inside else None
        if match:
            column = line.find(f'"{match[1]}"') + 1
            found.setdefault(match[1], Location(path, number, column, number, len(line) + 1))
    return found
