"""Makefiles: targets with their prerequisites and lines, read without running make."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from deploycheck.facts.builds.model import BuildFile, Need, Recipe, Script
from deploycheck.findings import Location
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.sources.tree import Tree

NAMES = ("GNUmakefile", "makefile", "Makefile")
DEPTH = 6

_ASSIGNMENT = re.compile(r"(?:export\s+|override\s+)*([\w.-]+)\s*(:{0,3}=|\?=|\+=|!=)\s*(.*)$", re.DOTALL)
_INCLUDE = re.compile(r"(?:-|s)?include\s+(.*)$")
_RULE = re.compile(r"([^:=#]+?)\s*(?:&?::?)(?!=)\s*(.*)$", re.DOTALL)
_DIRECTIVE = re.compile(r"(?:ifn?eq|ifn?def|else|endif|export|unexport|vpath|undefine|override)\b")
_REFERENCE = re.compile(r"\$(?:\(([\w.-]+)\)|\{([\w.-]+)\}|(\$))")


def read(tree: Tree) -> tuple[BuildFile, ...]:
    """Return what each makefile of the tree says; one that cannot be read has no targets."""
    return tuple(_file(tree, path) for path in tree.matching(*NAMES))


def _file(tree: Tree, path: str) -> BuildFile:
    directory = posixpath.dirname(path)
    reader = _Reader(tree, path, directory)
    reader.read(path)
    recipes = reader.recipes()
    first = next((name for name in recipes if not name.startswith((".", "%"))), "")
    return BuildFile("make", path, directory, recipes, default=reader.goal or first)


@dataclass
class _Target:
    at: Location
    needs: list[str] = field(default_factory=list)
    lines: list[tuple[str, Location]] = field(default_factory=list)


@dataclass
class _Reader:
    """Reads one makefile with what it includes."""

    tree: Tree
    path: str
    directory: str
    variables: dict[str, str] = field(default_factory=lambda: {"MAKE": "make"})
    targets: dict[str, _Target] = field(default_factory=dict)
    goal: str = ""
    one_shell: bool = False

    def read(self, path: str, depth: int = DEPTH) -> None:
        """Take every line; directives that choose are passed over, so that both branches count."""
        try:
            lines = self.tree.lines(path)
        except ReadError:
            return
        current: list[_Target] = []
        index = 0
        while index < len(lines):
            start, index = index, _logical_end(lines, index)
            text = "\n".join(lines[start:index])
            if text.startswith("\t"):
                for target in current:
                    target.lines.append((text[1:], Location(path, start + 1, 2, index)))
                continue
            bare = re.sub(r"\s*\\\n\s*", " ", text).strip()
            if not bare or bare.startswith("#"):
                continue
            if bare.startswith("define "):
                index = _after_define(lines, index)
            elif match := _INCLUDE.match(bare):
                self._include(match[1], path, depth)
            elif match := _ASSIGNMENT.match(bare):
                self._assign(match)
            elif not _DIRECTIVE.match(bare) and (match := _RULE.match(bare)):
                current = self._rule(match, Location(path, start + 1), text)

    def _assign(self, match: re.Match[str]) -> None:
        name, operator, value = match[1], match[2], re.sub(r"\s+#.*", "", match[3]).strip()
        if name == ".DEFAULT_GOAL":
            self.goal = value
        elif operator == "+=":
            self.variables[name] = f"{self.variables.get(name, '')} {value}".strip()
        elif operator == "?=":
            self.variables.setdefault(name, value)
        elif operator == "!=":
            self.variables.pop(name, None)
        else:
            self.variables[name] = value

    def _include(self, names: str, path: str, depth: int) -> None:
        for name in self.expanded(names).split():
            found = posixpath.normpath(posixpath.join(self.directory, name))
            if depth > 0 and found != path and self.tree.exists(found):
                self.read(found, depth - 1)

    def _rule(self, match: re.Match[str], at: Location, text: str) -> list[_Target]:
        names = self.expanded(match[1]).split()
        rest, semicolon, command = re.sub(r"\s+#.*", "", match[2]).partition(";")
        if names == [".ONESHELL"]:
            self.one_shell = True
        if _ASSIGNMENT.match(rest) or ".PHONY" in names:
            return []
        needs = [n for n in self.expanded(rest.replace("|", " ")).split() if n != ":"]
        found = [self.targets.setdefault(name, _Target(at)) for name in names]
        for target in found:
            target.needs += needs
            if semicolon and command.strip():
                column = text.find(command.strip()) + 1
                target.lines.append((command.strip(), Location(at.path, at.line, max(column, 1))))
        return found

    def recipes(self) -> dict[str, Recipe]:
        """Return the targets by name."""
        return {
            name: Recipe(
                name,
                target.at,
                tuple(self._scripts(target)),
                tuple(Need(n) for n in dict.fromkeys(target.needs)),
                directory=self.directory,
            )
            for name, target in self.targets.items()
        }

    def _scripts(self, target: _Target) -> Iterator[Script]:
        lines = [(*_marked(text), at) for text, at in target.lines]
        if self.one_shell and lines:
            at = lines[0][2]
            whole = "\n".join(self.expanded(text) for _, text, _ in lines)
            yield Script(whole, Location(at.path, at.line, at.column, lines[-1][2].end_line))
            return
        for marks, text, at in lines:
            if text and not text.startswith("#"):
                yield Script(self.expanded(text), at, tolerant="-" in marks)

    def expanded(self, text: str, depth: int = 8) -> str:
        """Put the values of variables into a text; what make's functions give is left as written."""

        def put(match: re.Match[str]) -> str:
            name = match[1] or match[2]
            if name is None:
                return "$$"
            value = self.variables.get(name)
            return match.group() if value is None or depth <= 0 else self.expanded(value, depth - 1)

        found = _REFERENCE.sub(put, text)
        return found.replace("$$", "$") if depth == 8 else found  # noqa: PLR2004 - the outermost call


def _marked(text: str) -> tuple[str, str]:
    bare = text.lstrip()
    count = len(bare) - len(bare.lstrip("@-+ "))
    return bare[:count], bare[count:]


def _logical_end(lines: tuple[str, ...], index: int) -> int:
    while index + 1 < len(lines) and lines[index].endswith("\\"):
        index += 1
    return index + 1


def _after_define(lines: tuple[str, ...], index: int) -> int:
    for number in range(index, len(lines)):
        if lines[number].strip() == "endef":
            return number + 1
    return len(lines)
