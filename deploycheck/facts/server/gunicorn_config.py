"""gunicorn's config file: a Python module whose names are settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploycheck.facts.server.gunicorn_options import HOOKS
from deploycheck.facts.server.layers import CASTS, Layers, fill, natural
from deploycheck.facts.server.model import Problem
from deploycheck.facts.server.options import Given, Kind, Option
from deploycheck.python.values import (
    Branch,
    Failure,
    Literal,
    Operation,
    Reference,
    Unknown,
    Value,
    Via,
    peel,
)

if TYPE_CHECKING:
    from deploycheck.facts.server.targets import Start
    from deploycheck.python.modules import Module

CONFIG = "gunicorn.conf.py"


class ConfigFile:
    """The Python file or module with settings that gunicorn loads, if any."""

    def __init__(self, start: Start, layers: Layers, given: Given | None) -> None:
        """Find the file that `given` (`-c`) names, or the one in the working directory."""
        self.start = start
        self.layers = layers
        self.path = ""
        self.module: Module | None = None
        self.reason = ""
        self.at = start.at
        if given is not None:
            self.at = given.at
            self._named(start.text(given.value))
        elif found := start.path(CONFIG):
            if start.tree.exists(found):
                self._file(found)
            elif start.tree.ignored(found):
                self.reason = f"{found} is not in the repository"

    def _named(self, name: str | None) -> None:
        if name is None:
            self.reason = "the config file is named only when the process starts"
        elif name.startswith("python:"):
            self.module = self.start.module(name.removeprefix("python:"))
            self.path = self.module.path if self.module else ""
            if self.module is None:
                self._missing(name.removeprefix("python:"))
        else:
            name = name.removeprefix("file:")
            found = self.start.path(name)
            if found is None or not self.start.tree.exists(found):
                self._missing(name)
            else:
                self._file(found)

    def _file(self, path: str) -> None:
        self.path = path
        self.module = self.start.program.module_at(path)
        if self.module is None:
            self.reason = f"{path} cannot be read as Python"
            self.layers.problems.append(Problem("config-unread", self.reason, self.at, path))

    def _missing(self, name: str) -> None:
        self.reason = f"the config file {name} is not in the project"
        self.layers.problems.append(Problem("config-missing", self.reason, self.at, name))

    def above(self, option: Option, lower: Value) -> Value:
        """Return an option with what the file says on top of `lower`."""
        if self.reason:
            return Unknown(self.reason, at=self.at)
        if self.module is None:
            return lower
        value = self.start.program.attribute(self.module, option.name)
        return lower if value is None else fill(cast(option, value), lower)

    def hooks(self) -> dict[str, Value]:
        """Return the functions that the file sets."""
        if self.module is None:
            return {}
        found = {name: self.start.program.attribute(self.module, name) for name in HOOKS}
        return {name: value for name, value in found.items() if value is not None}


def cast(option: Option, value: Value) -> Value:
    """Return a setting given in code as gunicorn's own check leaves it."""
    function = natural if option.kind is Kind.NATURAL else CASTS.get(option.kind)
    plain = peel(value)
    if function is None or isinstance(plain, (Unknown, Failure, Reference)):
        return value
    if isinstance(value, Via):
        return Via(step=value.step, inner=cast(option, value.inner), at=value.at)
    if isinstance(value, Branch):
        then, otherwise = cast(option, value.then), cast(option, value.otherwise)
        return Branch(value.test, then, otherwise, value.text, at=value.at)
    if isinstance(value, Literal) and isinstance(value.data, (int, float)):
        return value
    return Operation(function, (value,), option.kind.value, at=value.at)
