"""tox environments and nox sessions, as far as their commands are written out."""

from __future__ import annotations

import ast
import configparser
import posixpath
import re
from typing import TYPE_CHECKING

from deploycheck.facts.builds.model import BuildFile, Recipe, Script
from deploycheck.findings import Location
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.sources.tree import Tree

_SECTION = re.compile(r"testenv(?::(?P<name>.+))?$")
_INSTALLED = re.compile(r"session\.(?:run|run_always)$")


def read(tree: Tree) -> tuple[BuildFile, ...]:
    """Return the environments of each tox.ini and the sessions of each noxfile.py."""
    found: list[BuildFile] = []
    for path in tree.matching("tox.ini"):
        recipes = {r.name: r for r in _environments(tree, path)}
        found.append(BuildFile("tox", path, posixpath.dirname(path), recipes))
    for path in tree.matching("noxfile.py"):
        recipes = {r.name: r for r in _sessions(tree, path)}
        found.append(BuildFile("nox", path, posixpath.dirname(path), recipes))
    return tuple(found)


def _environments(tree: Tree, path: str) -> Iterator[Recipe]:
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
    try:
        parser.read_string(tree.text(path))
    except (ReadError, configparser.Error):
        return
    lines = tree.lines(path)
    for section in parser.sections():
        match = _SECTION.match(section)
        if match is None:
            continue
        first = next((n for n, line in enumerate(lines, 1) if line.strip() == f"[{section}]"), 1)
        commands = [parser.get(section, key, fallback="") or "" for key in ("commands_pre", "commands")]
        scripts = tuple(_scripts(lines, path, first, "\n".join(commands)))
        yield Recipe(match["name"] or "", Location(path, first), scripts, directory=posixpath.dirname(path))


def _scripts(lines: tuple[str, ...], path: str, first: int, commands: str) -> Iterator[Script]:
    for text in re.sub(r"\s*\\\n\s*", " ", commands).split("\n"):
        bare = text.strip().lstrip("-! ")
        if bare and not bare.startswith("#"):
            start = bare.split(" ")[0]
            line = next((n for n in range(first, len(lines) + 1) if start in lines[n - 1]), first)
            yield Script(bare, Location(path, line), tolerant=text.strip().startswith("-"))


def _sessions(tree: Tree, path: str) -> Iterator[Recipe]:
    try:
        module = ast.parse(tree.text(path))
    except (ReadError, SyntaxError, ValueError, RecursionError):
        return
    for node in module.body:
        if isinstance(node, ast.FunctionDef) and any(
            "session" in ast.unparse(d) for d in node.decorator_list
        ):
            scripts = tuple(_runs(node, path))
            yield Recipe(node.name, Location(path, node.lineno), scripts, directory=posixpath.dirname(path))


def _runs(function: ast.FunctionDef, path: str) -> Iterator[Script]:
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and _INSTALLED.match(ast.unparse(node.func)):
            words = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
            if words:
                yield Script(" ".join(words), Location(path, node.lineno, node.col_offset + 1))
