"""Reading a field's annotation: the type it names, and what `Annotated[...]` adds to it."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from deploycheck.facts.settings.pydantic_settings import kinds
from deploycheck.facts.settings.pydantic_settings.aliases import definition
from deploycheck.facts.settings.pydantic_settings.extras import split_extras
from deploycheck.facts.settings.pydantic_settings.kinds import Kind, collection, nullable, union, unknown
from deploycheck.facts.settings.pydantic_settings.named import COLLECTIONS, enum_type, library_type
from deploycheck.python.classes import ENUMS, inherits
from deploycheck.python.scopes import ClassSymbol, Point
from deploycheck.python.syntax import nodes_in
from deploycheck.python.values import Literal, Reference, Value, peel

if TYPE_CHECKING:
    from deploycheck.python.evaluator import Evaluator

MAX_NESTED = 8
MODELS = (
    "pydantic.BaseModel",
    "pydantic.v1.BaseModel",
    "pydantic_settings.BaseSettings",
    "pydantic.BaseSettings",
    "pydantic.v1.BaseSettings",
)
"""The classes below which a class is a model; the last three are settings."""


@dataclass(frozen=True, slots=True)
class Annotation:
    """A field's type, the extras of `Annotated`, and the project's model that it nests, if it does."""

    kind: Kind
    extras: tuple[Value, ...] = ()
    nested: ClassSymbol | None = None
    optional: bool = False


def read(ev: Evaluator, node: ast.expr, point: Point, depth: int = 0) -> Annotation:
    """Return what an annotation means; a type that is not followed gives an unknown kind."""
    text = point.module.source(node)
    if depth > MAX_NESTED:
        return Annotation(unknown(text))
    match node:
        case ast.Constant(value=None):
            found = Annotation(Kind("None", {"type": "none"}), optional=True)
        case ast.Constant(value=str(quoted)):
            found = _quoted(ev, quoted, node, point, depth)
        case ast.BinOp(op=ast.BitOr()):
            found = _union(ev, _members(node), point, depth)
        case ast.Subscript():
            found = _subscripted(ev, node, point, depth)
        case ast.Name() | ast.Attribute():
            found = _named(ev, node, point, depth)
        case _:
            found = Annotation(unknown(text))
    return found


def _quoted(ev: Evaluator, text: str, node: ast.expr, point: Point, depth: int) -> Annotation:
    try:
        inner = ast.parse(text.strip(), mode="eval").body
    except SyntaxError:
        return Annotation(unknown(text))
    for child in nodes_in(inner):
        ast.copy_location(child, node)
    return read(ev, inner, point, depth + 1)


def _members(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return [*_members(node.left), *_members(node.right)]
    return [node]


def _union(ev: Evaluator, nodes: list[ast.expr], point: Point, depth: int) -> Annotation:
    parts = [read(ev, n, point, depth + 1) for n in nodes]
    given = [p for p in parts if not _is_none(p)]
    kinds_ = tuple(_with_inner_extras(p) for p in given)
    joined = kinds_[0] if len(kinds_) == 1 else union(kinds_)
    optional = len(given) < len(parts) or any(p.optional for p in given)
    nested = next((p.nested for p in given if p.nested is not None), None)
    if len(given) > 1 and nested is not None:
        nested = None
        joined = replace(joined, schema=None)
    return Annotation(nullable(joined) if len(given) < len(parts) else joined, (), nested, optional)


def _is_none(part: Annotation) -> bool:
    return part.kind.schema == {"type": "none"}


def _with_inner_extras(part: Annotation) -> Kind:
    """Return the kind of an inner `Annotated`: unknown when its extras would change the value."""
    constraints, validators, ok = split_extras(part.extras)
    return (
        kinds.constrained(part.kind, constraints)
        if ok and not validators
        else replace(part.kind, schema=None)
    )


def _named(ev: Evaluator, node: ast.expr, point: Point, depth: int) -> Annotation:
    text = point.module.source(node)
    found = peel(ev.evaluate(node, point))
    if isinstance(found, Reference) and isinstance(found.target, ClassSymbol):
        return _project_class(ev, found.target)
    if isinstance(found, Reference):
        return Annotation(library_type(found.name, text))
    alias = definition(ev, node, point)
    return read(ev, alias[0], alias[1], depth + 1) if alias is not None else Annotation(unknown(text))


def _project_class(ev: Evaluator, symbol: ClassSymbol) -> Annotation:
    text = symbol.node.name
    if inherits(ev, symbol, *ENUMS):
        return Annotation(enum_type(ev, symbol))
    if inherits(ev, symbol, *MODELS):
        return Annotation(unknown(text, decoded=True), nested=symbol)
    return Annotation(
        unknown(text, decoded=any("dataclass" in ast.unparse(d) for d in symbol.node.decorator_list))
    )


def _subscripted(ev: Evaluator, node: ast.Subscript, point: Point, depth: int) -> Annotation:
    text = point.module.source(node)
    outer = peel(ev.evaluate(node.value, point))
    name = outer.name if isinstance(outer, Reference) else ""
    tail = name.rpartition(".")[2]
    inner = _inner(node)
    standard = name.partition(".")[0] in {"builtins", "typing", "collections"}
    match tail:
        case "Annotated":
            found = read(ev, inner[0], point, depth + 1)
            extras = tuple(ev.evaluate(e, point) for e in inner[1:])
            found = replace(found, extras=(*found.extras, *extras))
        case "Optional":
            found = _union(ev, [*inner, ast.copy_location(ast.Constant(None), node)], point, depth)
        case "Union":
            found = _union(ev, inner, point, depth)
        case "Literal":
            found = Annotation(_literal(ev, inner, point, text))
        case "Final":
            found = read(ev, inner[0], point, depth + 1)
        case _ if standard and COLLECTIONS.get(tail):
            found = Annotation(_collection(ev, COLLECTIONS[tail], node, point, depth))
        case _:
            found = Annotation(unknown(text, decoded=tail in COLLECTIONS))
    return found


def _inner(node: ast.Subscript) -> list[ast.expr]:
    return node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]


def _collection(ev: Evaluator, shape: str, node: ast.Subscript, point: Point, depth: int) -> Kind:
    text = point.module.source(node)
    inner = _inner(node)
    variadic = len(inner) == 2 and isinstance(inner[1], ast.Constant) and inner[1].value is Ellipsis  # noqa: PLR2004
    if shape == "tuple" and not variadic:
        return unknown(text, decoded=True)
    parts = [read(ev, n, point, depth + 1) for n in (inner[:1] if variadic else inner)]
    if any(p.nested is not None for p in parts) or len(parts) != (2 if shape == "dict" else 1):
        return unknown(text, decoded=True)
    return collection(shape, text, tuple(_with_inner_extras(p) for p in parts))


def _literal(ev: Evaluator, inner: list[ast.expr], point: Point, text: str) -> Kind:
    expected = [ev.evaluate(n, point) for n in inner]
    plain = [v.data for v in expected if isinstance(v, Literal)]
    if len(plain) != len(expected):
        return unknown(text)
    return Kind(text, {"type": "literal", "expected": plain})
