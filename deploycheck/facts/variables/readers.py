"""The project's own functions through which code reads variables: `require("X")`, `_flag("DEBUG")`."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from deploycheck.python.modules import Role
from deploycheck.python.syntax import nodes_in

if TYPE_CHECKING:
    from deploycheck.python.modules import Module
    from deploycheck.python.program import Program

DIRECT = frozenset({"environ", "environb", "getenv", "decouple", "environs"})
ROUNDS = 3
"""How many functions may stand between a call and the read."""


def reader_names(program: Program) -> frozenset[str]:
    """Return the names of functions with parameters that read variables, or call one that does."""
    kept = _KNOWN.get(program)
    if kept is None:
        mentioned: dict[str, set[str]] = {}
        left = list(program.modules.all(Role.APP))
        found: set[str] = set()
        for _ in range(ROUNDS):
            known = DIRECT | found
            for module in [m for m in left if not known.isdisjoint(m.words)]:
                left.remove(module)
                _functions(module, mentioned)
            found |= {name for name, words in mentioned.items() if words & (DIRECT | found)}
        kept = _KNOWN[program] = frozenset(found)
    return kept


def _functions(module: Module, found: dict[str, set[str]]) -> None:
    for node in nodes_in(module.tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and _takes_any(node):
            words = found.setdefault(node.name, set())
            words.update(n.id for n in nodes_in(node) if isinstance(n, ast.Name))
            words.update(n.attr for n in nodes_in(node) if isinstance(n, ast.Attribute))


def _takes_any(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return bool(node.args.args or node.args.kwonlyargs or node.args.posonlyargs)


_KNOWN: WeakKeyDictionary[Program, frozenset[str]] = WeakKeyDictionary()
