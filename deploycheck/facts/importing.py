"""What a process finds when it imports by name: the files in the folders where it looks, and their names."""

from __future__ import annotations

import ast
import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.python.syntax import children_of, nodes_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.facts.deployments import Deployment
    from deploycheck.facts.server.model import Server, Target
    from deploycheck.python.modules import Module
    from deploycheck.sources.tree import Tree

_DYNAMIC = frozenset({"__getattr__", "exec", "eval", "globals", "locals", "vars", "setattr"})


@dataclass(frozen=True, slots=True)
class Importing:
    """The folders of the project in which a process looks for modules, in order.

    `whole` tells that these are all of them; packages installed beside the project are another matter.
    """

    tree: Tree
    folders: tuple[str, ...]
    whole: bool

    @property
    def is_there(self) -> bool:
        """Whether the folders are in the project: what a build makes is not known."""
        return bool(self.folders) and all(f == "" or self.tree.is_directory(f) for f in self.folders[:1])

    def path(self, name: str) -> str | None:
        """Return the file (or the folder, for a package with no `__init__.py`) of a dotted name, or None."""
        tail = name.replace(".", "/")
        for folder in self.folders:
            stem = posixpath.join(folder, tail)
            for path in (f"{stem}.py", f"{stem}/__init__.py"):
                if self.tree.exists(path):
                    return path
            if self.tree.is_directory(stem):
                return stem
        return None

    def has_top(self, name: str) -> bool:
        """Tell whether the first part of a dotted name is a package or folder of the project here."""
        top = name.partition(".")[0]
        return top != name and self.path(top) is not None

    def unseen(self, name: str) -> bool:
        """Tell whether a module may be there where git does not see it: ignored, compiled, generated."""
        parts = name.split(".")
        stems = ["/".join(parts[: i + 1]) for i in range(len(parts))]
        for folder in self.folders:
            for stem in stems:
                base = posixpath.join(folder, stem)
                if any(self.tree.leaves_out(base + end) for end in ("", "/", ".py")):
                    return True
                if self.tree.matching(f"{base}.so", f"{base}.*.so", f"{base}.pyx", f"{base}.pyc"):
                    return True
        return False


def importing(deployment: Deployment, server: Server, target: Target, tree: Tree) -> Importing:
    """Return where a server's process looks for the module that it is told to serve."""
    folders = [target.directory, deployment.directory]
    if server.entry:
        folders.append(posixpath.dirname(server.entry))
    setting = deployment.environment.lookup("PYTHONPATH")
    whole = not target.app_dir or tree.is_directory(target.directory)
    for part in (setting.text or "$").split(":") if setting is not None else ():
        if "$" in part or part.startswith("/"):
            whole = False
        else:
            folders.append(posixpath.normpath(posixpath.join(deployment.directory, part)))
    given = server.option("pythonpath")
    whole = whole and (given is None or getattr(given, "data", None) is None)
    return Importing(tree, tuple(dict.fromkeys("" if f == "." else f for f in folders)), whole)


def names_of(module: Module) -> frozenset[str] | None:
    """Return every name that a module can hold; None where it makes names in a way that cannot be read."""
    if any(_is_dynamic(node) for node in nodes_in(module.tree)):
        return None
    declared = (n for node in nodes_in(module.tree) if isinstance(node, ast.Global) for n in node.names)
    return frozenset({*declared, *(n for s in module.tree.body for n in _bound(s))})


def _is_dynamic(node: ast.AST) -> bool:
    match node:
        case ast.ImportFrom(names=[ast.alias(name="*")]):
            return True
        case ast.Name(id=name, ctx=ast.Load()) | ast.FunctionDef(name=name):
            return name in _DYNAMIC
        case ast.Attribute(attr="modules", value=ast.Name(id="sys")):
            return True
    return False


def _bound(node: ast.AST) -> Iterator[str]:
    """Yield the names that a statement binds where it stands, not those inside of functions and classes."""
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
            yield from (a.asname or a.name.partition(".")[0] for a in aliases)
        case ast.Name(id=name, ctx=ast.Store()):
            yield name
        case ast.Lambda():
            return
        case _:
            for child in children_of(node):
                yield from _bound(child)
