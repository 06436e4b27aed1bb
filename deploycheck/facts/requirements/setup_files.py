"""setup.cfg and setup.py, read without running them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.facts.requirements import pip_files
from deploycheck.facts.requirements.lines import parse_line
from deploycheck.facts.requirements.model import DEVELOPMENT, Requirement, RequirementFile
from deploycheck.findings import Location
from deploycheck.python.syntax import nodes_in

if TYPE_CHECKING:
    from deploycheck.sources.tree import Tree

_KEY = re.compile(r"([^\s=:#;\[][^=:]*?)\s*[=:]\s*(.*)")


def read_cfg(tree: Tree, path: str) -> RequirementFile | None:
    """Return what setup.cfg lists; None for one that only configures tools. Raises `ReadError`."""
    found: list[Requirement] = []
    files: list[RequirementFile] = []
    told = False
    for group, text, number in _cfg_items(tree.lines(path)):
        told, at = True, Location(path, number)
        if text.startswith("file:"):
            lines = tuple(f"-r {name.strip()}" for name in text[5:].split(","))
            files.append(pip_files.read_lines(tree, at, lines))
        elif (
            one := parse_line(text, at, group=group, development=bool(DEVELOPMENT.search(group)))
        ) is not None:
            found.append(one)
    if not told:
        return None
    found += [r for f in files for r in f.requirements]
    return RequirementFile(path, "setup.cfg", tuple(found), opaque=any(f.opaque for f in files))


def _cfg_items(lines: tuple[str, ...]) -> Iterator[tuple[str, str, int]]:
    """Yield (extra, item, line) of `install_requires` and of the table of extras."""
    section, group = "", None
    for number, line in enumerate(lines, start=1):
        key = _KEY.fullmatch(line.rstrip())
        if line.startswith("["):
            section, group = line.strip().strip("[]").strip(), None
        elif key is not None and section == "options.extras_require":
            group = key[1]
        elif key is not None:
            group = (
                ""
                if section in {"options", "metadata"} and key[1] in {"install_requires", "requires_dist"}
                else None
            )
        item = key[2] if key is not None else line
        item = item.strip()
        if group is not None and item and not item.startswith(("#", "[")):
            yield group, item, number


def read_py(tree: Tree, path: str) -> RequirementFile | None:
    """Return what setup.py gives to `setup(...)`: lists that it writes, all else is opaque.

    None where it leaves that to other files. Raises `ReadError`.
    """
    text = tree.text(path)
    try:
        module = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return RequirementFile(path, "setup.py", (), opaque=True)
    names = {
        t.id: s.value
        for s in module.body
        if isinstance(s, ast.Assign)
        for t in s.targets
        if isinstance(t, ast.Name)
    }
    given = {k.arg: k.value for call in _setups(module) for k in call.keywords}
    if not given.keys() & {"install_requires", "extras_require", None}:
        return None
    found: list[Requirement] = []
    whole = None not in given
    for group, expression in _lists(given, names):
        items, complete = _items(expression, names)
        whole = whole and complete
        development = bool(DEVELOPMENT.search(group))
        for item, line in items:
            one = parse_line(item, Location(path, line), group=group, development=development)
            found += [one] if one is not None else []
    return RequirementFile(path, "setup.py", tuple(found), opaque=not whole)


def _setups(module: ast.Module) -> Iterator[ast.Call]:
    for node in nodes_in(module):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name == "setup":
                yield node


def _lists(given: dict[str | None, ast.expr], names: dict[str, ast.expr]) -> Iterator[tuple[str, ast.expr]]:
    if "install_requires" in given:
        yield "", given["install_requires"]
    extras = given.get("extras_require")
    extras = names.get(extras.id, extras) if isinstance(extras, ast.Name) else extras
    for key, value in zip(extras.keys, extras.values, strict=True) if isinstance(extras, ast.Dict) else ():
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            yield key.value, value


def _items(
    expression: ast.expr, names: dict[str, ast.expr], hops: int = 4
) -> tuple[list[tuple[str, int]], bool]:
    """Return the texts of a written list with their lines, and whether that is all of it."""
    if isinstance(expression, ast.Name) and expression.id in names and hops:
        return _items(names[expression.id], names, hops - 1)
    if isinstance(expression, ast.BinOp) and isinstance(expression.op, ast.Add) and hops:
        left, right = _items(expression.left, names, hops - 1), _items(expression.right, names, hops - 1)
        return left[0] + right[0], left[1] and right[1]
    if isinstance(expression, ast.Constant) and isinstance(expression.value, str):
        return [(line, expression.lineno) for line in expression.value.split("\n")], True
    if not isinstance(expression, (ast.List, ast.Tuple)):
        return [], False
    texts = [
        (e.value, e.lineno)
        for e in expression.elts
        if isinstance(e, ast.Constant) and isinstance(e.value, str)
    ]
    return texts, len(texts) == len(expression.elts)
