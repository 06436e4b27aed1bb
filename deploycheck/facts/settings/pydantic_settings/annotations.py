"""Reading a field's annotation: the type it names, and what `Annotated[...]` adds to it."""

from __future__ import annotations

import ast
import enum
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from deploycheck.facts.settings.pydantic_settings import kinds
from deploycheck.facts.settings.pydantic_settings.aliases import definition
from deploycheck.facts.settings.pydantic_settings.kinds import Kind, collection, nullable, union, unknown
from deploycheck.facts.settings.pydantic_settings.urls import URL_SCHEMAS
from deploycheck.python.classes import ENUMS, ancestry, inherits, members
from deploycheck.python.errors import NotKnownError
from deploycheck.python.scopes import ClassSymbol, Point
from deploycheck.python.values import Literal, Made, Reference, Value, peel

if TYPE_CHECKING:
    from deploycheck.python.evaluator import Evaluator

MAX_NESTED = 8
MODELS = ("pydantic.BaseModel", "pydantic_settings.BaseSettings", "pydantic.BaseSettings", "pydantic.v1.BaseSettings", "pydantic.v1.BaseModel")  # fmt: skip

_SIMPLE: dict[str, dict[str, Any]] = {
    "builtins.int": {"type": "int"},
    "builtins.float": {"type": "float"},
    "builtins.bool": {"type": "bool"},
    "builtins.str": {"type": "str"},
    "builtins.object": {"type": "any"},
    "typing.Any": {"type": "any"},
    "PositiveInt": {"type": "int", "gt": 0},
    "NonNegativeInt": {"type": "int", "ge": 0},
    "NegativeInt": {"type": "int", "lt": 0},
    "NonPositiveInt": {"type": "int", "le": 0},
    "PositiveFloat": {"type": "float", "gt": 0},
    "NonNegativeFloat": {"type": "float", "ge": 0},
    "StrictStr": {"type": "str", "strict": True},
}
_COLLECTIONS = {
    "list": "list",
    "List": "list",
    "Sequence": "list",
    "Iterable": "",
    "set": "set",
    "Set": "set",
    "frozenset": "frozenset",
    "FrozenSet": "frozenset",
    "tuple": "tuple",
    "Tuple": "tuple",
    "dict": "dict",
    "Dict": "dict",
    "Mapping": "dict",
}


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
            return Annotation(Kind("None", {"type": "none"}), optional=True)
        case ast.Constant(value=str(quoted)):
            return _quoted(ev, quoted, node, point, depth)
        case ast.BinOp(op=ast.BitOr()):
            return _union(ev, _members(node), point, depth)
        case ast.Subscript():
            return _subscripted(ev, node, point, depth)
        case ast.Name() | ast.Attribute():
            return _named(ev, node, point, depth)
    return Annotation(unknown(text))


def _quoted(ev: Evaluator, text: str, node: ast.expr, point: Point, depth: int) -> Annotation:
    try:
        inner = ast.parse(text.strip(), mode="eval").body
    except SyntaxError:
        return Annotation(unknown(text))
    for child in ast.walk(inner):
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
        return Annotation(_library_type(found.name, text))
    alias = definition(ev, node, point)
    return read(ev, alias[0], alias[1], depth + 1) if alias is not None else Annotation(unknown(text))


def _library_type(name: str, text: str) -> Kind:
    tail = name.rpartition(".")[2]
    root = name.partition(".")[0]
    if name in _SIMPLE:
        return Kind(text, _SIMPLE[name])
    if tail in _COLLECTIONS and root in {"builtins", "typing", "collections"}:
        shape = _COLLECTIONS[tail]
        return collection(shape, text, ()) if shape else unknown(text, decoded=True)
    if root == "pydantic":
        if tail in _SIMPLE:
            return Kind(text, _SIMPLE[tail])
        if tail in URL_SCHEMAS:
            return Kind(text, URL_SCHEMAS[tail], exact=False)
        if tail == "SecretStr":
            return Kind(text, {"type": "str"}, exact=False)
        if tail == "EmailStr":
            return Kind(text, _checked(_email), exact=True)
    if name == "pathlib.Path":
        return Kind(text, _checked(_path), exact=True)
    return unknown(text)


def _checked(function: Any) -> dict[str, Any]:
    return {"type": "function-plain", "function": {"type": "no-info", "function": function}}


def _email(data: Any) -> Any:
    local, at, domain = data.rpartition("@") if isinstance(data, str) else ("", "", "")
    if not (at and local and "." in domain) or any(c.isspace() for c in data):
        raise ValueError("not an e-mail address")
    if domain != domain.lower() or not data.isascii():
        raise NotKnownError("how the address is normalised is not followed")
    return data


def _path(data: Any) -> Any:
    from pathlib import PurePosixPath

    if not isinstance(data, (str, PurePosixPath)):
        raise TypeError("not a path")
    return PurePosixPath(data)


def _project_class(ev: Evaluator, symbol: ClassSymbol) -> Annotation:
    text = symbol.node.name
    if inherits(ev, symbol, *ENUMS):
        return Annotation(_enum(ev, symbol))
    if inherits(ev, symbol, *MODELS):
        return Annotation(unknown(text, decoded=True), nested=symbol)
    return Annotation(
        unknown(text, decoded=any("dataclass" in ast.unparse(d) for d in symbol.node.decorator_list))
    )


def _enum(ev: Evaluator, symbol: ClassSymbol) -> Kind:
    values = {name: peel(v) for name, v in members(ev, symbol).items()}
    bases = {b for b in ancestry(ev, symbol) if isinstance(b, str)}
    plain = {name: v.data for name, v in values.items() if isinstance(v, Literal)}
    custom = any(isinstance(s, ast.FunctionDef) and s.name == "_missing_" for s in symbol.node.body)
    if len(plain) != len(values) or not plain or custom:
        return unknown(symbol.node.name)
    sub_type = (
        "str"
        if bases & {"builtins.str", "enum.StrEnum"}
        else "int"
        if bases & {"builtins.int", "enum.IntEnum"}
        else None
    )
    if sub_type is None and bases & {"enum.Flag", "enum.IntFlag"}:
        return unknown(symbol.node.name)
    base = {"str": enum.StrEnum, "int": enum.IntEnum}.get(sub_type or "", enum.Enum)
    made: Any = base(symbol.node.name, plain)  # type: ignore[operator]
    schema = {"type": "enum", "cls": made, "members": list(made.__members__.values())}
    if sub_type is not None:
        schema["sub_type"] = sub_type
    return Kind(symbol.node.name, schema, exact=sub_type is not None)


def _subscripted(ev: Evaluator, node: ast.Subscript, point: Point, depth: int) -> Annotation:
    text = point.module.source(node)
    outer = peel(ev.evaluate(node.value, point))
    name = outer.name if isinstance(outer, Reference) else ""
    tail = name.rpartition(".")[2]
    inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    match tail:
        case "Annotated":
            found = read(ev, inner[0], point, depth + 1)
            extras = tuple(ev.evaluate(e, point) for e in inner[1:])
            return replace(found, extras=(*found.extras, *extras))
        case "Optional":
            return _union(ev, [*inner, ast.copy_location(ast.Constant(None), node)], point, depth)
        case "Union":
            return _union(ev, inner, point, depth)
        case "Literal":
            return Annotation(_literal(ev, inner, point, text))
        case "Final" | "Required":
            return read(ev, inner[0], point, depth + 1)
    if name.partition(".")[0] in {"builtins", "typing", "collections"} and _COLLECTIONS.get(tail):
        return Annotation(_collection(ev, _COLLECTIONS[tail], inner, point, text, depth))
    return Annotation(unknown(text, decoded=tail in _COLLECTIONS))


def _collection(
    ev: Evaluator, shape: str, inner: list[ast.expr], point: Point, text: str, depth: int
) -> Kind:
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


_HARMLESS = {"Doc", "Description", "Examples", "Tag"}
_CONSTRAINTS = {
    "Ge": "ge",
    "Gt": "gt",
    "Le": "le",
    "Lt": "lt",
    "MinLen": "min_length",
    "MaxLen": "max_length",
}
_FIELD_CONSTRAINTS = ("ge", "gt", "le", "lt", "multiple_of", "min_length", "max_length", "pattern", "strict")


def split_extras(extras: tuple[Value, ...]) -> tuple[dict[str, Any], list[tuple[str, Value]], bool]:
    """Return the constraints, the validators as (mode, function), and whether every extra is understood."""
    constraints: dict[str, Any] = {}
    validators: list[tuple[str, Value]] = []
    understood = True
    for extra in extras:
        found = peel(extra)
        tail = _tail(found)
        if tail in {"BeforeValidator", "AfterValidator"} and isinstance(found, Made):
            function = found.argument(0, "func")
            if function is not None:
                validators.append((tail.removesuffix("Validator").lower(), function))
        elif tail == "Field" and isinstance(found, Made):
            constraints |= field_constraints(found)
        elif tail in _CONSTRAINTS and isinstance(found, Made) and isinstance(found.argument(0), Literal):
            constraints[_CONSTRAINTS[tail]] = found.argument(0).data  # type: ignore[union-attr]
        elif tail in {"NoDecode", "ForceDecode"} or tail in _HARMLESS or isinstance(found, Literal):
            continue
        else:
            understood = False
    return constraints, validators, understood


def decoding(kind: Kind, extras: tuple[Value, ...]) -> Kind:
    """Return the kind as `NoDecode` and `ForceDecode` among the extras have it decoded."""
    tails = {_tail(peel(e)) for e in extras}
    if "NoDecode" in tails:
        return replace(kind, decoded=False)
    return replace(kind, decoded=True, tolerant=False) if "ForceDecode" in tails else kind


def field_constraints(field: Made) -> dict[str, Any]:
    """Return the constraints among the arguments of `Field(...)` that are plain in the code."""
    found = {name: field.argument(None, name) for name in _FIELD_CONSTRAINTS}
    return {
        name: v.data
        for name, v in ((n, peel(v)) for n, v in found.items() if v is not None)
        if isinstance(v, Literal)
    }


def _tail(value: Value) -> str:
    match value:
        case Made():
            return value.callee.rpartition(".")[2]
        case Reference():
            return value.name.rpartition(".")[2]
    return ""
