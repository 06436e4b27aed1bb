"""The project's own functions and classes, followed with the arguments that they are given."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from deploycheck.facts.migrations.operations import attributes, classes, harmless
from deploycheck.facts.migrations.operations.decorated import decorated
from deploycheck.facts.migrations.operations.frames import Frame
from deploycheck.facts.migrations.operations.objects import Bound, Closure, Looked, Object
from deploycheck.python.members import value_of
from deploycheck.python.syntax import defaults, parameters
from deploycheck.python.values import Branch, Listing, Literal, Table, Unknown, Value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from deploycheck.facts.migrations.operations.calls import Given
    from deploycheck.facts.migrations.operations.running import Returned, Run
    from deploycheck.python.scopes import ClassSymbol

_SEVERAL = 2
MAX_ACTIVE = 2
"""Calls of one function that may be open at a time: more is a recursion that is not followed."""


def apply(run: Run, function: Value, positional: Sequence[Value], keywords: Mapping[str, Value]) -> Value:
    """Return what calling a function of the project gives; nothing is known of any other."""
    from deploycheck.facts.migrations.operations.calls import Given

    closure = attributes.function_of(function)
    if closure is None:
        return Unknown("what a call gives")
    return follow(run, closure, Given(tuple(positional), keywords))


def follow(run: Run, function: Closure, given: Given) -> Value:
    """Follow a call into a function of the project."""
    from deploycheck.facts.migrations.operations.running import MAX_DEPTH

    node = function.node
    name = getattr(node, "name", "a lambda")
    if run.active.count(node) >= MAX_ACTIVE or run.depth >= MAX_DEPTH or not run.step():
        if given.reaches and node not in run.active:
            run.unknown(f"{name}() is nested too deeply to follow")
        return Unknown(f"{name}() is nested too deeply to follow")
    made = decorated(run, function)
    if made is not None:
        return _through(run, function, made, given)
    frame = Frame(function.module, {}, function.around, function)
    bind(run, function, given, frame)
    if isinstance(node, ast.Lambda):
        return run.evaluate(node.body, frame)
    return _followed(run, node, frame)


def _through(run: Run, function: Closure, made: Value, given: Given) -> Value:
    """Follow a call of what a decorator made of a function; where that is not known, perhaps the function."""
    wrapper = attributes.function_of(made)
    if wrapper is None:
        with run.undecided(made):
            return follow(run, replace(function, bare=True), given)
    own = (function.receiver,) if function.receiver is not None else ()
    return follow(run, wrapper, replace(given, positional=(*own, *given.positional)))


def _followed(run: Run, node: ast.FunctionDef | ast.AsyncFunctionDef, frame: Frame) -> Value:
    held, returned, since = len(run.held), run.returned, run.since
    run.returned, run.since = [], held
    run.depth += 1
    run.active.append(node)
    try:
        outcome = run.block(node.body, frame)
    finally:
        run.depth -= 1
        run.active.pop()
        found, run.returned, run.since = run.returned, returned, since
        del run.held[held:]
    if outcome.raises:
        run.raised = True
    return _joined(found, falls=outcome.falls)


def _joined(found: list[Returned], *, falls: bool) -> Value:
    """Return what a function gives of what its `return` statements do."""
    options = [r.value for r in found] + ([Literal(None)] if falls else [])
    if len(options) < _SEVERAL:
        return options[0] if options else Literal(None)
    looked = next((o for o in options if isinstance(o, Looked)), None)
    if looked is not None:
        return looked
    test = Looked("what stands in the schema") if any(r.looked for r in found) else None
    joined = options[-1]
    for option in reversed(options[:-1]):
        joined = Branch(test, option, joined)
    return joined


def bind(run: Run, function: Closure, given: Given, frame: Frame) -> None:
    """Give a function's parameters what a call gives, or their defaults."""
    node = function.node
    names = [p.arg for p in (*node.args.posonlyargs, *node.args.args)]
    values = [*([function.receiver] if function.receiver is not None else []), *given.positional]
    frame.names.update(zip(names, values, strict=False))
    known = {p.arg for p in parameters(node)}
    extra: list[tuple[Value, Value]] = []
    for name, value in given.keywords.items():
        if name in known and name not in frame.names:
            frame.names[name] = value
        else:
            extra.append((Literal(name), value))
    if node.args.vararg is not None:
        rest = Listing(tuple(values[len(names) :]), "tuple")
        frame.names[node.args.vararg.arg] = Unknown("arguments") if given.partial else rest
    if node.args.kwarg is not None:
        frame.names[node.args.kwarg.arg] = Unknown("arguments") if given.partial else Table(tuple(extra))
    _defaults(run, function, frame, partial=given.partial)


def _defaults(run: Run, function: Closure, frame: Frame, *, partial: bool) -> None:
    around = Frame(function.module, {}, function.around)
    told = defaults(function.node)
    for parameter in parameters(function.node):
        if parameter.arg in frame.names:
            continue
        expression = None if partial else told.get(parameter.arg)
        missing = Unknown(f"parameter `{parameter.arg}`")
        frame.names[parameter.arg] = run.evaluate(expression, around) if expression is not None else missing


def construct(run: Run, symbol: ClassSymbol, given: Given) -> Value:
    """Return the object that calling a class of the project gives."""
    if classes.is_enum(run, symbol):
        data = run.constant(given.positional[0]) if given.positional else None
        found = (
            m for m in classes.members(run, symbol) if isinstance(m, Literal) and value_of(m.data) == data
        )
        return next(found, Unknown(f"a member of {symbol.node.name}"))
    made = Object(symbol)
    initial = attributes.of_class(run, symbol, "__init__", made)
    if isinstance(initial, Closure):
        follow(run, initial, given)
        return made
    made.attributes.update(given.keywords)
    _fields(symbol, given, made)
    return made


def _fields(symbol: ClassSymbol, given: Given, made: Object) -> None:
    """Set what a dataclass or named tuple takes by position, and the defaults of its fields."""
    fields = [s for s in symbol.node.body if isinstance(s, ast.AnnAssign) and isinstance(s.target, ast.Name)]
    for field, value in zip(fields, given.positional, strict=False):
        made.attributes[field.target.id] = value  # type: ignore[union-attr]


def method(run: Run, owner: Object, name: str, given: Given) -> Value:
    """Return what calling a method of an object of the project gives."""
    found = attributes.of_object(run, owner, name)
    closure = attributes.function_of(found)
    if closure is not None:
        return follow(run, closure, given)
    if isinstance(found, Bound) and given.reaches and not harmless.reads(name):
        run.unknown(f".{name}() is given the database and is not followed")
    return Unknown(f"what .{name}() gives")
