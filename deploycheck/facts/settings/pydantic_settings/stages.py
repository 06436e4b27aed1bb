"""Validators of the whole model: what they assign to a field after it has its own value."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from deploycheck.facts.settings.pydantic_settings.frames import Frame
from deploycheck.python.flow import Flow
from deploycheck.python.scopes import parameters, position
from deploycheck.python.syntax import nodes_in
from deploycheck.python.values import Instance, Unknown, Value

if TYPE_CHECKING:
    from deploycheck.facts.settings.pydantic_settings.model import Model
    from deploycheck.facts.settings.pydantic_settings.validators import ModelValidator


_SETTERS = frozenset({"setattr", "__setattr__"})
_READING = frozenset({"get", "items", "keys", "values", "copy"})


def assigned(model: Model, instance: Instance, frame: Frame, name: str, value: Value) -> Value:
    """Return the field's value after the whole-model validators that run before `frame.stage`."""
    validators = model.model_validators
    last = len(validators) if frame.stage is None else frame.stage
    for index, validator in enumerate(validators[:last]):
        if _gets_values(validator):
            if _changes_item(validator, name):
                return _unclear(validator, name)
            continue
        touched, clear = _touched(model, validator)
        if not clear or name in touched - _plainly(validator):
            return _unclear(validator, name)
        if name in touched:
            seen = Instance(instance.name, instance.target, Frame(frame.arguments, index, frame.place))
            value = _after(model, validator, seen, name, value)
    return value


def _unclear(validator: ModelValidator, name: str) -> Value:
    function = validator.symbol.name.rpartition(".")[2]
    at = validator.symbol.scope.module.location(validator.symbol.node)
    return Unknown(f"{function}() may change {name} in a way that is not followed", at=at)


def _gets_values(validator: ModelValidator) -> bool:
    return validator.on_values or validator.mode in {"before", "wrap"}


def _after(model: Model, validator: ModelValidator, seen: Instance, name: str, value: Value) -> Value:
    node = validator.symbol.node
    receiver = parameters(node)[0].arg
    bindings: dict[str, Value] = {p.arg: Unknown(f"parameter `{p.arg}`") for p in parameters(node)}
    bindings[receiver] = seen
    scope = validator.symbol.scope.called_with(bindings)
    found = Flow(model.ev, scope).value_of(f"{receiver}.{name}", value, None)
    return value if found is None else found


def _touched(model: Model, validator: ModelValidator) -> tuple[frozenset[str], bool]:
    """Return the attributes that a validator or a method that it calls sets; False when that is not told."""
    node = validator.symbol.node
    names, clear = _sets(node)
    methods = {
        s.name: s
        for c in reversed(model.own)
        for s in c.node.body
        if isinstance(s, (ast.FunctionDef, ast.AsyncFunctionDef))
    }
    for called in _self_calls(node):
        if called in methods and methods[called] is not node:
            more, also_clear = _sets(methods[called])
            names, clear = names | more, clear and also_clear
    return names, clear and not _super_with_keywords(validator)


def _plainly(validator: ModelValidator) -> frozenset[str]:
    """Return the attributes that the validator itself sets by assignment, and does not read again after."""
    node = validator.symbol.node
    receiver = _receiver(node)
    stores: dict[str, tuple[int, int]] = {}
    loads: list[tuple[str, tuple[int, int]]] = []
    for one in nodes_in(node):
        if isinstance(one, ast.Attribute) and isinstance(one.value, ast.Name) and one.value.id == receiver:
            if isinstance(one.ctx, ast.Store):
                stores[one.attr] = min(stores.get(one.attr, position(one)), position(one))
            else:
                loads.append((one.attr, position(one)))
    lines = {attr: place[0] for attr, place in stores.items()}
    if any(attr in lines and place[0] > lines[attr] for attr, place in loads):
        return frozenset()
    return frozenset(stores)


def _sets(node: ast.AST) -> tuple[frozenset[str], bool]:
    receiver = _receiver(node)
    names: set[str] = set()
    clear = True
    for one in nodes_in(node):
        match one:
            case ast.Attribute(value=ast.Name(id=owner), attr=attr, ctx=ast.Store()) if owner == receiver:
                names.add(attr)
            case ast.Call(func=func, args=[*arguments]) if _last(func) in _SETTERS:
                key = arguments[-2] if len(arguments) > 1 else None
                names.update([str(key.value)] if isinstance(key, ast.Constant) else [])
                clear = clear and isinstance(key, ast.Constant)
            case ast.Call(func=ast.Attribute(value=ast.Attribute(attr="__dict__"))):
                clear = False
    return frozenset(names), clear


def _receiver(node: ast.AST) -> str:
    arguments = getattr(node, "args", None)
    positional = [*arguments.posonlyargs, *arguments.args] if arguments is not None else []
    return positional[0].arg if positional else ""


def _self_calls(node: ast.AST) -> frozenset[str]:
    receiver = _receiver(node)
    return frozenset(
        one.func.attr
        for one in nodes_in(node)
        if isinstance(one, ast.Call)
        and isinstance(one.func, ast.Attribute)
        and isinstance(one.func.value, ast.Name)
        and one.func.value.id == receiver
    )


def _last(func: ast.expr) -> str:
    return func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")


def _super_with_keywords(validator: ModelValidator) -> bool:
    """Tell whether a constructor of the project's own hands other values to pydantic's."""
    if validator.mode != "init":
        return False
    node = validator.symbol.node
    supers = [
        c
        for c in nodes_in(node)
        if isinstance(c, ast.Call) and isinstance(c.func, ast.Attribute) and c.func.attr == "__init__"
    ]
    kwarg = node.args.kwarg.arg if node.args.kwarg is not None else None
    return len(supers) != 1 or not all(
        k.arg is None and isinstance(k.value, ast.Name) and k.value.id == kwarg for k in supers[0].keywords
    )


def _changes_item(validator: ModelValidator, name: str) -> bool:
    """Tell whether a validator of the raw values may change one of them."""
    node = validator.symbol.node
    positional = [*node.args.posonlyargs, *node.args.args]
    values = positional[1].arg if len(positional) > 1 else (positional[0].arg if positional else "")
    returned: list[ast.expr | None] = []
    for one in nodes_in(node):
        match one:
            case ast.Subscript(value=ast.Name(id=owner), slice=key, ctx=ast.Store() | ast.Del()) if (
                owner == values
            ):
                if not isinstance(key, ast.Constant) or str(key.value).lower() == name.lower():
                    return True
            case ast.Call(func=ast.Attribute(value=ast.Name(id=owner), attr=attr), args=arguments) if (
                owner == values and attr not in _READING
            ):
                first = arguments[0] if arguments and attr in {"setdefault", "pop"} else None
                if not isinstance(first, ast.Constant) or str(first.value).lower() == name.lower():
                    return True
            case ast.Return(value=value):
                returned.append(value)
            case ast.Name(id=owner, ctx=ast.Store()) if owner == values:
                return True
    return validator.mode == "wrap" or not all(isinstance(r, ast.Name) and r.id == values for r in returned)
