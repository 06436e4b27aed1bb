"""The shape of the table, checked with pydantic; imported only when there is something to check."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from deploycheck.configuration.errors import ConfigurationError
from deploycheck.configuration.wording import explained, path_of

if TYPE_CHECKING:
    from deploycheck.configuration.search import Found

Level = Literal["critical", "high", "medium", "low"]
Setting = Literal["critical", "high", "medium", "low", "off"]
NAME = r"^[A-Za-z_][A-Za-z0-9_]*$"
MODULE = r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$"
WORD = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"

Name = Annotated[str, Field(pattern=NAME)]
Word = Annotated[str, Field(pattern=WORD)]
ModuleName = Annotated[str, Field(pattern=MODULE)]
Text = Annotated[str, Field(min_length=1)]
File = Annotated[str, Field(min_length=1, pattern=r"^[^\x00]*$")]
"""The path of a file: no system takes one with a NUL."""

_MOST = 1_000_000_000
"""More of anything than there is."""


def _as_text(value: object) -> object:
    """Take a number as the text that an environment holds: `PORT = 8000` means "8000"."""
    return str(value) if type(value) in (int, float) else value


def _as_day(value: object) -> object:
    """Take a day in quotes as the day that it spells: `until = "2027-01-31"`."""
    try:
        return dt.date.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        raise PydanticCustomError("date_type", "not a day") from None


def _as_table(value: object) -> object:
    """Take `CORS001 = "off"` as short for a table with nothing but the severity."""
    return {"severity": value} if isinstance(value, str) else value


def _as_list(value: object) -> object:
    """Take `format = "json"` as short for a list of one."""
    return [value] if isinstance(value, str) else value


class _Model(BaseModel):
    """Refuses what it does not know, and converts nothing."""

    model_config = ConfigDict(
        alias_generator=lambda name: name.replace("_", "-"),
        extra="forbid",
        frozen=True,
        strict=True,
        allow_inf_nan=False,
    )


class RuleTable(_Model):
    """What may be said about a rule, or a family of rules."""

    severity: Setting


_LEVELS = ["critical", "high", "medium", "low", "off"]
_RULE_SCHEMA: dict[str, object] = {
    "anyOf": [
        {"enum": _LEVELS, "type": "string"},
        {
            "type": "object",
            "properties": {"severity": {"enum": _LEVELS, "type": "string"}},
            "required": ["severity"],
            "additionalProperties": False,
        },
    ]
}
Rule = Annotated[RuleTable, BeforeValidator(_as_table), WithJsonSchema(_RULE_SCHEMA)]
# A format's file is for the command line to name: a project's own file must not make us write.
Format = Annotated[str, Field(pattern=r"^[a-z]+$")]
_FORMATS_SCHEMA: dict[str, object] = {
    "anyOf": [
        {"type": "string", "pattern": "^[a-z]+$"},
        {"type": "array", "items": {"type": "string", "pattern": "^[a-z]+$"}},
    ]
}
Formats = Annotated[list[Format], BeforeValidator(_as_list), WithJsonSchema(_FORMATS_SCHEMA)]
Variable = Annotated[str, BeforeValidator(_as_text), WithJsonSchema({"type": ["string", "number"]})]


Day = Annotated[dt.date, BeforeValidator(_as_day)]


class SuppressTable(_Model):
    """One finding to leave out, or those of one rule in some files."""

    rule: Text = Field(description="The rule: a code, a name or a family.")
    reason: Text = Field(description="Why these findings may stay.")
    subject: Text | None = Field(None, description="What the finding is about, as JSON and baselines say it.")
    path: Text | None = Field(None, description="A pattern of files (as in .gitignore).")
    until: Day | None = Field(None, description="The last day on which this holds.")

    @model_validator(mode="after")
    def _is_pinned(self) -> SuppressTable:
        if self.subject is None and self.path is None:
            raise PydanticCustomError(
                "unpinned", "needs a subject, a path or both; `ignore` is for whole rules"
            )
        return self


class Keys(_Model):
    """The keys that the table, its profiles and its targets have in common."""

    select: list[str] = Field([], description="Run only these: codes, names or families of rules.")
    ignore: list[str] = Field([], description="Leave these rules out: codes, names or families.")
    fail_on: Level | None = Field(None, description="The severity from which the exit code is 1.")
    rules: dict[str, Rule] = Field({}, description='A severity, or "off", by code, name or family.')
    per_path_ignores: dict[Text, list[str]] = Field(
        {}, description="By pattern (as in .gitignore), the rules whose findings do not count there."
    )
    exclude: list[Text] = Field([], description="Patterns (as in .gitignore) of what is not the app's.")
    plugins: list[ModuleName] = Field(
        [], description="Modules with further rules; --allow-plugins must let their code run."
    )
    suppress: list[SuppressTable] = Field([], description="Findings to leave out, each with its reason.")
    baseline: File | None = Field(None, description="A file of known findings, which do not count.")
    injected: list[Name] = Field([], description="Names of variables that the platform provides.")
    environment: dict[Name, Variable] = Field({}, description="Variables with production's values.")
    env_files: list[File] = Field([], description="Files of NAME=value that production will have.")
    isolated: bool | None = Field(None, description="Leave the shell's environment out.")
    cpu: float | None = Field(None, gt=0, le=_MOST, description="What one container has, in vCPU.")
    memory: int | None = Field(None, gt=0, le=_MOST, description="What one container has, in MB.")
    replicas: int | None = Field(None, gt=0, le=_MOST, description="How many containers run.")
    max_connections: int | None = Field(
        None, gt=0, le=_MOST, description="How many connections the database server allows."
    )
    pooler: bool = Field(default=False, description="A pooler stands before the database server.")
    ci_elsewhere: bool = Field(default=False, description="CI is not in this repository.")
    backups: Text | None = Field(None, description="Who makes copies of the database server, in words.")
    rate_limits: Text | None = Field(
        None, description="What limits requests before they reach the app, in words."
    )
    request_timeout: float | None = Field(
        None, gt=0, description="After how many seconds a proxy before the app ends a request."
    )
    statement_timeout: float | None = Field(
        None, gt=0, description="After how many seconds the database's role ends a statement."
    )
    min_downgrade_coverage: int | None = Field(
        None, ge=0, le=100, description="The percentage of changes that downgrades must take back."
    )
    exit_zero: bool | None = Field(None, description="Exit with 0 instead of 1.")
    format: Formats = Field([], description="What to print: one format, or several.")
    color: Literal["auto", "always", "never"] | None = Field(None, description="Whether to use colour.")
    fix_suggestions: bool | None = Field(None, description="Show a patch under each finding that has one.")
    quiet: bool | None = Field(None, description="Show only what fails the run, and the verdict.")
    verbose: bool | None = Field(None, description="Show each rule's outcome, and tracebacks.")


class TargetKeys(Keys):
    """One of several targets: where it is, and what differs there."""

    path: Text = Field(description="The target's folder, from this file's folder.")
    name: Word | None = Field(None, description="What --target calls it. By default its path.")


class Table(Keys):
    """Configuration of deploycheck: `[tool.deploycheck]` in pyproject.toml, or all of deploycheck.toml."""

    profiles: dict[Word, Keys] = Field({}, description="What differs under a profile that --profile names.")
    targets: list[TargetKeys] = Field([], description="The folders to check, each a project of its own.")


def validated(found: Found) -> dict[str, object]:
    """Return a file's table as plain data, with only the keys that it sets. Raises `ConfigurationError`."""
    try:
        return Table.model_validate(found.table).model_dump(by_alias=True, exclude_unset=True)
    except ValidationError as error:
        errors = error.errors(include_url=False)
        places = [found.document.locate(*found.prefix, *path_of(each)) for each in errors]
        # A key that is missing is mostly one that is misspelt.
        place, first = min(
            zip(places, errors, strict=True), key=lambda pair: (pair[1]["type"] == "missing", pair[0])
        )
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        raise ConfigurationError(f"{place}: {explained(first, _valid_keys(path_of(first)))}{more}") from None


def _valid_keys(path: tuple[str | int, ...]) -> tuple[str, ...]:
    """Return the keys that are valid beside the last one of a path."""
    model: type[_Model] = Table
    match path[:-1]:
        case ("profiles", _):
            model = Keys
        case ("targets", _):
            model = TargetKeys
        case (*_, "rules", _):
            model = RuleTable
        case (*_, "suppress", _):
            model = SuppressTable
    return tuple(f.alias or name for name, f in model.model_fields.items())
