"""Tiny projects for the engine, and environments to read their values under."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploycheck.python.models import Models
from deploycheck.python.modules import Module
from deploycheck.python.program import Call, Program
from deploycheck.python.resolution import Resolved, resolve
from deploycheck.python.values import Setting, Value
from deploycheck.sources.tree import Tree


@dataclass(frozen=True)
class FakeEnvironment:
    """Variables by name; None is one that is set and cannot be read. Closed: there are no others."""

    settings: Mapping[str, str | None]
    closed: bool = True

    def settled(self, name: str) -> bool:
        return self.closed

    def lookup(self, name: str) -> Setting | None:
        return Setting(name, self.settings[name], "shell") if name in self.settings else None


class FakeProject:
    """A project on disk, and short ways to ask for a value: `main.X` is the name `X` of `main.py`."""

    def __init__(self, root: Path, models: Models | None = None) -> None:
        self.program = Program(Tree(root), models)

    def module(self, path: str) -> Module:
        module = self.program.module_at(path)
        assert module is not None, f"{path} does not parse"
        return module

    def value(self, name: str) -> Value:
        path, _, attribute = name.rpartition(".")
        value = self.program.attribute(self.module(f"{path.replace('.', '/')}.py"), attribute)
        assert value is not None, f"{name} is not bound"
        return value

    def resolved(self, name: str, environment: FakeEnvironment) -> Resolved:
        return resolve(self.value(name), environment)

    def call(self, *names: str) -> Call:
        (found,) = self.program.calls(*names)
        return found


@pytest.fixture
def project(tmp_path: Path) -> Callable[..., FakeProject]:
    """Write files (a path's text, dedented; a lone text is main.py) and return the project."""

    def make(files: Mapping[str, str] | str, models: Models | None = None) -> FakeProject:
        for path, text in ({"main.py": files} if isinstance(files, str) else files).items():
            file = tmp_path / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(textwrap.dedent(text), encoding="utf-8")
        return FakeProject(tmp_path, models)

    return make


@pytest.fixture
def env() -> Callable[..., FakeEnvironment]:
    """Return an environment: `env(A="1", closed=False)`."""

    def make(*, closed: bool = True, **settings: str | None) -> FakeEnvironment:
        return FakeEnvironment(settings, closed)

    return make


@pytest.fixture
def data(project: Callable[..., FakeProject], env: Callable[..., FakeEnvironment]) -> Callable[..., object]:
    """Return the plain data of `X` in main.py under some variables; `...` when it is not known."""

    def read(files: Mapping[str, str] | str, name: str = "main.X", **settings: str | None) -> object:
        found = project(files).resolved(name, env(**settings))
        return found.data if found.known else ...

    return read


@pytest.fixture
def trail(
    project: Callable[..., FakeProject], env: Callable[..., FakeEnvironment]
) -> Callable[..., list[str]]:
    """Return the trail of `X` in main.py: `path:line text` a step, in order."""

    def read(files: Mapping[str, str] | str, name: str = "main.X", **settings: str | None) -> list[str]:
        steps = project(files).resolved(name, env(**settings)).trail
        return [
            f"{s.location.path}:{s.location.line} {s.text}" if s.location is not None else s.text
            for s in steps
        ]

    return read
