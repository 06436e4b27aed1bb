"""environs: `env = Env()`, `env.int("PORT", 8000)`, `with env.prefixed("APP_"):`."""

from __future__ import annotations

import ast
import json
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from deploycheck.facts.settings.casts import Casts, Pure, not_followed
from deploycheck.facts.settings.defaults import is_default, marked, unmarked
from deploycheck.python.models import CallModel, Models
from deploycheck.python.syntax import nodes_in
from deploycheck.python.values import Literal, Made, Operation, Reference, Unknown, Value, Variable

if TYPE_CHECKING:
    from deploycheck.findings import Location
    from deploycheck.python.evaluator import Evaluator
    from deploycheck.python.models import Arguments
    from deploycheck.python.values import Data

_TRUE = frozenset({"t", "T", "true", "True", "TRUE", "on", "On", "ON", "y", "Y", "yes", "Yes", "YES", "1"})
_FALSE = frozenset(
    {"f", "F", "false", "False", "FALSE", "off", "Off", "OFF", "n", "N", "no", "No", "NO", "0"}
)
_KNOWN = frozenset({"name", "default", "subcast", "delimiter", "subcast_keys", "subcast_values"})


def reader(kind: str) -> CallModel:
    """Return the model of `env.KIND("NAME", default)`; a default is handed on as it is."""

    def read(ev: Evaluator, callee: Value, arguments: Arguments) -> Value | None:
        made = (
            callee if isinstance(callee, Made) else callee.receiver if isinstance(callee, Reference) else None
        )
        key = ev.constant(arguments.get(0, "name") or Literal(None))
        if not isinstance(key, str) or arguments.partial or not isinstance(made, Made):
            return Unknown("the variable's name is worked out at run time", at=arguments.at)
        prefix = _prefix(ev, made, arguments.at)
        if prefix is None:
            return Unknown("a prefix that is not followed", at=arguments.at)
        default = arguments.get(1, "default")
        name = f"env.{kind}" if kind else "env"
        source = Variable(
            (prefix + key,), None if default is None else marked(default), name, at=arguments.at
        )
        function = _function(ev, kind, arguments)
        return Operation(_unless_default(function), (source,), kind or "its text", at=arguments.at)

    return read


def _unless_default(function: Pure) -> Pure:
    def apply(data: Data) -> Data:
        return unmarked(data) if is_default(data) else function(data)

    return apply


def _function(ev: Evaluator, kind: str, arguments: Arguments) -> Pure:
    """Return what makes the value of a text; `validate=` and other extras are not followed."""
    if not arguments.keywords.keys() <= _KNOWN:
        return not_followed
    if kind == "list":
        delimiter = ev.constant(arguments.get(None, "delimiter") or Literal(","))
        subcast = arguments.get(2, "subcast")
        each = CASTS.function(subcast) if subcast is not None else str
        if each is None or not isinstance(delimiter, str):
            return not_followed
        return lambda text: [each(item) for item in text.split(delimiter)] if text else []
    if len(arguments.positional) > 2 or arguments.keywords.keys() - {"name", "default"}:  # noqa: PLR2004
        return not_followed
    return _KINDS.get(kind, not_followed)


def _bool(text: str) -> Data:
    if text not in _TRUE | _FALSE:
        raise ValueError("not a valid boolean")
    return text in _TRUE


def _dict(text: str) -> Data:
    pairs = [item.split("=", 1) for item in text.split(",")] if text else []
    return {key.strip(): value.strip() for key, value in pairs}


_KINDS: dict[str, Pure] = {
    "": str,
    "str": str,
    "int": int,
    "float": float,
    "bool": _bool,
    "json": json.loads,
    "dict": _dict,
    "path": PurePosixPath,
}
_OTHERS = (
    "url",
    "enum",
    "decimal",
    "log_level",
    "datetime",
    "date",
    "time",
    "timedelta",
    "uuid",
    "dj_db_url",
)
CASTS = Casts({"builtins.bool": _bool})


def _prefix(ev: Evaluator, made: Made, at: Location) -> str | None:
    """Return the prefix of `Env(prefix=…)` and of the `with env.prefixed(…)` blocks around a place."""
    if made.partial or any(name not in {"prefix", "eager"} for name, _ in made.keywords):
        return None
    own = ev.constant(made.argument(None, "prefix") or Literal(""))
    module = ev.modules.at(at.path)
    if not isinstance(own, str) or module is None:
        return None
    for node in nodes_in(module.tree):
        if not isinstance(node, ast.With) or not node.lineno <= at.line <= (node.end_lineno or 0):
            continue
        for item in node.items:
            call = item.context_expr
            if (
                isinstance(call, ast.Call)
                and isinstance(call.func, ast.Attribute)
                and call.func.attr == "prefixed"
            ):
                first = call.args[0] if call.args else None
                if not isinstance(first, ast.Constant) or not isinstance(first.value, str):
                    return None
                own += first.value
    return own


_READERS = {kind: reader(kind) for kind in (*_KINDS, *_OTHERS, "list")}
MODELS = Models(
    calls={(f"environs.Env().{kind}" if kind else "environs.Env()"): read for kind, read in _READERS.items()}
)
