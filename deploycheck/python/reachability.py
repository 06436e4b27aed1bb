"""Which modules belong together: what importing one brings in."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.python.imports import absolute_name, source_path

if TYPE_CHECKING:
    from deploycheck.python.callers import Callers
    from deploycheck.python.modules import Module, ModuleIndex


class Reachability:
    """Follows imports from module to module, each module's once."""

    def __init__(self, modules: ModuleIndex, callers: Callers) -> None:
        """Follow the imports of `modules`, which the survey of `callers` lists."""
        self._modules = modules
        self._callers = callers
        self._imports: dict[str, tuple[str, ...]] = {}
        self._reached: dict[str, frozenset[str]] = {}

    def reachable(self, path: str) -> frozenset[str]:
        """Return the paths of all modules that importing one brings in, directly or not, itself included."""
        kept = self._reached.get(path)
        if kept is None:
            found: set[str] = set()
            stack = [path]
            while stack:
                one = stack.pop()
                if one not in found:
                    found.add(one)
                    stack.extend(p for p in self.imports(one) if p not in found)
            kept = self._reached[path] = frozenset(found)
        return kept

    def imports(self, path: str) -> tuple[str, ...]:
        """Return the paths that a module imports itself, in functions too, and its packages' own files."""
        kept = self._imports.get(path)
        if kept is None:
            found: dict[str, None] = {}
            for module, node in self._statements(path):
                for imported in self._imported(node, module):
                    found.update(dict.fromkeys(self._with_packages(imported, module.root)))
            kept = self._imports[path] = tuple(found)
        return kept

    def _statements(self, path: str) -> Iterator[tuple[Module, ast.AST]]:
        """Yield the imports of a file; of one that cannot be parsed, those in plain sight."""
        module = self._modules.at(path)
        if module is not None:
            yield from ((module, node) for node in self._callers.imports(module))
            return
        outline = self._modules.outline(path)
        if outline is not None:
            yield from ((outline, node) for node in outline.tree.body)

    def _imported(self, node: ast.AST, module: Module) -> Iterator[str]:
        match node:
            case ast.Import(names=aliases):
                names = [alias.name for alias in aliases]
            case ast.ImportFrom():
                yield from self._imported_from(node, module)
                return
            case ast.Call(args=[ast.Constant(value=str(name)), *_]):
                names = [name]
            case _:
                return
        for name in names:
            path = self._modules.find_path(name, module.path)
            if path is not None:
                yield path

    def _imported_from(self, node: ast.ImportFrom, module: Module) -> Iterator[str]:
        source = source_path(self._modules, node, module)
        base = absolute_name(node, module)
        if source is not None:
            yield source
            if not source.endswith("__init__.py"):
                return
        for alias in node.names:
            name = f"{base}.{alias.name}" if base else alias.name
            path = None
            if source is not None or node.level:
                folder = (source if source is not None else module.path).rpartition("/")[0]
                path = self._modules.path_in(folder, alias.name)
            path = path or self._modules.find_path(name, module.path)
            if path is not None:
                yield path

    def _with_packages(self, path: str, root: str) -> Iterator[str]:
        yield path
        folder = path.rpartition("/")[0]
        while folder and folder != root:
            package = f"{folder}/__init__.py"
            if package != path and package in self._modules.known:
                yield package
            folder = folder.rpartition("/")[0]
