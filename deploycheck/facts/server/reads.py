"""Where code reads a setting: an attribute of a settings object, or a module's name."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.python.classes import ancestry
from deploycheck.python.scopes import FUNCTIONS, ClassSymbol, Point, Scope
from deploycheck.python.syntax import children_of
from deploycheck.python.values import Instance, Reference, Unknown, peel

if TYPE_CHECKING:
    from deploycheck.findings import Location
    from deploycheck.python.modules import Module
    from deploycheck.python.program import Program

_SCOPES = (*FUNCTIONS, ast.ClassDef)


@dataclass(frozen=True, slots=True)
class Read:
    """One place that reads it. `callee` is the function that gets it as an argument, if one does.

    `guarded` tells that it runs only when its module is started as a script.
    """

    at: Location
    callee: str = ""
    guarded: bool = False


def reads_of(program: Program, name: str, module: Module, owner: ClassSymbol | None) -> tuple[Read, ...]:
    """Return every place that reads a class's attribute, or a module's name (`owner` None).

    An object whose class cannot be told counts as the one that is asked for.
    """
    found: list[Read] = []
    for each in program.app_modules():
        if name in each.text:
            scope = program.evaluator.module_scope(each)
            walker = _Walker(program, name, module, owner)
            found.extend(walker.walk(each.tree, scope, ""))
    return tuple(dict.fromkeys(found))


@dataclass(frozen=True, slots=True)
class _Walker:
    program: Program
    name: str
    module: Module
    owner: ClassSymbol | None

    def walk(self, node: ast.AST, scope: Scope, callee: str) -> Iterator[Read]:
        if self._reads(node, scope):
            guarded = any("__name__" in c.text for c in self.program.conditions(scope, node))
            yield Read(scope.module.location(node), callee, guarded)
            return
        for child in children_of(node):
            yield from self.walk(child, self._scope(child, scope), self._callee(node, child, scope, callee))

    def _scope(self, child: ast.AST, scope: Scope) -> Scope:
        if isinstance(child, _SCOPES):
            return self.program.evaluator.scope_of(scope.module, child, scope)
        return scope

    def _callee(self, node: ast.AST, child: ast.AST, scope: Scope, callee: str) -> str:
        """Name the function that a child is an argument of; casts do not hide the one around them."""
        if isinstance(node, ast.Call) and child is not node.func:
            value = peel(self.program.evaluate(node.func, Point(scope, node)))
            name = value.name if isinstance(value, Reference) else ast.unparse(node.func)
            cast = name.rpartition(".")[2] in {"int", "str", "max", "min", "bool"}
            return callee if cast and callee else name
        return "" if isinstance(node, ast.stmt) else callee

    def _reads(self, node: ast.AST, scope: Scope) -> bool:
        match node:
            case ast.Attribute(value=receiver, attr=attr, ctx=ast.Load()) if attr == self.name:
                return self._is_owner(receiver, scope, node)
            case ast.Name(id=name, ctx=ast.Load()) if name == self.name and self.owner is None:
                return scope.module is self.module or self._imports(scope.module)
        return False

    def _is_owner(self, receiver: ast.expr, scope: Scope, node: ast.AST) -> bool:
        value = peel(self.program.evaluate(receiver, Point(scope, node)))
        target = value.target if isinstance(value, (Instance, Reference)) else None
        if self.owner is None:
            return target is self.module
        if isinstance(target, ClassSymbol):
            lineage = {a.name for a in ancestry(self.program.evaluator, target) if isinstance(a, ClassSymbol)}
            return self.owner.name in {target.name, *lineage}
        return isinstance(value, Unknown)

    def _imports(self, module: Module) -> bool:
        """Tell whether another module takes the name by `from … import`."""
        return any(
            isinstance(node, ast.ImportFrom)
            and any(a.name == self.name and a.asname is None for a in node.names)
            and self.module.path in self.program.imports(module.path)
            for node in module.tree.body
        )
