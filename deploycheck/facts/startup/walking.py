"""The nodes that running a body runs, and the files that an import brings in."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from deploycheck.python.evaluator import absolute_name
from deploycheck.python.scopes import FUNCTIONS
from deploycheck.python.syntax import children_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from deploycheck.python.modules import Module
    from deploycheck.python.program import Program
    from deploycheck.python.scopes import Scope


def own(program: Program, scope: Scope) -> Iterator[tuple[ast.AST, Scope]]:
    """Yield the nodes that running a body runs, class bodies and decorators included, with their scope."""
    stack: list[tuple[ast.AST, Scope]] = [(s, scope) for s in reversed(_body(scope))]
    while stack:
        node, inside = stack.pop()
        yield node, inside
        if isinstance(node, ast.ClassDef):
            inner = program.evaluator.scope_of(inside.module, node, inside)
            stack.extend((s, inner) for s in reversed(node.body))
            stack.extend((d, inside) for d in node.decorator_list)
        elif isinstance(node, FUNCTIONS):
            stack.extend((d, inside) for d in getattr(node, "decorator_list", ()))
            stack.extend((d, inside) for d in (*node.args.defaults, *node.args.kw_defaults) if d is not None)
        else:
            stack.extend((c, inside) for c in reversed(children_of(node)))


def _body(scope: Scope) -> Sequence[ast.AST]:
    return [scope.node.body] if isinstance(scope.node, ast.Lambda) else scope.node.body


def imported(program: Program, node: ast.Import | ast.ImportFrom, module: Module) -> Iterator[str]:
    """Yield the paths of the project's modules that an import may run."""
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    else:
        base = absolute_name(node, module)
        names = [base, *(f"{base}.{a.name}" if base else a.name for a in node.names)]
    for name in names:
        path = program.modules.find_path(name, module.path) if name else None
        if path is not None:
            yield path
