"""Validators: which functions a settings class runs on its values, and what they make of them."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.python.scopes import FunctionSymbol

if TYPE_CHECKING:
    from deploycheck.python.evaluator import Evaluator
    from deploycheck.python.scopes import ClassSymbol

Method = ast.FunctionDef | ast.AsyncFunctionDef
_FIELD = frozenset({"field_validator", "validator"})
_MODEL = frozenset({"model_validator", "root_validator"})


@dataclass(frozen=True, slots=True, eq=False)
class FieldValidator:
    """A function for some fields; `names` is None when they could not be told. `mode` is pydantic's."""

    symbol: FunctionSymbol
    names: frozenset[str] | None
    mode: str
    each_item: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class ModelValidator:
    """A function for the whole model. `mode` is `before`, `after`, `wrap`, or `init` for the constructor."""

    symbol: FunctionSymbol
    mode: str
    on_values: bool = False
    """Whether it gets a dict of values in place of the object (v1's root validators)."""


def collect(
    ev: Evaluator, own: tuple[ClassSymbol, ...]
) -> tuple[tuple[FieldValidator, ...], tuple[ModelValidator, ...]]:
    """Return the validators of a class and its bases, the bases' first; one overridden does not count."""
    fields: dict[str, FieldValidator] = {}
    models: dict[str, ModelValidator] = {}
    for one in reversed(own):
        for statement in one.node.body:
            if not isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
                continue
            symbol = ev.definition(statement, one.scope).target
            if not isinstance(symbol, FunctionSymbol):
                continue
            found = _decorated(symbol)
            if isinstance(found, FieldValidator):
                fields[statement.name] = found
            elif isinstance(found, ModelValidator):
                models[statement.name] = found
            else:
                fields.pop(statement.name, None)
                models.pop(statement.name, None)
    order = sorted(models.values(), key=lambda m: {"before": 0, "init": 2}.get(m.mode, 1))
    return tuple(fields.values()), tuple(order)


def _decorated(symbol: FunctionSymbol) -> FieldValidator | ModelValidator | None:
    node = symbol.node
    assert not isinstance(node, ast.Lambda)  # noqa: S101 - a statement of a class body is no lambda
    if node.name == "model_post_init":
        return ModelValidator(symbol, "after")
    if node.name == "__init__":
        return ModelValidator(symbol, "init")
    for decorator in node.decorator_list:
        call = decorator if isinstance(decorator, ast.Call) else None
        tail = _last_name(decorator.func if isinstance(decorator, ast.Call) else decorator)
        options = {k.arg: k.value for k in call.keywords} if call is not None else {}
        if tail in _FIELD:
            names = _names(call)
            each = _truth(options.get("each_item"))
            return FieldValidator(symbol, names, _mode(tail, options), each)
        if tail in _MODEL:
            return ModelValidator(symbol, _mode(tail, options), on_values=tail == "root_validator")
    return None


def _last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _names(call: ast.Call | None) -> frozenset[str] | None:
    arguments = call.args if call is not None else []
    names = [a.value for a in arguments if isinstance(a, ast.Constant) and isinstance(a.value, str)]
    return frozenset(names) if len(names) == len(arguments) else None


def _mode(tail: str, options: dict[str | None, ast.expr]) -> str:
    if tail in {"validator", "root_validator"}:
        return "before" if _truth(options.get("pre")) else "after"
    mode = options.get("mode")
    return mode.value if isinstance(mode, ast.Constant) and isinstance(mode.value, str) else "after"


def _truth(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and bool(node.value)
