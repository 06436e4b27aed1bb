"""starlette: `config = Config(".env")`, `config("DEBUG", cast=bool, default=False)`."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from deploycheck.facts.settings.casts import Casts, same
from deploycheck.python import operations
from deploycheck.python.models import Models
from deploycheck.python.values import (
    Branch,
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

_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


def read(ev: Evaluator, callee: Value, arguments: Arguments) -> Value | None:
    """Return what `config("NAME", cast=…, default=…)` gives."""
    config = (
        callee if isinstance(callee, Made) else callee.receiver if isinstance(callee, Reference) else None
    )
    key = ev.constant(arguments.get(0, "key") or Literal(None))
    if not isinstance(config, Made) or not isinstance(key, str) or arguments.partial:
        return Unknown("the variable's name is worked out at run time", at=arguments.at)
    prefix = ev.constant(config.argument(2, "env_prefix") or Literal(""))
    if config.partial or config.argument(1, "environ") is not None or not isinstance(prefix, str):
        return Unknown("the Config reads an environment of its own", at=arguments.at)
    default = arguments.get(2, "default")
    source = Variable((prefix + key,), default, "Config", at=arguments.at)
    cast = arguments.get(1, "cast")
    if cast is None or _is_none(cast):
        return source
    value = CASTS.apply(ev, cast, source, arguments.at)
    if default is not None and _is_none(default):
        test = Operation(operations.is_none, (source,), "is None", at=arguments.at)
        return Branch(test, source, value, "", at=arguments.at)
    return value


def _is_none(value: Value) -> bool:
    found = peel(value)
    return isinstance(found, Literal) and found.data is None


def _bool(data: Data) -> Data:
    if not isinstance(data, str):
        return bool(data)
    if data.lower() not in _BOOLEANS:
        raise ValueError("not a valid bool")
    return _BOOLEANS[data.lower()]


def _comma_separated(data: Data) -> Data:
    if not isinstance(data, str):
        return list(data)  # type: ignore[call-overload]
    splitter = shlex.shlex(data, posix=True)
    splitter.whitespace = ","
    splitter.whitespace_split = True
    return [item.strip() for item in splitter]


CASTS = Casts(
    {
        "builtins.bool": _bool,
        "starlette.datastructures.CommaSeparatedStrings": _comma_separated,
        "starlette.datastructures.Secret": str,
        "starlette.datastructures.URL": same,
        "databases.DatabaseURL": same,
    }
)

MODELS = Models(
    calls={
        "starlette.config.Config()": read,
        "starlette.config.Config().get": read,
        "starlette.datastructures.CommaSeparatedStrings": lambda ev, _, arguments: (
            CASTS.apply(
                ev,
                Reference("starlette.datastructures.CommaSeparatedStrings"),
                arguments.positional[0],
                arguments.at,
            )
            if len(arguments.positional) == 1
            else None
        ),
    }
)
