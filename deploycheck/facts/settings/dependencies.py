"""FastAPI's `Depends(get_settings)`: a parameter gets what the dependency returns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploycheck.python import calling
from deploycheck.python.models import Models

if TYPE_CHECKING:
    from deploycheck.python.evaluator import Evaluator
    from deploycheck.python.values import Made, Value


def depends(ev: Evaluator, made: Made) -> Value | None:
    """Return what the dependency gives when the framework calls it."""
    dependency = made.argument(0, "dependency")
    return calling.call_value(ev, dependency, made.at) if dependency is not None else None


MODELS = Models(
    defaults=dict.fromkeys(
        ("fastapi.Depends", "fastapi.param_functions.Depends", "fastapi.Security"), depends
    )
)
