"""Following calls from one function of the project into the next."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.facts.web.objects import arms
from deploycheck.python.scopes import ClassSymbol, FunctionSymbol, Scope
from deploycheck.python.syntax import children_of
from deploycheck.python.values import Instance, Reference, Value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.python.program import Call, Program

RUNNERS = frozenset(
    {
        "add_task",
        "create_task",
        "ensure_future",
        "partial",
        "run",
        "run_in_executor",
        "run_in_threadpool",
        "run_sync",
        "run_until_complete",
        "to_thread",
    }
)
"""Calls that run a function that they are handed."""


@dataclass(frozen=True, slots=True, eq=False)
class Entered:
    """A function that a call runs, and the object whose method it is, when that is known."""

    scope: Scope
    receiver: Instance | None = None


def leads_to(program: Program, call: Call) -> Iterator[Entered]:
    """Yield the project's functions that a call runs: the one called, or ones that it is handed."""
    callee = program.evaluate(call.node.func, call.point)
    yield from entered(program, callee)
    if call.name.rpartition(".")[2] in RUNNERS or _attribute(call.node) in RUNNERS:
        for argument in call.arguments().positional:
            yield from entered(program, argument)


def entered(program: Program, value: Value) -> Iterator[Entered]:
    """Yield the functions that calling a value runs; for a class, its constructor."""
    for arm, _ in arms(value):
        if not isinstance(arm, Reference):
            continue
        if isinstance(arm.target, FunctionSymbol):
            receiver = next((a for a, _ in arms(arm.receiver)), None) if arm.receiver is not None else None
            yield Entered(arm.target.scope, receiver if isinstance(receiver, Instance) else None)
        elif isinstance(arm.target, ClassSymbol):
            for node in arm.target.node.body:
                if isinstance(node, ast.FunctionDef) and node.name == "__init__":
                    owner = arm.target.scope
                    yield Entered(program.evaluator.scope_of(owner.module, node, owner))


def _attribute(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else ""


def calls_in(program: Program, scope: Scope) -> Iterator[tuple[ast.Call, Scope]]:
    """Yield the calls that running a scope's body makes, in order: into classes, not into functions."""
    stack: list[tuple[ast.AST, Scope]] = [(s, scope) for s in reversed(scope.body)]
    while stack:
        node, where = stack.pop()
        if isinstance(node, ast.If) and _is_main(node):
            continue
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            outside = [*getattr(node, "decorator_list", ()), *node.args.defaults]
            stack.extend((child, where) for child in reversed(outside))
            continue
        if isinstance(node, ast.ClassDef):
            inner = program.evaluator.scope_of(scope.module, node, where)
            stack.extend((child, inner) for child in reversed(node.body))
            stack.extend((child, where) for child in reversed([*node.decorator_list, *node.bases]))
            continue
        if isinstance(node, ast.Call):
            yield node, where
        stack.extend((child, where) for child in reversed(children_of(node)))


def _is_main(node: ast.If) -> bool:
    return isinstance(node.test, ast.Compare) and "__name__" in ast.unparse(node.test)
