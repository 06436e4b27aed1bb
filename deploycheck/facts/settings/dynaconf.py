"""dynaconf: `settings.PORT` is DYNACONF_PORT, else what its files say, which is not followed."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

from deploycheck.facts.settings.defaults import is_default, unmarked
from deploycheck.python.errors import NotKnownError
from deploycheck.python.models import Models
from deploycheck.python.values import Literal, Operation, Unknown, Value, Variable

if TYPE_CHECKING:
    from deploycheck.findings import Location
    from deploycheck.python.evaluator import Evaluator
    from deploycheck.python.values import Data, Made


def attribute(ev: Evaluator, made: Made, name: str, at: Location) -> Value | None:
    """Return what `settings.NAME` is; names in small letters may be methods of dynaconf's own."""
    prefix = ev.constant(made.argument(None, "envvar_prefix") or Literal("DYNACONF"))
    if not name.isupper() or made.partial:
        return None
    if not isinstance(prefix, str):
        return Unknown("dynaconf reads variables without a prefix, or with one that is not followed", at=at)
    files = Unknown("dynaconf's own files may give it", at=at)
    variable = f"{prefix}_{name}" if prefix else name
    source = Variable((variable,), files, f"settings.{name}", at=at)
    return Operation(_parsed, (source,), "dynaconf's reading of it", at=at)


def _parsed(data: Data) -> Data:
    if is_default(data):
        return unmarked(data)
    assert isinstance(data, str)  # noqa: S101 - is_default tells
    if data.startswith("@") or "{" in data:
        raise NotKnownError("dynaconf converts it in a way that is not followed")
    lowered = data.lower() if data in {"True", "False"} else data
    try:
        return tomllib.loads(f"key = {lowered}")["key"]
    except tomllib.TOMLDecodeError:
        return data


MODELS = Models(attributes={"dynaconf.Dynaconf": attribute, "dynaconf.LazySettings": attribute})
