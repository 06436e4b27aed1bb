"""Definitions and the scopes that they stand in, as far as the program's own index of calls does not tell."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from deploycheck.python.callers import Site
from deploycheck.python.program import Call
from deploycheck.python.scopes import ClassSymbol, FunctionSymbol, Point, Scope, contains
from deploycheck.python.syntax import KEPT, children_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.python.modules import Module
    from deploycheck.python.program import Program

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
INNER = (*DEFINITIONS, ast.Lambda)


@dataclass(frozen=True, slots=True, eq=False)
class Defined:
    """A function or class and the scope that it stands in."""

    module: Module
    node: Definition
    around: Scope

    @property
    def point(self) -> Point:
        """The point at which its decorators are read."""
        return Point(self.around, self.node)


def definitions_in(program: Program, module: Module) -> tuple[Defined, ...]:
    """Return every function and class of a module, outer ones first, in the order of the source."""
    kept = _DEFINED.setdefault(program, {})
    if module not in kept:
        kept[module] = tuple(_definitions(program, module))
    return kept[module]


def _definitions(program: Program, module: Module) -> Iterator[Defined]:
    stack: list[tuple[ast.AST, Scope]] = [(module.tree, program.evaluator.module_scope(module))]
    while stack:
        node, scope = stack.pop()
        if isinstance(node, DEFINITIONS):
            yield Defined(module, node, scope)
            scope = program.evaluator.scope_of(module, node, scope)
        inner = (c for c in children_of(node) if _holds_statements(c))
        stack.extend((child, scope) for child in reversed(list(inner)))


_DEFINED: WeakKeyDictionary[Program, dict[Module, tuple[Defined, ...]]] = WeakKeyDictionary()


def _holds_statements(node: ast.AST) -> bool:
    return isinstance(node, (ast.stmt, ast.ExceptHandler, ast.match_case))


def scope_at(program: Program, module: Module, node: ast.AST) -> Scope:
    """Return the innermost scope of a module that a node stands in."""
    scope = program.evaluator.module_scope(module)
    body: list[ast.AST] = [module.tree]
    while body:
        inner = body.pop()
        for child in children_of(inner):
            if hasattr(child, "lineno") and contains(child, node) and child is not node:
                if isinstance(child, INNER) and _in_body(child, node):
                    scope = program.evaluator.scope_of(module, child, scope)
                body.append(child)
                break
            if not hasattr(child, "lineno"):
                body.append(child)
    return scope


def _in_body(definition: ast.AST, node: ast.AST) -> bool:
    body = getattr(definition, "body", [])
    return any(contains(part, node) for part in (body if isinstance(body, list) else [body]))


def symbol_of(program: Program, defined: Defined) -> FunctionSymbol | ClassSymbol:
    """Return the program's own symbol of a definition."""
    target = program.evaluator.definition(defined.node, defined.around).target
    assert isinstance(target, (FunctionSymbol, ClassSymbol))  # noqa: S101 - tells the type checker what definition() gives
    return target


def function_of(program: Program, scope: Scope) -> FunctionSymbol | None:
    """Return the innermost named function around a scope, itself included."""
    found: Scope | None = scope
    while found is not None:
        if isinstance(found.node, (ast.FunctionDef, ast.AsyncFunctionDef)) and found.parent is not None:
            target = program.evaluator.definition(found.node, found.parent).target
            return target if isinstance(target, FunctionSymbol) else None
        found = found.parent
    return None


def call_at(program: Program, module: Module, node: ast.Call, scope: Scope | None = None) -> Call:
    """Return a call of the source as the program's `Call`, named by its callee's qualified name."""
    from deploycheck.facts.web.objects import qualified

    site = Site(module, node, scope or scope_at(program, module, node))
    return Call(program, qualified(program.evaluate(node.func, site.point)), site)


@lru_cache(KEPT)
def own_nodes(node: ast.AST) -> tuple[ast.AST, ...]:
    """Return the nodes of a function's body in the order of the source, inner functions left out."""
    return tuple(_walk(node))


def _walk(node: ast.AST) -> Iterator[ast.AST]:
    stack = children_of(node)[::-1]
    while stack:
        one = stack.pop()
        yield one
        if not isinstance(one, INNER):
            stack += children_of(one)[::-1]
