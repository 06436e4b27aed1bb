"""What libraries of settings mean, one file a library: `MODELS` teaches all of them to the evaluator."""

from __future__ import annotations

from deploycheck.facts.settings import pydantic_settings
from deploycheck.facts.settings.merging import merged

MODELS = merged(pydantic_settings.MODELS)

__all__ = ["MODELS"]


def loaded_env_files(program, within):  # temporary until it lands
    return ()
