"""Edits that import what other edits need."""

from __future__ import annotations

import ast
import sys
from typing import TYPE_CHECKING

from deploycheck.findings import Edit

if TYPE_CHECKING:
    from deploycheck.python.modules import Module
    from deploycheck.python.program import Program


def with_os(program: Program, path: str) -> tuple[Edit, ...] | None:
    """Return the edit that imports `os` in a file, nothing where it does, None where it is not plain.

    It stands before the first statement, and apart from what is no import of the standard library.
    """
    module = program.module_at(path)
    if module is None:
        return None
    if _has_os(module):
        return ()
    for statement in module.tree.body:
        future = isinstance(statement, ast.ImportFrom) and statement.module == "__future__"
        docstring = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        if not future and not docstring:
            line = min([statement.lineno, *(d.lineno for d in getattr(statement, "decorator_list", ()))])
            gap = "" if _is_standard(statement) else "\n"
            return (Edit(path, line, line - 1, f"import os\n{gap}"),)
    return None


def _has_os(module: Module) -> bool:
    return any(
        isinstance(s, ast.Import) and any(a.name == "os" and a.asname is None for a in s.names)
        for s in module.tree.body
    )


def _is_standard(statement: ast.stmt) -> bool:
    """Tell whether a statement imports from the standard library."""
    match statement:
        case ast.Import(names=[ast.alias(name=name), *_]) | ast.ImportFrom(module=str(name), level=0):
            return name.partition(".")[0] in sys.stdlib_module_names
    return False
