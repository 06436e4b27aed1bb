"""pydantic-settings, and `BaseSettings` of pydantic 1: what the fields of a settings class are."""

from __future__ import annotations

from deploycheck.facts.settings.pydantic_settings.classes import CLASSES, dump
from deploycheck.python.models import Models

MODELS = Models(calls={"pydantic.BaseModel.model_dump": dump}, classes=CLASSES)

__all__ = ["MODELS"]
