"""What runs on a developer's commit: pre-commit, husky, lefthook, lint-staged and simple-git-hooks."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from deploycheck.facts.builds.following import Follower, Run
from deploycheck.facts.builds.model import Script
from deploycheck.facts.pipelines import nodes
from deploycheck.findings import Location
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.sources.tree import Tree
    from deploycheck.sources.yaml import YamlNode

_PRE_COMMIT = (".pre-commit-config.yaml", ".pre-commit-config.yml")
_LEFTHOOK = ("lefthook.yml", "lefthook.yaml", ".lefthook.yml", ".lefthook.yaml")
_TABLES = ("lint-staged", "simple-git-hooks", "husky")
_SKIPPED = re.compile(r"(?:^|/)\.husky/_/")


def runs(tree: Tree, follower: Follower) -> Iterator[Run]:
    """Yield every command that a hook runs; a hook of pre-commit from elsewhere by its id."""
    for path in tree.matching(*_PRE_COMMIT):
        root = nodes.root(tree, path)
        for repository in nodes.items(root.get("repos") if root is not None else None):
            for hook in nodes.items(repository.get("hooks")):
                yield from _hook(hook, follower)
    for path in tree.matching(*_LEFTHOOK):
        root = nodes.root(tree, path)
        yield from _scripts(root, follower) if root is not None else ()
    for path in tree.matching(".husky/*", "*/.husky/*"):
        if not _SKIPPED.search(path):
            yield from _shell(tree, path, follower)
    for path in tree.matching("package.json", ".lintstagedrc", ".lintstagedrc.json"):
        yield from _staged(tree, path, follower)


def _hook(hook: YamlNode, follower: Follower) -> Iterator[Run]:
    name = nodes.text(hook.get("id"))
    entry = hook.get("entry")
    if entry is not None and (script := nodes.script(entry)) is not None:
        yield from follower.script(script)
    elif name:
        yield Run((name, *nodes.texts(hook.get("args"))), hook.at)


def _scripts(node: YamlNode, follower: Follower) -> Iterator[Run]:
    for key, value in node.entries:
        script = nodes.script(value) if key.text == "run" else None
        yield from follower.script(script) if script is not None else _scripts(value, follower)
    for item in node.items:
        yield from _scripts(item, follower)


def _shell(tree: Tree, path: str, follower: Follower) -> Iterator[Run]:
    try:
        text = tree.text(path)
    except ReadError:
        return
    yield from follower.script(Script(text, Location(path, 1, 1, text.count("\n") + 1)))


def _staged(tree: Tree, path: str, follower: Follower) -> Iterator[Run]:
    try:
        data = json.loads(tree.text(path))
    except (ReadError, ValueError, RecursionError):
        return
    if not isinstance(data, dict):
        return
    tables = [data.get(t) for t in _TABLES] if path.endswith("package.json") else [data]
    for text in (t for table in tables for t in _texts(table)):
        yield from follower.script(Script(text, Location(path)))


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for item in items:
        yield from _texts(item)
