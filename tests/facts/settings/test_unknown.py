"""What is not followed is said to be unknown: a wrong value would be worse."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.facts.settings.compare import UNKNOWN, agree

if TYPE_CHECKING:
    from pathlib import Path

HEAD = """
import os
from typing import Annotated, Any
from pydantic import BaseModel, Field, WrapValidator, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

def opaque() -> Any:
    return eval("{'a': 'q'}")
"""

SOURCES = {
    "a dict that is built elsewhere": "class S(BaseSettings):\n    a: str = 'x'\nprobe = S(**opaque()).a",
    "an alias generator": (
        "class S(BaseSettings):\n    model_config = SettingsConfigDict(alias_generator=str.upper)\n"
        "    a: str = 'x'\nprobe = S().a"
    ),
    "a prefix from a call": (
        "class S(BaseSettings):\n    model_config = SettingsConfigDict(env_prefix=os.getcwd())\n"
        "    a: str = 'x'\nprobe = S().a"
    ),
    "an attribute that is set and then read": (
        "class S(BaseSettings):\n    a: str = 'x'\n    b: str = 'y'\n    @model_validator(mode='after')\n"
        "    def fill(self):\n        self.a = 'z'\n        self.b = self.a\n        return self\n"
        "probe = S().b"
    ),
    "an attribute that is set by name": (
        "class S(BaseSettings):\n    a: str = 'x'\n    @model_validator(mode='after')\n    def fill(self):\n"
        "        for n in ('a',):\n            setattr(self, n, 'z')\n        return self\nprobe = S().a"
    ),
    "values changed before": (
        "class S(BaseSettings):\n    a: str = 'x'\n    @model_validator(mode='before')\n    @classmethod\n"
        "    def fill(cls, data):\n        data['a'] = 'z'\n        return data\nprobe = S().a"
    ),
    "a wrapping validator": (
        "class S(BaseSettings):\n    a: str = 'x'\n    @field_validator('a', mode='wrap')\n    @classmethod\n"
        "    def wrap(cls, v, handler):\n        return handler(v) + '!'\nprobe = S().a"
    ),
    "an annotated wrapper": (
        "class S(BaseSettings):\n    a: Annotated[str, WrapValidator(lambda v, h: h(v) + '!')] = 'x'\n"
        "probe = S().a"
    ),
    "other sources": (
        "class S(BaseSettings):\n    a: str = 'x'\n    @classmethod\n"
        "    def settings_customise_sources(cls, settings_cls, init_settings, env_settings, **_):\n"
        "        return (init_settings, opaque, env_settings)\nprobe = S().a"
    ),
    "an attribute that a helper sets": (
        "class S(BaseSettings):\n    a: str = 'x'\n    def _fill(self):\n        self.a = 'z'\n"
        "    @model_validator(mode='after')\n    def fill(self):\n        self._fill()\n        return self\n"
        "probe = S().a"
    ),
    "a list of models": (
        "class D(BaseModel):\n    n: int = 1\nclass S(BaseSettings):\n    a: list[D] = [D()]\nprobe = S().a"
    ),
}


@pytest.mark.parametrize("name", SOURCES)
def test_what_is_not_followed_is_unknown(tmp_path: Path, name: str) -> None:
    assert agree(tmp_path, HEAD + SOURCES[name], unknown=True).outcome == UNKNOWN
