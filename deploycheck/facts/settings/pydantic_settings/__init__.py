"""pydantic-settings, and `BaseSettings` of pydantic 1: what the fields of a settings class are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploycheck.facts.settings.pydantic_settings.classes import CLASSES, dump
from deploycheck.python.models import Models

if TYPE_CHECKING:
    from deploycheck.python.evaluator import Evaluator
    from deploycheck.python.models import Arguments
    from deploycheck.python.values import Value


def same_data(ev: Evaluator, callee: Value, arguments: Arguments) -> Value | None:
    """Return the argument of `SecretStr(...)` and the like: the object stands for its text."""
    _ = ev, callee
    return arguments.get(0, "secret_value", "url")


_WRAPPERS = ("SecretStr", "SecretBytes", "types.SecretStr")
MODELS = Models(
    calls={
        "pydantic.BaseModel.model_dump": dump,
        **{f"{root}.{name}": same_data for name in _WRAPPERS for root in ("pydantic", "pydantic.v1")},
    },
    classes=CLASSES,
)

__all__ = ["MODELS"]
