"""Objects of the project's own classes: how they were made, and what their attributes hold."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from deploycheck.python import binding, outside
from deploycheck.python.construction import Above, Construction
from deploycheck.python.effects import changed_in
from deploycheck.python.fields import Method, annotated, bound, constructed, field_default, in_body, methods
from deploycheck.python.flow import Flow
from deploycheck.python.lineage import Base, ancestry
from deploycheck.python.models import Arguments
from deploycheck.python.scopes import ClassSymbol, FunctionSymbol, Point, Scope
from deploycheck.python.syntax import decorators, dotted, first_parameter, own_nodes, parameters
from deploycheck.python.values import Branch, Instance, Literal, Reference, Unknown, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from deploycheck.findings import Location
    from deploycheck.python.evaluator import Evaluator

PROPERTIES = frozenset({"property", "cached_property", "computed_field", "hybrid_property", "classproperty"})
CONSTRUCTORS = ("__init__", "__new__")
FINISHERS = ("__post_init__", "__attrs_post_init__", "model_post_init")
MAX_MADE = 6
_FILLS_ITSELF = re.compile(r"settings|config|environ|\benv\b", re.IGNORECASE)
"""Library bases of this kind may set annotated fields from anywhere."""
_PLAIN_BASES = frozenset(
    {"pydantic_settings.BaseSettings", "pydantic.BaseSettings", "pydantic.v1.BaseSettings"},
)
"""Bases that a model is known for; without it, their fields are what they say."""


def made_of(ev: Evaluator, symbol: ClassSymbol) -> list[Value]:
    """Return the objects that the project makes of a class or of those below it; none when it makes none.

    Of a class that is made in many places, one object stands for all, its arguments not known.
    """
    found: list[Value] = []
    for one in (symbol, *ev.callers.subclasses(ev, symbol)):
        sites = ev.callers.constructions(ev, one)
        if len(sites) > MAX_MADE:
            at = sites[0].module.location(sites[0].node)
            found.append(
                Instance(one.name, one, Construction(Arguments((), {}, at, "", partial=True)), at=at)
            )
            continue
        for site in sites:
            value = ev.evaluate(site.node, site.point)
            found.extend(v for v in value.leaves() if isinstance(v, Instance) and v not in found)
    return found[:MAX_MADE]


def attribute(ev: Evaluator, instance: Instance, name: str, at: Location) -> Value:
    """Return an attribute of an object of the project's own class."""
    line: Sequence[Base] | None = None
    if isinstance(instance.frame, Above):
        owner, instance = instance.frame.owner, instance.frame.instance
        line = _after(ev, instance, owner)
    symbol = instance.target
    if not isinstance(symbol, ClassSymbol):
        return Unknown(f"`{name}` of {instance.name}", at=at)
    line = line if line is not None else ancestry(ev, symbol)
    for base in line:
        model = ev.models.classes.get(base) if isinstance(base, str) else None
        modelled = model(ev, instance, name) if model is not None else None
        if modelled is not None:
            return outside.of_object(ev, symbol.scope.module, name, modelled, _same_object(ev, instance))
    if name == "__class__":
        return Reference(symbol.name, symbol)
    if name == "__dict__":
        return Unknown("`__dict__` is not followed", at=at)
    value = _held(ev, instance, line, name, at)
    if value is None:
        value = _asked_for(ev, instance, line, name, at)
    return outside.of_object(ev, symbol.scope.module, name, value, _same_object(ev, instance))


def _after(ev: Evaluator, instance: Instance, owner: ClassSymbol) -> Sequence[Base]:
    line = _line_of(ev, instance)
    places = [i for i, a in enumerate(line) if isinstance(a, ClassSymbol) and a.node is owner.node]
    return line[places[0] + 1 :] if places else ()


def _line_of(ev: Evaluator, instance: Instance) -> Sequence[Base]:
    return ancestry(ev, instance.target) if isinstance(instance.target, ClassSymbol) else ()


def _same_object(ev: Evaluator, instance: Instance) -> Callable[[Value], bool]:
    """Return the test whether a changed object is (or may be) this one, or a class that it takes from."""
    line = [a.node for a in _line_of(ev, instance) if isinstance(a, ClassSymbol)]

    def test(leaf: Value) -> bool:
        if isinstance(leaf, Reference) and isinstance(leaf.target, ClassSymbol):
            return leaf.target.node in line
        if not isinstance(leaf, Instance) or not isinstance(leaf.target, ClassSymbol):
            return False
        if not line or leaf.target.node is not line[0]:
            return False
        places = [f.arguments.at for f in (leaf.frame, instance.frame) if isinstance(f, Construction)]
        return len(set(places)) <= 1

    return test


# -- what an attribute holds -------------------------------------------------------------------------


def _held(ev: Evaluator, instance: Instance, line: Sequence[Base], name: str, at: Location) -> Value | None:
    """Return what an object holds under a name: set by its methods, given, or taken from its classes."""
    initial = before_construction(ev, instance, line, name, at)
    if isinstance(instance.frame, Construction) and name in instance.frame.pending:
        return Unknown(f"`self.{name}` is being worked out", at=at)
    own = [c for c in line if isinstance(c, ClassSymbol)]
    value = _constructed(ev, instance, own, name, initial)
    later = [
        found
        for owner in own
        for method in methods(owner)
        if method.name not in (*CONSTRUCTORS, *FINISHERS)
        for found in [_set_by(ev, instance, owner, method, name, value)]
        if found is not None
    ]
    if not later:
        return value
    options = [*later, *([value] if value is not None else [])]
    return options[0] if len(options) == 1 else ev.one_of(options, f"self.{name} is set in several methods")


def before_construction(
    ev: Evaluator, instance: Instance, line: Sequence[Base], name: str, at: Location
) -> Value | None:
    """Return what an attribute holds before any method of the object ran; None when it is not there."""
    given = constructed(instance, tuple(line), name)
    for one in line:
        if not isinstance(one, ClassSymbol):
            continue
        value = in_body(ev, one, name)
        if value is None:
            continue
        taken = bound(value, instance)
        if isinstance(taken, Reference) and isinstance(taken.target, FunctionSymbol):
            if decorators(taken.target.node) & PROPERTIES:
                return ev.apply(taken, Arguments((), {}, at, ""), None)
            return taken
        return given if given is not None else _default(ev, one, line, name, taken)
    return given


def _default(ev: Evaluator, owner: ClassSymbol, line: Sequence[Base], name: str, value: Value) -> Value:
    default = field_default(ev, value)
    unknown = [b for b in line if isinstance(b, str) and b not in ev.models.classes and b not in _PLAIN_BASES]
    filling = next((b for b in unknown if _FILLS_ITSELF.search(b)), None)
    if filling is not None and name in annotated(owner):
        return Branch(
            None, Unknown(f"{filling} may set `{name}`", at=default.at), default, filling, at=default.at
        )
    return default


def _constructed(
    ev: Evaluator, instance: Instance, own: list[ClassSymbol], name: str, initial: Value | None
) -> Value | None:
    """Return what an attribute holds when the constructor has ended."""
    arguments = instance.frame.arguments if isinstance(instance.frame, Construction) else None
    value = initial
    for kind in ("__init__", *FINISHERS):
        value = _run_constructor(ev, instance, own, kind, name, value, arguments)
    return value


def _run_constructor(  # noqa: PLR0913, PLR0917 - an object, its classes, and one attribute
    ev: Evaluator,
    instance: Instance,
    own: list[ClassSymbol],
    kind: str,
    name: str,
    initial: Value | None,
    arguments: Arguments | None,
) -> Value | None:
    """Follow the nearest `__init__` of the line, and first the one above that it calls."""
    for index, owner in enumerate(own):
        method = next((m for m in methods(owner) if m.name == kind), None)
        if method is None:
            continue
        above = _call_above(method)
        if above is not None and own[index + 1 :]:
            scope = _called(ev, instance, owner, method, name, initial, arguments)
            given = binding.arguments_of(ev, above, Point(scope, above))
            if dotted(above.func).partition(".")[0] != "":
                given = Arguments(given.positional[1:], given.keywords, given.at, given.text, given.partial)
            initial = _run_constructor(ev, instance, own[index + 1 :], kind, name, initial, given)
        target = f"{first_parameter(method)}.{name}"
        if target in changed_in(method):
            scope = _called(ev, instance, owner, method, name, initial, arguments)
            return Flow(ev, scope).value_of(target, initial, None)
        return initial
    return initial


def _call_above(method: Method) -> ast.Call | None:
    """Return the call `super().__init__(…)` (or `Base.__init__(self, …)`) in a constructor."""
    for node in own_nodes(method.body):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == method.name
        ):
            return node
    return None


def _set_by(  # noqa: PLR0913, PLR0917 - an object, one method, and one attribute
    ev: Evaluator, instance: Instance, owner: ClassSymbol, method: Method, name: str, value: Value | None
) -> Value | None:
    """Return what another method leaves in an attribute; None when it leaves it alone."""
    if not method.args.args or f"{first_parameter(method)}.{name}" not in changed_in(method):
        return None
    scope = ev.scope_of(owner.scope.module, method, owner.scope)
    bindings: dict[str, Value] = {p.arg: Unknown(f"parameter `{p.arg}`") for p in parameters(method)[1:]}
    bindings[first_parameter(method)] = _pending(instance, name, value)
    start = value if value is not None else Unknown(f"`self.{name}` is not set yet")
    target = f"{first_parameter(method)}.{name}"
    return Flow(ev, scope.called_with(bindings)).value_of(target, start, None)


def _called(  # noqa: PLR0913, PLR0917 - an object, one method, and one attribute
    ev: Evaluator,
    instance: Instance,
    owner: ClassSymbol,
    method: Method,
    name: str,
    initial: Value | None,
    arguments: Arguments | None,
) -> Scope:
    scope = ev.scope_of(owner.scope.module, method, owner.scope)
    receiver = _pending(instance, name, initial)
    if arguments is None:
        bindings = {p.arg: ev.parameter(p.arg, scope) for p in parameters(method)[1:]}
        return scope.called_with({**bindings, first_parameter(method): receiver})
    if method.name != "__init__":
        arguments = Arguments((), {}, arguments.at, "", partial=len(parameters(method)) > 1)
    return scope.called_with(binding.bind(ev, scope, arguments, receiver))


def held_before(value: Value, name: str) -> Value | None:
    """Return what an attribute held before the method that sets it, while that is being worked out."""
    frame = value.frame if isinstance(value, Instance) else None
    if not isinstance(frame, Construction) or name not in frame.pending:
        return None
    return frame.pending[name] or Unknown(f"`self.{name}` is not set yet")


def _pending(instance: Instance, name: str, initial: Value | None) -> Instance:
    frame = instance.frame
    if not isinstance(frame, Construction):
        return instance
    waiting = replace(frame, pending={**frame.pending, name: initial})
    return Instance(instance.name, instance.target, waiting, at=instance.at)


def _asked_for(ev: Evaluator, instance: Instance, line: Sequence[Base], name: str, at: Location) -> Value:
    """Return what `__getattr__` makes of a name that nothing else holds."""
    for one in line:
        method = in_body(ev, one, "__getattr__") if isinstance(one, ClassSymbol) else None
        taken = bound(method, instance) if method is not None else None
        if isinstance(taken, Reference) and isinstance(taken.target, FunctionSymbol):
            return ev.apply(taken, Arguments((Literal(name, at=at),), {}, at, ""), None)
    outside_bases = [b for b in line if isinstance(b, str) and b != "builtins.object"]
    shown = outside_bases[0] if outside_bases else instance.name.rpartition(".")[2]
    return Unknown(f"`{name}` of {shown} is not followed", at=at)
