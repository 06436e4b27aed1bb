"""Patches in the words of a file: an option's value, a variable of a manifest, a statement taken out."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from deploycheck.facts.editing import replaced
from deploycheck.facts.manifests import rewriting
from deploycheck.findings import Edit, Location
from deploycheck.python.scopes import end_position, position
from deploycheck.python.syntax import nodes_in
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from deploycheck.facts.manifests.model import Manifest
    from deploycheck.python.modules import Module
    from deploycheck.python.program import Program
    from deploycheck.sources.tree import Tree


def reworded(tree: Tree, at: Location, old: str, new: str) -> tuple[Edit, ...]:
    """Return edits that write `new` where `old` stands, once, in the lines of a place; none otherwise.

    `old` counts only as a whole word, so that `2` is not found in `120`.
    """
    lines = _lines(tree, at.path)[at.line - 1 : at.end_line]
    word = re.compile(rf"(?<![\w.]){re.escape(old)}(?![\w.])")
    found = [(i, m) for i, line in enumerate(lines) for m in word.finditer(line)]
    inside = [(i, m) for i, m in found if i or m.start() >= at.column - 1]
    if len(inside) > 1 and at.end_column > at.column:
        inside = [(i, m) for i, m in inside if at.line + i < at.end_line or m.end() < at.end_column]
    if len(inside) != 1:
        return ()
    index, match = inside[0]
    line = at.line + index
    place = Location(at.path, line, match.start() + 1, line, match.end() + 1)
    return replaced(tree, [(place, new)])


def with_variable(tree: Tree, manifest: Manifest, name: str, value: str) -> tuple[Edit, ...]:
    """Return edits by which a manifest sets a variable; none for a form that is not understood.

    A Databricks app.yaml is, and an image whose own file starts the app.
    """
    command = next((p.command for p in manifest.processes if p.command is not None), None)
    if command is None:
        return ()
    at = command.via[0].at if command.via else command.at
    if manifest.platform.key == "databricks":
        return rewriting.with_variable(tree, at.path, name, value)
    lines = _lines(tree, at.path)[at.line - 1 : at.line]
    starts = bool(lines) and re.match(r"(?i)\s*(cmd|entrypoint)\b", lines[0]) is not None
    if manifest.platform.key == "docker" and at.path == manifest.path and starts:
        return (Edit(at.path, at.line, at.line - 1, f"ENV {name}={value}"),)
    return ()


def without_statement(program: Program, at: Location, name: str) -> tuple[Edit, ...]:
    """Return the edit that takes out the statement at a place; none where `name` is used elsewhere.

    None either where nothing would be left of the block around it.
    """
    module = program.module_at(at.path)
    if module is None or _told_elsewhere(program.modules.all(), module, at, name):
        return ()
    for node in nodes_in(module.tree):
        body = getattr(node, "body", None)
        if not isinstance(body, list) or len(body) < 2:  # noqa: PLR2004 - something must be left
            continue
        for statement in body:
            if position(statement)[0] == at.line and end_position(statement)[0] == at.end_line:
                alone = [s for s in body if position(s)[0] <= at.end_line and end_position(s)[0] >= at.line]
                return (Edit(at.path, at.line, at.end_line, ""),) if len(alone) == 1 else ()
    return ()


def without_call(module: Module, call: ast.Call) -> tuple[Edit, ...]:
    """Return the edit that takes out a statement which is only this call, and a `with` that is only for it.

    None where nothing would be left of the block around it, or another statement shares its lines.
    """
    for node in nodes_in(module.tree):
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            statements = block if isinstance(block, list) else []
            gone = next((s for s in statements if _only(s) is call), None)
            if gone is None or len(statements) == 1:
                continue
            first, last = position(gone)[0], end_position(gone)[0]
            beside = (s for s in statements if s is not gone)
            shares = any(position(s)[0] <= last and end_position(s)[0] >= first for s in beside)
            return () if shares else (Edit(module.path, first, last, ""),)
    return ()


def _only(node: ast.AST) -> ast.AST:
    """Return what a statement comes down to: `await f()` and `with c: f()` to `f()`."""
    match node:
        case ast.Expr(value=inner) | ast.Await(value=inner):
            return _only(inner)
        case ast.With(body=[inner]) | ast.AsyncWith(body=[inner]):
            return _only(inner)
    return node


def mentions(text: str, name: str) -> bool:
    """Tell whether a text has a name in it, as a whole word."""
    return name in text and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) is not None


def _told_elsewhere(modules: Iterable[Module], own: Module, at: Location, name: str) -> bool:
    word = re.compile(rf"\b{re.escape(name)}\b")
    for module in modules:
        if name not in module.text:
            continue
        for number, line in enumerate(module.text.split("\n"), start=1):
            inside = module is own and at.line <= number <= at.end_line
            if not inside and word.search(line):
                return True
    return False


def _lines(tree: Tree, path: str) -> tuple[str, ...]:
    try:
        return tree.lines(path) if tree.exists(path) else ()
    except ReadError:
        return ()
