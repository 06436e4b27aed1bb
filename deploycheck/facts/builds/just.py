"""Justfiles: recipes with their parameters and dependencies, read without running just."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from deploycheck.facts.builds import just_values
from deploycheck.facts.builds.model import BuildFile, Need, Recipe, Script
from deploycheck.findings import Location
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.sources.tree import Tree

NAMES = ("justfile", "Justfile", ".justfile", "JUSTFILE")
DEPTH = 8
"""How deep imports and modules are followed."""

_SETTING = re.compile(r"set\s+([\w-]+)\s*(?::=\s*(.*))?$")
_ASSIGNMENT = re.compile(r"(?:export\s+|unexport\s+)?([A-Za-z_][\w-]*)\s*:=\s*(.*)$", re.DOTALL)
_ALIAS = re.compile(r"alias\s+([\w-]+)\s*:=\s*([\w:-]+)")
_IMPORT = re.compile(r"import\??\s+(['\"])(.*?)\1")
_MODULE = re.compile(r"mod\??\s+([\w-]+)(?:\s+(['\"])(.*?)\2)?\s*$")
_ATTRIBUTE = re.compile(r"\[(.*)\]\s*$")
_HEADER = re.compile(r"@?([A-Za-z_][\w-]*)(?=[\s:])")
_OTHER_SYSTEM = re.compile(r"\b(?:windows|macos|openbsd)\b")
_SHELLS = re.compile(r"\b(?:ba|da|z|k|a)?sh\b")


def read(tree: Tree) -> tuple[BuildFile, ...]:
    """Return what each justfile of the tree says; one that cannot be read has no recipes."""
    return tuple(_file(tree, path) for path in tree.matching(*NAMES))


def _file(tree: Tree, path: str) -> BuildFile:
    directory = posixpath.dirname(path)
    reader = Reader(tree, path, directory)
    reader.read()
    recipes = reader.finished()
    return BuildFile("just", path, directory, recipes, default=next(iter(recipes), ""))


@dataclass
class Reader:
    """Reads one justfile with what it imports. `prefix` is the module's name, with its `::`."""

    tree: Tree
    path: str
    directory: str
    prefix: str = ""
    depth: int = DEPTH
    values: just_values.Values = field(default_factory=just_values.Values)
    recipes: dict[str, Recipe] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)

    def read(self) -> None:
        """Take every line of the file; what is not understood is passed over."""
        try:
            lines = self.tree.lines(self.path)
        except ReadError:
            return
        attributes: list[str] = []
        index = 0
        while index < len(lines):
            line = lines[index]
            if not line.strip() or line[:1].isspace() or line.startswith("#"):
                index += 1
                continue
            end = _statement_end(lines, index)
            text = _joined(lines[index:end])
            if match := _ATTRIBUTE.match(text):
                attributes.append(match[1])
                index = end
                continue
            body = _body_end(lines, end)
            if not self._item(text) and _is_header(text):
                self._recipe(text, Location(self.path, index + 1), attributes, lines[end:body], end + 1)
                end = body
            attributes = []
            index = end

    def finished(self) -> dict[str, Recipe]:
        """Return the recipes by name, aliases too, with the values of variables put into them."""
        found = {name: self._filled(recipe) for name, recipe in self.recipes.items()}
        for alias, target in self.aliases.items():
            if target in found:
                found.setdefault(alias, found[target])
        return found

    def _item(self, text: str) -> bool:
        """Take a statement that is no recipe; tell whether it was one."""
        if match := _SETTING.match(text):
            self.settings[match[1]] = (match[2] or "true").strip()
        elif match := _ALIAS.match(text):
            self.aliases[self.prefix + match[1]] = self.prefix + match[2]
        elif match := _IMPORT.match(text):
            self._import(match[2])
        elif match := _MODULE.match(text):
            self._module(match[1], match[3] or "")
        elif (match := _ASSIGNMENT.match(text)) and not text.startswith(("set ", "alias ")):
            self.values.assign(match[1], match[2])
        else:
            return False
        return True

    def _import(self, name: str) -> None:
        path = posixpath.normpath(posixpath.join(posixpath.dirname(self.path), name))
        if self.depth <= 0 or not self.tree.exists(path):
            return
        inner = replace(self, path=path, depth=self.depth - 1, recipes={})
        inner.read()
        self.recipes = {**inner.recipes, **self.recipes}

    def _module(self, name: str, given: str) -> None:
        folder = posixpath.dirname(self.path)
        choices = [f"{name}.just", *(f"{name}/{n}" for n in ("mod.just", *NAMES))]
        if given:
            choices = [given, *(f"{given}/{n}" for n in ("mod.just", *NAMES))]
        paths = [posixpath.normpath(posixpath.join(folder, c)) for c in choices]
        path = next((p for p in paths if self.tree.exists(p)), None)
        if path is None or self.depth <= 0:
            return
        directory = posixpath.dirname(path)
        inner = Reader(self.tree, path, directory, f"{self.prefix}{name}::", self.depth - 1)
        inner.read()
        self.recipes |= inner.finished()

    def _recipe(
        self, text: str, at: Location, attributes: list[str], body: tuple[str, ...], first: int
    ) -> None:
        header = _header(text)
        if header is None or _OTHER_SYSTEM.search(" ".join(attributes)):
            return
        name, parameters, needs, then = header
        words = " ".join(attributes)
        recipe = Recipe(
            self.prefix + name,
            at,
            tuple(self._scripts(body, first, one="script" in words)),
            tuple(replace(n, name=self.prefix + n.name) for n in needs),
            tuple(replace(n, name=self.prefix + n.name) for n in then),
            parameters,
            self._folder(words),
        )
        self.recipes.setdefault(recipe.name, recipe)

    def _folder(self, attributes: str) -> str:
        """Return where a recipe runs: what its attribute says, else the file's setting, else its folder."""
        told = re.search(r"working-directory\s*[:(]\s*['\"](.*?)['\"]", attributes)
        given = told[1] if told else self.settings.get("working-directory", "").strip("'\"")
        path = posixpath.normpath(posixpath.join(self.directory, given))
        return "" if path == "." or path.startswith("..") else path

    def _scripts(self, body: tuple[str, ...], first: int, *, one: bool) -> Iterator[Script]:
        """Yield a script for each line that has its own shell; one for a body with a shebang."""
        start = next((i for i, line in enumerate(body) if line.strip()), None)
        if start is None:
            return
        shebang = body[start].strip()
        if one or shebang.startswith("#!"):
            indent = len(body[start]) - len(body[start].lstrip())
            text = "\n".join(line[indent:] for line in body[start:])
            language = "sh" if one or _SHELLS.search(shebang) else _interpreter(shebang)
            end = Location(self.path, first + start, indent + 1, first + len(body) - 1)
            yield Script(text, end, language)
            return
        yield from self._lines(body, first)

    def _lines(self, body: tuple[str, ...], first: int) -> Iterator[Script]:
        index = 0
        shell = self.settings.get("shell", "sh")
        language = "sh" if _SHELLS.search(shell) else "unknown"
        while index < len(body):
            start = index
            while body[index].rstrip().endswith("\\") and index + 1 < len(body):
                index += 1
            index += 1
            text = "\n".join(body[start:index])
            bare = text.lstrip()
            if not bare or bare.startswith("#"):
                continue
            marks = bare[: len(bare) - len(bare.lstrip("@-"))]
            column = len(text) - len(bare) + len(marks) + 1
            at = Location(self.path, first + start, column, first + index - 1)
            yield Script(bare[len(marks) :], at, language, tolerant="-" in marks)

    def _filled(self, recipe: Recipe) -> Recipe:
        names = frozenset(name for name, _ in recipe.parameters)
        scripts = tuple(replace(s, text=self.values.fill(s.text, names)) for s in recipe.scripts)
        return replace(recipe, scripts=scripts)


def _interpreter(shebang: str) -> str:
    words = shebang[2:].split()
    name = posixpath.basename(words[0]) if words else ""
    plain = next((w for w in words[1:] if not w.startswith("-")), name) if name == "env" else name
    return re.sub(r"[\d.]+$", "", plain)


def _statement_end(lines: tuple[str, ...], index: int) -> int:
    r"""Return the line after a statement that `\`, brackets or a long string carry on."""
    end = index + 1
    text = lines[index]
    while end < len(lines) and end - index < 200 and just_values.is_open(text):  # noqa: PLR2004 - a stop
        text += "\n" + lines[end]
        end += 1
    return end if not just_values.is_open(text) else index + 1


def _joined(lines: tuple[str, ...]) -> str:
    return re.sub(r"\\\n\s*", " ", "\n".join(lines)).strip()


def _body_end(lines: tuple[str, ...], index: int) -> int:
    """Return the line after a recipe's body: everything indented, and blank lines between."""
    end = index
    for number in range(index, len(lines)):
        line = lines[number]
        if line[:1].isspace() and line.strip():
            end = number + 1
        elif line.strip():
            break
    return end


def _is_header(text: str) -> bool:
    return _HEADER.match(text) is not None


def _header(
    text: str,
) -> tuple[str, tuple[tuple[str, str | None], ...], tuple[Need, ...], tuple[Need, ...]] | None:
    """Split `name a b="x": first (second "y") && last` into its parts."""
    match = _HEADER.match(text)
    colon = just_values.find_colon(text)
    if match is None or colon < 0:
        return None
    parameters = tuple(just_values.parameters(text[match.end() : colon]))
    before, _, after = just_values.without_comment(text[colon + 1 :]).partition("&&")
    return match[1], parameters, tuple(_needs(before)), tuple(_needs(after))


def _needs(text: str) -> Iterator[Need]:
    for match in re.finditer(
        r"\(\s*([\w:-]+)((?:[^()'\"]|'[^']*'|\"[^\"]*\"|\([^()]*\))*)\)|([\w:-]+)", text
    ):
        if match[3]:
            yield Need(match[3])
        else:
            yield Need(match[1], tuple(just_values.arguments(match[2])))
