"""Which calls run when a module is started as a script, functions of the project followed."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from deploycheck.python.callers import Site
from deploycheck.python.scopes import FUNCTIONS, ClassSymbol, FunctionSymbol, Point, Scope
from deploycheck.python.syntax import children_of
from deploycheck.python.values import Instance, Reference, peel

if TYPE_CHECKING:
    from deploycheck.python.modules import Module
    from deploycheck.python.program import Program

MAX_FUNCTIONS = 300
_NESTED = (*FUNCTIONS, ast.ClassDef)


@dataclass(slots=True)
class Executed:
    """Walks code in the order in which it would run; every function once.

    `main` is the module that runs as `__main__`; the same guard in any other module is false.
    """

    program: Program
    main: Module | None = None
    _seen: set[int] = field(default_factory=set)

    def module(self, module: Module) -> Iterator[Site]:
        """Yield the calls that running a module makes."""
        scope = self.program.evaluator.module_scope(module)
        yield from self._block(module.tree.body, scope)

    def function(self, symbol: FunctionSymbol) -> Iterator[Site]:
        """Yield the calls that running a function makes."""
        if id(symbol.node) in self._seen or len(self._seen) > MAX_FUNCTIONS:
            return
        self._seen.add(id(symbol.node))
        body = symbol.node.body
        if isinstance(body, list):
            yield from self._block(body, symbol.scope)

    def _block(self, body: Sequence[ast.stmt], scope: Scope) -> Iterator[Site]:
        for statement in body:
            if isinstance(statement, _NESTED):
                continue
            if isinstance(statement, ast.If) and is_main_guard(statement.test):
                taken = statement.body if scope.module is self.main else statement.orelse
                yield from self._block(taken, scope)
                continue
            for node in _own_parts(statement):
                if isinstance(node, ast.Call):
                    yield from self._call(node, scope)
            for block in _blocks(statement):
                yield from self._block(block, scope)

    def _call(self, node: ast.Call, scope: Scope) -> Iterator[Site]:
        site = Site(scope.module, node, scope)
        yield site
        handed = [
            *(a for a in node.args if isinstance(a, (ast.Name, ast.Attribute))),
            *(k.value for k in node.keywords if k.arg in {"target", "main", "func"}),
        ]
        for expression in (node.func, *handed):
            for symbol in self._functions(expression, site):
                yield from self.function(symbol)

    def _functions(self, expression: ast.expr, site: Site) -> Iterator[FunctionSymbol]:
        """Yield the project's functions that calling an expression runs."""
        point = Point(site.scope, site.node)
        found = peel(self.program.evaluate(expression, point))
        target = found.target if isinstance(found, Reference) else None
        if isinstance(target, FunctionSymbol):
            yield target
        elif isinstance(target, ClassSymbol) and expression is site.node.func:
            yield from self._constructor(target)
        elif not isinstance(found, (Reference, Instance)) and isinstance(expression, ast.Name):
            yield from self._decorated(expression.id, site)

    def _constructor(self, symbol: ClassSymbol) -> Iterator[FunctionSymbol]:
        for node in symbol.node.body:
            if isinstance(node, ast.FunctionDef) and node.name == "__init__":
                scope = self.program.evaluator.scope_of(symbol.scope.module, node, symbol.scope)
                yield FunctionSymbol(f"{symbol.name}.__init__", scope)

    def _decorated(self, name: str, site: Site) -> Iterator[FunctionSymbol]:
        """Yield the function behind a name that a decorator hides (`@click.command()`)."""
        module = site.module
        for node in module.tree.body:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == name:
                scope = self.program.evaluator.module_scope(module)
                yield FunctionSymbol(name, self.program.evaluator.scope_of(module, node, scope))


def is_main_guard(test: ast.expr) -> bool:
    """Tell whether a test is `__name__ == "__main__"`."""
    if not isinstance(test, ast.Compare) or len(test.comparators) != 1:
        return False
    sides = (test.left, test.comparators[0])
    named = any(isinstance(s, ast.Name) and s.id == "__name__" for s in sides)
    return named and any(isinstance(s, ast.Constant) and s.value == "__main__" for s in sides)


def _own_parts(statement: ast.stmt) -> Iterator[ast.AST]:
    """Yield the nodes of a statement, outermost first, without its blocks and nested definitions."""
    stack: list[ast.AST] = [
        child
        for child in children_of(statement)
        if not isinstance(child, (ast.stmt, ast.ExceptHandler, ast.match_case))
    ]
    while stack:
        node = stack.pop(0)
        if isinstance(node, _NESTED):
            continue
        yield node
        stack[:0] = children_of(node)


def _blocks(statement: ast.stmt) -> Iterator[Sequence[ast.stmt]]:
    for name in ("body", "handlers", "orelse", "finalbody", "cases"):
        block = getattr(statement, name, None)
        if not isinstance(block, list):
            continue
        if name in {"handlers", "cases"}:
            yield from (part.body for part in block)
        else:
            yield block
