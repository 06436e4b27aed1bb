"""The modules of a project: where each stands, what part it plays, and how imports find it."""

from __future__ import annotations

import ast
import enum
import re
import textwrap
import warnings
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from deploycheck.findings import Location
from deploycheck.python.finder import Finder, dotted_parts
from deploycheck.sources.tree import ReadError, Unread

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from deploycheck.sources.tree import Tree

SHOWN_WIDTH = 96
NOT_PYTHON = "not Python that this interpreter reads"
"""How the reason begins for a file with a syntax error."""
"""Source shown in a trail is cut to this many characters."""


class Role(enum.StrEnum):
    """What part a module plays; only `APP` modules are the deployed application."""

    APP = "app"
    TEST = "test"
    MIGRATION = "migration"
    SCRIPT = "script"
    EXAMPLE = "example"
    DOCS = "docs"
    TEMPLATE = "template"


_FOLDERS = {
    Role.TEST: {"test", "tests", "testing", "e2e", "integration_tests", "unit_tests", "fixtures", "conftest"},
    Role.EXAMPLE: {
        "example",
        "examples",
        "docs_src",
        "sample",
        "samples",
        "demo",
        "demos",
        "notebooks",
        "tutorials",
    },
    Role.DOCS: {"doc", "docs", "documentation"},
    Role.SCRIPT: {
        "scripts",
        "tools",
        "bin",
        "hack",
        "benchmarks",
        "bench",
        "ci",
        "locust",
        "load_tests",
        "loadtest",
    },
    Role.MIGRATION: {"versions"},
}
_WORD = re.compile(r"\w+")
_TEST_FOLDER = re.compile(
    r"(?:acceptance|browser|e2e|end[-_]to[-_]end|functional|integration|load|smoke|ui|unit)[-_]tests?"
)
_TEST_FILE = re.compile(r"(test_.*|.*_test|tests?|conftest|noxfile|tasks|locustfile)\.py")


def role_of(path: str) -> Role:
    """Tell what part a file plays from its path alone."""
    pure = PurePosixPath(path)
    folders = [part.lower() for part in pure.parts[:-1]]
    if any("{" in part for part in pure.parts):
        return Role.TEMPLATE
    named = _TEST_FILE.fullmatch(pure.name) and "versions" not in folders  # a revision may be called so
    if named or pure.name == "setup.py":
        return Role.TEST if pure.name not in {"noxfile.py", "tasks.py", "setup.py"} else Role.SCRIPT
    for folder in folders:
        if folder.startswith("."):
            return Role.EXAMPLE
        for role, names in _FOLDERS.items():
            if folder in names:
                return role
        if _TEST_FOLDER.fullmatch(folder):
            return Role.TEST
    return Role.APP


@dataclass(slots=True, eq=False)
class Module:
    """One parsed Python file.

    `name` is its dotted name from `root`, the folder (`""` for the target) that its imports start in.
    """

    path: str
    name: str
    root: str
    tree: ast.Module = field(repr=False)
    text: str = field(repr=False)
    role: Role
    is_package: bool
    _lines: list[str] = field(default_factory=list, repr=False)
    _words: frozenset[str] | None = field(default=None, repr=False)

    def location(self, node: ast.AST) -> Location:
        """Return where a node stands; the module's first line for a node without a place."""
        line = getattr(node, "lineno", 1)
        end_line = getattr(node, "end_lineno", None) or line
        end = getattr(node, "end_col_offset", None)
        column = self._characters(line, getattr(node, "col_offset", 0)) + 1
        return Location(
            self.path, line, column, end_line, 0 if end is None else self._characters(end_line, end) + 1
        )

    def source(self, node: ast.AST) -> str:
        """Return the node's source on one line, cut to a readable length; empty for one without a place."""
        first, last = getattr(node, "lineno", 0), getattr(node, "end_lineno", None) or 0
        if not 0 < first <= last <= len(self.lines):
            return ""
        start = self._characters(first, getattr(node, "col_offset", 0))
        end = self._characters(last, getattr(node, "end_col_offset", None) or 0)
        pieces = list(self.lines[first - 1 : last])
        pieces[-1] = pieces[-1][:end]
        pieces[0] = pieces[0][start:]
        flat = " ".join(" ".join(pieces).split())
        return flat if len(flat) <= SHOWN_WIDTH else flat[: SHOWN_WIDTH - 1] + "…"

    @property
    def lines(self) -> list[str]:
        """The lines as the parser counts them, split once."""
        if not self._lines:
            self._lines = self.text.split("\n")
        return self._lines

    @property
    def words(self) -> frozenset[str]:
        """The words of the text, collected once: to ask for one is to search for it as a whole word."""
        if self._words is None:
            self._words = frozenset(_WORD.findall(self.text))
        return self._words

    def _characters(self, line: int, offset: int) -> int:
        """Return the character that a byte offset in a line means: the parser counts UTF-8 bytes."""
        if not 0 < line <= len(self.lines) or self.lines[line - 1].isascii():
            return offset
        return len(self.lines[line - 1].encode()[:offset].decode(errors="ignore"))


_IMPORT = re.compile(
    r"^[ \t]*(?:from[ \t]+[\w.]+[ \t]+import[ \t]*(?:\([^()]*\)|[^\n(]+)|import[ \t]+[^\n(]+)", re.MULTILINE
)
"""An import statement, on one line or in parentheses."""


class ModuleIndex:
    """Every Python file of a tree, parsed on first use and once, and found by dotted name."""

    def __init__(self, tree: Tree) -> None:
        """Index the paths; nothing is parsed yet."""
        self._tree = tree
        self.paths = tree.matching("*.py")
        self._finder = Finder(
            self.paths, tree.files, lambda root: role_of(f"{root}/x.py") is Role.APP, self.text
        )
        self.known = self._finder.known
        self._parsed: dict[str, Module | None] = {}
        self.unparsed: list[Unread] = []

    def narrow(self, paths: Container[str]) -> None:
        """Take these files alone for the program: what calls, sets or makes something is sought nowhere else.

        To be called before anything was sought. The others are still found by who asks for one by name.
        """
        self.paths = tuple(path for path in self.paths if path in paths)

    def at(self, path: str) -> Module | None:
        """Return the module in a file, or None where there is none or it cannot be parsed."""
        if path not in self._parsed:
            self._parsed[path] = self._parse(path) if path in self.known else None
        return self._parsed[path]

    def all(self, *roles: Role) -> Iterable[Module]:
        """Yield the modules that parse, in path order, of the given roles (of all, without any)."""
        for path in self.paths:
            if not roles or role_of(path) in roles:
                module = self.at(path)
                if module is not None:
                    yield module

    def root_of(self, path: str) -> str:
        """Return the folder that a file's own package is imported from."""
        folder = path.rpartition("/")[0]
        while folder and folder in self._finder.packages:
            folder = folder.rpartition("/")[0]
        return folder

    def find(self, name: str, near: str = "") -> Module | None:
        """Return the project's module that `import name` means in a file or folder `near`."""
        path = self.find_path(name, near)
        return self.at(path) if path else None

    def find_path(self, name: str, near: str = "") -> str | None:
        """Return the path that `import name` means for code in the file or folder `near`."""
        return self._finder.find(name, near)

    def path_in(self, folder: str, name: str) -> str | None:
        """Return the path of the module or package of that name directly in a folder."""
        return self._finder.path_in(folder, name)

    def is_package_folder(self, name: str, near: str) -> bool:
        """Tell whether `name` is a folder that holds modules of ours, for code in or beside `near`."""
        return self._finder.is_folder(name, near)

    def text(self, path: str) -> str:
        """Return a file's text, empty where it cannot be read."""
        try:
            return self._tree.text(path)
        except ReadError:
            return ""

    def _parse(self, path: str) -> Module | None:
        try:
            text = self._tree.text(path)
        except ReadError as error:
            self.unparsed.append(Unread(path, error.reason, error.at))
            return None
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                tree = ast.parse(text, filename=path)
        except SyntaxError as error:
            at = Location(path, error.lineno or 1, max(error.offset or 1, 1))
            self.unparsed.append(Unread(path, f"{NOT_PYTHON}: {error.msg}", at))
            return None
        except (ValueError, RecursionError, MemoryError) as error:
            reason = (
                "nested too deeply to parse" if not isinstance(error, ValueError) else f"not Python: {error}"
            )
            self.unparsed.append(Unread(path, reason, Location(path)))
            return None
        return self._module(path, tree, text)

    def _module(self, path: str, tree: ast.Module, text: str) -> Module:
        root = self.root_of(path)
        parts = dotted_parts(path[len(root) :].lstrip("/"))
        return Module(path, ".".join(parts), root, tree, text, role_of(path), path.endswith("__init__.py"))

    def outline(self, path: str) -> Module | None:
        """Return a file that cannot be parsed with nothing in it but its imports; None for no file of ours.

        Newer syntax than this interpreter's seldom stands in an import: what the file brings in is known.
        """
        if path not in self.known:
            return None
        text = self.text(path)
        body: list[ast.stmt] = []
        for found in _IMPORT.finditer(text):
            try:
                body += ast.parse(textwrap.dedent(found[0])).body
            except (SyntaxError, ValueError):
                continue
        return self._module(path, ast.Module(body, []), text)
