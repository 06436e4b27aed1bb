"""The order in which statements run, through the one place that calls the function they stand in."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from deploycheck.facts.web.syntax import function_of

if TYPE_CHECKING:
    from deploycheck.python.modules import Module
    from deploycheck.python.program import Program
    from deploycheck.python.scopes import Scope

MAX_HOPS = 6
Key = tuple[tuple[str, int, int], ...]
"""Path, line and column of each place on the way, outermost first."""


def run_key(program: Program, module: Module, node: ast.AST, scope: Scope, hops: int = MAX_HOPS) -> Key:
    """Return the places that lead to a node, outermost call first: keys of one start compare as they run.

    A function called from several places is placed at the first of them.
    """
    own = ((module.path, getattr(node, "lineno", 0), getattr(node, "col_offset", 0)),)
    function = function_of(program, scope)
    if function is None or hops == 0:
        return own
    sites = program.calls_of(function.node)
    if not sites:
        return own
    first = sites[0]
    if function_of(program, first.scope) is function:
        return own
    return (*run_key(program, first.module, first.node, first.scope, hops - 1), *own)
