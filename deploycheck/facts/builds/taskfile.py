"""Taskfile.yml, the tasks of go-task."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from deploycheck.facts.builds.model import BuildFile, Need, Recipe, Script
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.sources.tree import Tree
    from deploycheck.sources.yaml import YamlNode

NAMES = tuple(
    f"{name}{dist}.{ext}"
    for name in ("Taskfile", "taskfile")
    for dist in ("", ".dist")
    for ext in ("yml", "yaml")
)
DEPTH = 4

_HOLE = re.compile(r"\{\{\s*\.(\w+)\s*\}\}")


def read(tree: Tree) -> tuple[BuildFile, ...]:
    """Return the tasks of each Taskfile; one that cannot be read has none."""
    found = []
    for path in tree.matching(*NAMES):
        directory = posixpath.dirname(path)
        recipes = {r.name: r for r in _tasks(tree, path, directory, "", DEPTH)}
        found.append(BuildFile("task", path, directory, recipes, default="default"))
    return tuple(found)


def _tasks(tree: Tree, path: str, directory: str, prefix: str, depth: int) -> Iterator[Recipe]:
    try:
        documents = tree.yaml(path)
    except ReadError:
        return
    for root in documents[:1]:
        values = _values(root.get("vars"))
        tasks = root.get("tasks")
        for key, node in tasks.entries if tasks is not None else ():
            yield from _task(key, node, directory, prefix, values)
        includes = root.get("includes")
        for key, node in includes.entries if includes is not None and depth > 0 else ():
            yield from _included(tree, directory, f"{prefix}{key.text}:", node, depth)


def _included(tree: Tree, directory: str, prefix: str, node: YamlNode, depth: int) -> Iterator[Recipe]:
    named = node.get("taskfile") if node.is_mapping else node
    given = posixpath.normpath(posixpath.join(directory, named.text if named is not None else ""))
    path = next((p for p in (given, *(f"{given}/{n}" for n in NAMES)) if tree.exists(p)), None)
    if path is not None:
        told = node.get("dir") if node.is_mapping else None
        folder = posixpath.normpath(posixpath.join(directory, told.text)) if told is not None else directory
        yield from _tasks(tree, path, "" if folder == "." else folder, prefix, depth - 1)


def _task(
    key: YamlNode, node: YamlNode, directory: str, prefix: str, values: dict[str, str]
) -> Iterator[Recipe]:
    values = {**values, **_values(node.get("vars"))}
    told = node.get("dir") if node.is_mapping else None
    folder = posixpath.normpath(posixpath.join(directory, told.text)) if told is not None else directory
    commands = node.get("cmds") if node.is_mapping else node
    if node.is_mapping and commands is None:
        commands = node.get("cmd")
    items = commands.items if commands is not None and commands.is_sequence else (commands,)
    scripts, then = list[Script](), list[Need]()
    for item in items:
        if item is None:
            continue
        if item.is_mapping and (task := item.get("task")) is not None:
            # A task among the commands runs in its turn, just as if its name were typed there.
            scripts.append(Script(f"task {_named(prefix, task.text)}", task.at))
            continue
        text = item.get("cmd") if item.is_mapping else item
        if text is not None and text.is_scalar and text.text:
            scripts.append(Script(_filled(text.text, values), text.at))
    deps = node.get("deps") if node.is_mapping else None
    needs = tuple(_need(prefix, d) for d in deps.items) if deps is not None else ()
    recipe = Recipe(
        prefix + key.text, key.at, tuple(scripts), needs, tuple(then), (), "" if folder == "." else folder
    )
    yield recipe
    aliases = node.get("aliases") if node.is_mapping else None
    for alias in aliases.items if aliases is not None else ():
        yield Recipe(prefix + alias.text, key.at, recipe.scripts, recipe.needs, directory=recipe.directory)


def _need(prefix: str, node: YamlNode) -> Need:
    named = node.get("task") if node.is_mapping else node
    return Need(_named(prefix, named.text if named is not None else ""))


def _named(prefix: str, name: str) -> str:
    return name[1:] if name.startswith(":") else prefix + name


def _values(node: YamlNode | None) -> dict[str, str]:
    if node is None:
        return {}
    return {key.text: value.text for key, value in node.entries if value.is_scalar and "{{" not in value.text}


def _filled(text: str, values: dict[str, str]) -> str:
    return _HOLE.sub(lambda m: values.get(m[1], "{{" + m[1] + "}}"), text)
