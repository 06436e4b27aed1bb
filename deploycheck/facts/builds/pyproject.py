"""Scripts that Python's own project tools run: taskipy, poe, pdm, hatch, rye, pixi and pipenv."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.facts.builds.model import BuildFile, Need, Recipe, Script
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from deploycheck.findings import Location
    from deploycheck.sources.toml import TomlDocument
    from deploycheck.sources.tree import Tree

_TABLES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("taskipy", ("tool", "taskipy", "tasks")),
    ("poe", ("tool", "poe", "tasks")),
    ("pdm", ("tool", "pdm", "scripts")),
    ("rye", ("tool", "rye", "scripts")),
    ("pixi", ("tool", "pixi", "tasks")),
    ("pipenv", ("scripts",)),
)
_FILES = {
    "pipenv": ("Pipfile",),
    "pixi": ("pyproject.toml", "pixi.toml"),
    "poe": ("pyproject.toml", "poe_tasks.toml"),
}


def read(tree: Tree) -> tuple[BuildFile, ...]:
    """Return the scripts of each tool in each project file; a file that cannot be read has none."""
    found: list[BuildFile] = []
    for path in tree.matching("pyproject.toml", "Pipfile", "pixi.toml", "poe_tasks.toml"):
        try:
            document = tree.toml(path)
        except ReadError:
            continue
        directory, name = posixpath.split(path)
        for tool, keys in _TABLES:
            if name in _FILES.get(tool, ("pyproject.toml",)):
                where = ("tasks",) if (tool, name) == ("pixi", "pixi.toml") else keys
                recipes = {r.name: r for r in _recipes(document, where, directory)}
                found += [BuildFile(tool, path, directory, recipes)] if recipes else []
        found += _hatch(document, path, directory)
    return tuple(found)


def _recipes(document: TomlDocument, keys: tuple[str, ...], directory: str) -> Iterator[Recipe]:
    table = document.get(*keys)
    if not isinstance(table, dict):
        return
    for name, entry in table.items():
        at = document.locate(*keys, name)
        needs = _names(entry.get("deps", entry.get("depends-on"))) if isinstance(entry, dict) else ()
        before = [n for n in (f"pre_{name}", f"pre-{name}") if n in table]
        after = [n for n in (f"post_{name}", f"post-{name}") if n in table]
        yield Recipe(
            name,
            at,
            tuple(_scripts(entry, at, keys[1] if len(keys) > 1 else "", table)),
            tuple(Need(n) for n in (*needs, *before)),
            tuple(Need(n) for n in after),
            directory=directory,
        )


def _names(value: object) -> tuple[str, ...]:
    items = value if isinstance(value, list) else [value]
    found = (i.get("task") if isinstance(i, dict) else i for i in items)
    return tuple(f for f in found if isinstance(f, str))


def _scripts(entry: object, at: Location, tool: str, table: dict[str, object]) -> Iterator[Script]:
    """Yield what one entry runs, in order."""
    runner = {"poe": "poe", "pdm": "pdm run", "rye": "rye run"}.get(tool, tool)
    if isinstance(entry, str):
        yield Script(entry, at)
    elif isinstance(entry, list):
        for item in entry:
            # poe takes the items of a sequence for names of tasks
            named = isinstance(item, str) and tool == "poe" and item.split(" ")[0] in table
            yield from (Script(f"{runner} {item}", at),) if named else _scripts(item, at, tool, table)
    elif isinstance(entry, dict):
        for key in ("cmd", "shell", "ref", "sequence", "composite", "script", "call"):
            yield from _of_key(key, entry.get(key), at, tool, table)


def _of_key(key: str, value: object, at: Location, tool: str, table: dict[str, object]) -> Iterator[Script]:
    if value is None:
        return
    runner = {"poe": "poe", "pdm": "pdm run"}.get(tool, tool)
    if key == "composite" and isinstance(value, list):
        for item in value:
            named = isinstance(item, str) and item.split(" ")[0] in table
            yield from (Script(f"{runner} {item}", at),) if named else _scripts(item, at, tool, table)
    elif key == "ref" and isinstance(value, str):
        yield Script(f"{runner} {value}", at)
    elif key in {"script", "call"} and isinstance(value, str):
        yield Script(value, at, "call")
    elif key == "cmd" and isinstance(value, list):
        yield Script(" ".join(str(v) for v in value), at)
    else:
        yield from _scripts(value, at, tool, table)


def _hatch(document: TomlDocument, path: str, directory: str) -> Iterator[BuildFile]:
    environments = document.get("tool", "hatch", "envs")
    for name, environment in environments.items() if isinstance(environments, dict) else ():
        table = environment.get("scripts") if isinstance(environment, dict) else None
        if not isinstance(table, dict):
            continue
        prefix = "" if name == "default" else f"{name}:"
        recipes: dict[str, Recipe] = {}
        for key, entry in table.items():
            at = document.locate("tool", "hatch", "envs", name, "scripts", key)
            lines = [entry] if isinstance(entry, str) else entry if isinstance(entry, list) else []
            scripts = tuple(
                # a line that starts with another script's name runs that script
                Script(
                    f"hatch run {prefix}{line}"
                    if line.split(" ")[0] in table and line.split(" ")[0] != key
                    else line,
                    at,
                )
                for line in lines
                if isinstance(line, str)
            )
            recipes[prefix + key] = Recipe(prefix + key, at, scripts, directory=directory)
        yield BuildFile("hatch", path, directory, recipes)
