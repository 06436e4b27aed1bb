"""Checks the values of a configuration with pydantic; imported only when there is something to check."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from deploycheck.configuration import Configuration, ConfigurationError
from deploycheck.findings import Severity

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    from deploycheck.sources.toml import TomlDocument

Name = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]


class _Model(BaseModel):
    """The shape of the table; its fields are those of `Configuration`."""

    model_config = ConfigDict(
        alias_generator=lambda name: name.replace("_", "-"), extra="forbid", frozen=True
    )

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    fail_on: Severity | None = None
    injected: tuple[Name, ...] = ()
    environment: dict[Name, str] = {}
    cpu: float | None = Field(None, gt=0)
    memory: int | None = Field(None, gt=0)
    replicas: int | None = Field(None, gt=0)
    max_connections: int | None = Field(None, gt=0)
    min_downgrade_coverage: int | None = Field(None, ge=0, le=100)


def validated(table: Mapping[str, object], document: TomlDocument, prefix: tuple[str, ...]) -> Configuration:
    """Return the configuration that a table describes. Raises `ConfigurationError`."""
    try:
        model = _Model.model_validate({**table, **_environment(table)})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = document.locate(*prefix, *(part for part in first["loc"] if part != "[key]"))
        raise ConfigurationError(f"{where}: {_explained(first)}") from error
    return Configuration(
        **{name: getattr(model, name) for name in _Model.model_fields},
        file=document.path,
        places={key: document.locate(*prefix, key) for key in table},
    )


def _environment(table: Mapping[str, object]) -> dict[str, object]:
    """Take numbers as the text that an environment holds: `PORT = 8000` means "8000"."""
    variables = table.get("environment")
    if not isinstance(variables, dict):
        return {}
    return {"environment": {k: str(v) if type(v) in (int, float) else v for k, v in variables.items()}}


def _explained(error: ErrorDetails) -> str:
    """Say what is wrong, and which value would be right; never the value itself, it may be a secret."""
    loc = [part for part in error["loc"] if part != "[key]"]
    key = ".".join(str(part) for part in loc)
    if loc[0] == "fail-on":
        near = difflib.get_close_matches(str(error["input"]).lower(), [*Severity], n=1, cutoff=0.4)
        hint = f"; did you mean {near[0].value!r}?" if near else ""
        return f"{key} must be one of {', '.join(Severity)}{hint}"
    if error["type"] == "string_pattern_mismatch":
        return f"{key} is not the name of a variable: letters, digits and underscores"
    return f"{key}: {error['msg'][0].lower()}{error['msg'][1:]}"
