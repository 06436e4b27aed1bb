"""Databricks Apps: app.yaml or app.yml, which no shell reads and which tells the whole environment."""

from __future__ import annotations

import posixpath
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from deploycheck.facts.manifests.finder import Finder
from deploycheck.facts.manifests.model import Command, Entry, Manifest, Problem, Process, Role, Source
from deploycheck.facts.manifests.platforms import DATABRICKS
from deploycheck.facts.manifests.processes import process
from deploycheck.facts.manifests.reading import (
    exec_form,
    is_null,
    is_template,
    joined,
    line_of,
    nearest,
    repeated,
    requirement_files,
    text_of,
    unknown_keys,
    unreadable,
    wrong_type,
)
from deploycheck.facts.manifests.uses import use_of
from deploycheck.findings import Location
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from deploycheck.sources.tree import Tree
    from deploycheck.sources.yaml import YamlNode

NAMES = ("app.yml", "app.yaml")
"""The manifest's names; where both lie in one folder, the first wins."""
KEYS = ("command", "env")
EXPANDS = frozenset({"DATABRICKS_APP_PORT"})
"""What the platform puts into the command itself, written `$NAME` without braces."""

_FOREIGN = frozenset(
    """apiVersion kind runtime services jobs databases applications handlers spring server swagger openapi
    env_variables entrypoint service beta_settings vm name version""".split()
)
_FOREIGN_TEXT = re.compile(
    r"^\s*(?:runtime|apiVersion|kind|services|applications)\s*:|\{\{|\{%", re.MULTILINE
)


def read(tree: Tree) -> tuple[Manifest, ...]:
    """Return every app of the tree that an app.yaml or app.yml of this dialect describes."""
    found: list[Manifest] = []
    folders = {posixpath.dirname(path) for path in tree.matching(*NAMES)}
    for folder in sorted(folders):
        paths = [path for name in NAMES if tree.exists(path := posixpath.join(folder, name))]
        paths = [path for path in paths if not is_template(tree, path)]
        readable = [(path, manifest) for path in paths if (manifest := read_file(tree, path))]
        for path, manifest in readable[:1]:
            shadowed = tuple(
                Problem(
                    "shadowed",
                    f"{posixpath.basename(path)} beside it is the one that is used",
                    Location(other),
                    other,
                    path,
                )
                for other, _ in readable[1:]
            )
            found.append(replace(manifest, problems=(*manifest.problems, *shadowed)))
    return tuple(found)


def read_file(tree: Tree, path: str) -> Manifest | None:
    """Return what one file says; None where it is another platform's, or no manifest at all."""
    directory = posixpath.dirname(path)
    base = Manifest(
        DATABRICKS,
        path,
        Location(path),
        directory=directory,
        requirements=requirements(tree, directory),
        use=use_of(path),
    )
    try:
        documents = tree.yaml(path)
    except ReadError as error:
        foreign = not _plausible(tree, directory) or _looks_foreign(tree, path)
        return None if foreign else replace(base, problems=(unreadable(error),))
    if len(documents) != 1:
        return (
            replace(base, processes=_processes(tree, None, base))
            if _bare(tree, documents, directory)
            else None
        )
    root = documents[0]
    if not root.is_mapping:
        if not _plausible(tree, directory) or not (root.is_sequence or is_null(root)):
            return None
        problems = () if is_null(root) else (wrong_type("the file", "a mapping of command and env", root.at),)
        return replace(base, problems=problems, processes=_processes(tree, None, base))
    if not _ours(tree, root, directory):
        return None
    return _manifest(tree, root, replace(base, at=root.at))


def requirements(tree: Tree, directory: str) -> tuple[str, ...]:
    """Return what the platform installs from: requirements.txt, or a project only with its uv.lock."""
    found = requirement_files(tree, directory)
    locked = tree.exists(posixpath.join(directory, "uv.lock"))
    return tuple(path for path in found if path.endswith(".txt") or (locked and path.endswith(".toml")))


def _looks_foreign(tree: Tree, path: str) -> bool:
    try:
        return bool(_FOREIGN_TEXT.search(tree.text(path)))
    except ReadError:
        return False


def _bare(tree: Tree, documents: tuple[YamlNode, ...], directory: str) -> bool:
    """Tell whether an empty file counts: it means the platform's defaults."""
    return not documents and _plausible(tree, directory)


def _plausible(tree: Tree, directory: str) -> bool:
    """Tell whether an app would stand here, for a file that does not tell by itself."""
    if tree.exists(posixpath.join(directory, "databricks.yml")) or tree.exists("databricks.yml"):
        return True
    beside = ("requirements.txt", "pyproject.toml", "app.py", "main.py")
    return any(tree.exists(posixpath.join(directory, name)) for name in beside)


def _ours(tree: Tree, root: YamlNode, directory: str) -> bool:
    keys = {key.text for key, _ in root.entries}
    if keys & _FOREIGN and not keys & set(KEYS):
        return False
    if keys & {"runtime", "apiVersion", "services", "applications"}:
        return False
    command, env = root.get("command"), root.get("env")
    if command is not None or (env is not None and (env.is_sequence or is_null(env))):
        return command is None or not command.is_mapping or _plausible(tree, directory)
    if env is not None:
        return env.is_mapping and _plausible(tree, directory) and len(keys) == 1
    return _plausible(tree, directory) and (not keys or any(nearest(key, KEYS) for key in keys))


def _manifest(tree: Tree, root: YamlNode, base: Manifest) -> Manifest:
    problems = repeated(root) + unknown_keys(root, KEYS, "app.yaml")
    command = command_of(tree, root, problems)
    environment = environment_of(root.get("env"), "valueFrom", problems)
    ordered = sorted(problems, key=lambda problem: problem.at)
    return replace(
        base,
        processes=_processes(tree, command, base),
        environment=environment,
        problems=tuple(ordered),
    )


def _processes(tree: Tree, command: Command | None, base: Manifest) -> tuple[Process, ...]:
    at = command.at if command else base.at
    return (process("web", command, at, Finder(tree, base.directory), role=Role.WEB),)


def command_of(tree: Tree, root: YamlNode, problems: list[Problem]) -> Command | None:
    """Return the `command` of an app; a text instead of a list is a problem, and read all the same."""
    node = root.get("command")
    if node is None:
        return None
    empty = Problem("empty-command", "command is there and empty", node.at, "command")
    if node.is_mapping or (node.is_scalar and not is_null(node) and not isinstance(node.data, str)):
        problems.append(wrong_type("command", "a list of words", node.at))
        return None
    if node.is_scalar:
        if not node.text.strip() or is_null(node):
            problems.append(empty)
            return None
        problems.append(replace(wrong_type("command", "a list of words", node.at), case="text"))
        return replace(line_of(tree, node), expands=EXPANDS)
    words = exec_form(node, "command", problems)
    if not node.items or (words and not words[0].text.strip()):
        problems.append(empty)
        return None
    return Command(words, shell=False, at=node.at, text=joined(words), expands=EXPANDS) if words else None


def environment_of(node: YamlNode | None, from_key: str, problems: list[Problem]) -> tuple[Entry, ...]:
    """Return an app's `env`; `from_key` is how this file spells `valueFrom`."""
    if node is None or is_null(node):
        return ()
    if node.is_mapping:
        problems.append(wrong_type("env", "a list of name and value", node.at))
        return tuple(
            Entry(key.text, value.text, key.at)
            for key, value in node.entries
            if value.is_scalar and key.is_scalar
        )
    if not node.is_sequence:
        problems.append(wrong_type("env", "a list of name and value", node.at))
        return ()
    entries: list[Entry] = []
    seen: set[str] = set()
    for item in node.items:
        entry = _entry(item, from_key, problems)
        if entry is None:
            continue
        if entry.name in seen:
            message = f"{entry.name} is set twice"
            problems.append(Problem("env-entry", message, entry.at, entry.name, case="twice"))
        seen.add(entry.name)
        entries.append(entry)
    return tuple(entries)


def _entry(item: YamlNode, from_key: str, problems: list[Problem]) -> Entry | None:
    if not item.is_mapping:
        message = "an entry must have a name and a value"
        problems.append(Problem("env-entry", message, item.at, item.text, case="mapping"))
        return None
    problems += repeated(item)
    name_node, value, source = item.get("name"), item.get("value"), item.get(from_key)
    name = text_of(name_node) or ""
    unknown = unknown_keys(item, ("name", "value", from_key), "an env entry")
    if not name or name_node is None:
        hint = next((problem.hint for problem in unknown if problem.hint == "name"), "")
        problems.append(Problem("env-entry", "an entry has no name", item.at, "", hint, "nameless"))
        return None
    given = [node for node in (value, source) if node is not None and not is_null(node)]
    if len(given) != 1:
        hint = next((problem.hint for problem in unknown if problem.hint), "")
        says = f"both value and {from_key}" if given else f"neither value nor {from_key}"
        case = "both" if given else "neither"
        problems.append(Problem("env-entry", f"{name} has {says}", name_node.at, name, hint, case))
        return Entry(name, text_of(value), name_node.at) if given else None
    problems += unknown
    if not given[0].is_scalar:
        problems.append(wrong_type(name, "a text", given[0].at))
        return None
    if given[0] is source:
        return Entry(name, None, name_node.at, Source.RESOURCE, written=given[0].text)
    return Entry(name, given[0].text, name_node.at)
