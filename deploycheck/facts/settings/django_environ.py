"""django-environ: `env = environ.Env(DEBUG=(bool, False))`, `env("DEBUG")`, `env.list("HOSTS")`."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from deploycheck.facts.settings.casts import Casts, Pure, not_followed
from deploycheck.facts.settings.defaults import DefaultText, is_default, marked, unmarked
from deploycheck.python.errors import NotKnownError
from deploycheck.python.models import CallModel, Models
from deploycheck.python.values import (
    Listing,
    Literal,
    Made,
    Operation,
    Reference,
    Unknown,
    Value,
    Variable,
    peel,
)

if TYPE_CHECKING:
    from deploycheck.python.evaluator import Evaluator
    from deploycheck.python.models import Arguments
    from deploycheck.python.values import Data

_TRUE = ("true", "on", "ok", "y", "yes", "1")


def reader(kind: str) -> CallModel:
    """Return the model of `env.KIND("NAME", default=…)`; an equal default is handed on as it is."""

    def read(ev: Evaluator, callee: Value, arguments: Arguments) -> Value | None:
        made = (
            callee if isinstance(callee, Made) else callee.receiver if isinstance(callee, Reference) else None
        )
        key = ev.constant(arguments.get(0, "var") or Literal(None))
        if not isinstance(key, str) or arguments.partial or not isinstance(made, Made) or made.partial:
            return Unknown("the variable's name is worked out at run time", at=arguments.at)
        cast = (
            Reference(f"builtins.{kind}")
            if kind in _NATIVE
            else arguments.get(1, "cast")
            if not kind
            else None
        )
        default = arguments.get(None, "default") or (arguments.get(1) if kind in _DEFAULT_SECOND else None)
        scheme = made.argument(None, key)
        if scheme is not None:
            described = peel(scheme)
            if isinstance(described, Listing) and len(described.items) == 2:  # noqa: PLR2004 - (cast, default)
                cast = cast if cast is not None else described.items[0]
                default = default if default is not None else described.items[1]
            elif cast is None:
                cast = scheme
        return _value(kind, key, cast, default, arguments)

    return read


def _value(kind: str, key: str, cast: Value | None, default: Value | None, arguments: Arguments) -> Value:
    name = f"env.{kind}" if kind else "env"
    source = Variable((key,), None if default is None else marked(default), name, at=arguments.at)
    function = _function(kind, cast, default, arguments)

    def apply(data: Data) -> Data:
        text = str(data) if isinstance(data, (str, DefaultText)) else ""
        if text.startswith("$"):
            raise NotKnownError("it names another variable")
        return unmarked(data) if is_default(data) else function(data)

    return Operation(apply, (source,), kind or "its cast", at=arguments.at)


def _function(kind: str, cast: Value | None, default: Value | None, arguments: Arguments) -> Pure:
    """Return what makes the value of a text; what is not understood gives a function that says so."""
    if arguments.keywords.keys() - {"var", "default", "cast"} or (kind and kind not in {*_CASTS, *_NATIVE}):
        return not_followed
    if kind in _CASTS:
        each = arguments.get(1, "cast") if kind == "list" else None
        return _CASTS[kind] if each is None else not_followed
    if cast is not None:
        return _cast(cast)
    return str if default is None else _smart(peel(default))


def _cast(cast: Value) -> Pure:
    found = peel(cast)
    if isinstance(found, Listing):
        each = CASTS.function(found.items[0]) if found.kind == "list" and len(found.items) == 1 else None
        return _Each(each) if each is not None else not_followed
    return CASTS.function(found) or not_followed


def _smart(default: Value) -> Pure:
    """Return the cast to the default's type, which the library makes when none is asked for."""
    match default:
        case Literal(data=None):
            return _or_none
        case Literal(data=data):
            return _cast(Reference(f"builtins.{type(data).__name__}"))
        case Listing(kind=kind):
            return _cast(Reference(f"builtins.{kind}"))
    return not_followed


class _Each:
    def __init__(self, cast: Pure) -> None:
        self.cast = cast

    def __call__(self, text: str) -> Data:
        return [self.cast(item) for item in text.split(",") if item]


def _or_none(text: str) -> Data:
    return text or None


def _bool(text: str) -> Data:
    try:
        return int(text) != 0
    except ValueError:
        return text.lower().strip() in _TRUE


def _float(text: str) -> Data:
    parts = re.split(r"[,.]", re.sub(r"[^\d,.-]", "", text))
    return float(parts[0] if len(parts) == 1 else f"{''.join(parts[:-1])}.{parts[-1]}")


def _list(text: str) -> Data:
    return [item for item in text.split(",") if item]


def _tuple(text: str) -> Data:
    return tuple(item for item in text.strip("(").strip(")").split(",") if item)


def _dict(text: str) -> Data:
    return dict(item.split("=", 1) for item in text.split(",") if item)


_NATIVE = frozenset({"str", "bool", "int", "float"})
_CASTS: dict[str, Pure] = {"json": json.loads, "list": _list, "tuple": _tuple, "dict": _dict}
_DEFAULT_SECOND = _NATIVE | {"json", "url", "db", "db_url", "cache", "path"}
CASTS = Casts(
    {
        "builtins.bool": _bool,
        "builtins.float": _float,
        "builtins.list": _list,
        "builtins.tuple": _tuple,
        "builtins.dict": _dict,
    }
)
_URLS = {"db": "DATABASE_URL", "db_url": "DATABASE_URL", "cache": "CACHE_URL", "cache_url": "CACHE_URL"}


def url_reader(kind: str) -> CallModel:
    """Return the model of `env.db()`: a variable with a name of its own, whose parts are not followed."""
    read = reader(kind)

    def named(ev: Evaluator, callee: Value, arguments: Arguments) -> Value | None:
        if arguments.get(0, "var") is not None:
            return read(ev, callee, arguments)
        default = arguments.get(None, "default")
        source = Variable((_URLS[kind],), default, f"env.{kind}", at=arguments.at)
        return Operation(not_followed, (source,), f"env.{kind}()", at=arguments.at)

    return named


_PLAIN = ("", *sorted(_NATIVE), *_CASTS, "url", "path", "bytes")
MODELS = Models(
    calls={(f"environ.Env().{k}" if k else "environ.Env()"): reader(k) for k in _PLAIN}
    | {f"environ.Env().{k}": url_reader(k) for k in _URLS}
)
