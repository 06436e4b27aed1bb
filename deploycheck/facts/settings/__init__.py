"""What libraries of settings mean, one file a library: `MODELS` teaches all of them to the evaluator."""

from __future__ import annotations

from deploycheck.facts.settings import (
    decouple,
    django_environ,
    environs,
    instances,
    pydantic_settings,
    starlette_config,
)
from deploycheck.facts.settings.merging import merged

MODELS = merged(
    instances.MODELS,
    pydantic_settings.MODELS,
    starlette_config.MODELS,
    environs.MODELS,
    decouple.MODELS,
    django_environ.MODELS,
)

__all__ = ["MODELS"]
