from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from deploycheck.facts.settings import failures, guards
from deploycheck.python.values import Instance, Unknown, peel
from tests.facts.settings.compare import FAILS, Given, program, real

if TYPE_CHECKING:
    from pathlib import Path

TEMPLATE = """
import warnings
from typing import Literal, Self
from pydantic import field_validator, model_validator
from pydantic_settings import BaseSettings

class Settings(BaseSettings):
    MODE: Literal["development"] | None = None
    KEY: str = "changethis"
    OTHER: str = "x"

    def _check_default_secret(self, name: str, value: str | None) -> None:
        if value == "changethis":
            message = f"The value of {name} is changethis"
            if self.MODE == "development":
                warnings.warn(message, stacklevel=1)
            else:
                raise ValueError(message)

    @model_validator(mode="after")
    def _enforce(self) -> Self:
        self._check_default_secret("KEY", self.KEY)
        return self

    @field_validator("OTHER")
    @classmethod
    def _other(cls, v: str) -> str:
        if len(v) > 3:
            raise ValueError("too long")
        assert v != "no"
        return v

settings = Settings()
probe = settings.KEY
"""


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"MODE": "development"},
        {"KEY": "good"},
        {"KEY": "good", "OTHER": "long one"},
        {"KEY": "good", "OTHER": "no"},
    ],
)
def test_a_guard_refuses_what_the_library_refuses(tmp_path: Path, environment: dict[str, str]) -> None:
    understood = program(tmp_path, TEMPLATE)
    module = understood.module_at("config.py")
    assert module is not None
    settings = peel(understood.attribute(module, "settings") or Unknown("it is not bound"))
    assert isinstance(settings, Instance)
    refused = [g.refuses(Given(environment)) for g in guards(understood.evaluator, settings)]
    assert None not in refused
    assert any(refused) == (real(tmp_path, TEMPLATE, "probe", environment).outcome == FAILS)


def test_a_guard_names_the_fields_that_it_looks_at(tmp_path: Path) -> None:
    understood = program(tmp_path, TEMPLATE)
    module = understood.module_at("config.py")
    assert module is not None
    settings = peel(understood.attribute(module, "settings") or Unknown("it is not bound"))
    assert isinstance(settings, Instance)
    found = guards(understood.evaluator, settings)
    assert [set(g.fields) for g in found] == [{"OTHER"}, {"OTHER"}, {"KEY", "MODE"}]
    assert "raise ValueError(message)" in found[2].text


NESTED = """
from pydantic import BaseModel
from pydantic_settings import BaseSettings, SettingsConfigDict

class Database(BaseModel):
    host: str
    port: int = 5432

class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_nested_delimiter="__")
    database: Database
    key: str
    workers: int = 2

settings = Settings()
probe = settings.key
"""


@pytest.mark.parametrize(
    ("environment", "names"),
    [
        ({"DATABASE__HOST": "h", "KEY": "k"}, []),
        ({"DATABASE__PORT": "x"}, ["DATABASE__HOST", "DATABASE__PORT", "KEY"]),
        ({"DATABASE__HOST": "h", "KEY": "k", "WORKERS": "many"}, ["WORKERS"]),
    ],
)
def test_making_an_object_fails_for_each_field_that_fails(
    tmp_path: Path, environment: dict[str, str], names: list[str]
) -> None:
    understood = program(tmp_path, NESTED)
    module = understood.module_at("config.py")
    assert module is not None
    settings = peel(understood.attribute(module, "settings") or Unknown("it is not bound"))
    assert isinstance(settings, Instance)
    found = failures(understood.evaluator, settings, Given(environment))
    assert [f.variable.name for f in found if f.variable is not None] == names
    assert bool(found) == (real(tmp_path, NESTED, "probe", environment).outcome == FAILS)
