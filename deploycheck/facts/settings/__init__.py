"""What libraries of settings mean, one file a library: `MODELS` teaches all of them to the evaluator."""

from __future__ import annotations

from deploycheck.facts.settings import (
    decouple,
    dependencies,
    django_environ,
    dynaconf,
    environs,
    instances,
    pydantic_settings,
    starlette_config,
    urls,
)
from deploycheck.facts.settings.files import LoadedFile, loaded_env_files, settings_classes
from deploycheck.facts.settings.merging import merged
from deploycheck.facts.settings.pydantic_settings.guards import Guard, failures, guards

MODELS = merged(
    instances.MODELS,
    pydantic_settings.MODELS,
    starlette_config.MODELS,
    environs.MODELS,
    decouple.MODELS,
    django_environ.MODELS,
    dynaconf.MODELS,
    urls.MODELS,
    dependencies.MODELS,
)

__all__ = ["MODELS", "Guard", "LoadedFile", "failures", "guards", "loaded_env_files", "settings_classes"]
