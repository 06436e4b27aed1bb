"""The same source and the same environment, given to the evaluator and to the real library.

A case is right when both give the same value, or both fail, or the evaluator says that it does not know.
"""

from __future__ import annotations

import ast
import enum
import importlib.util
import itertools
import json
import os
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path, PurePath, PurePosixPath
from typing import TYPE_CHECKING, Any

import pytest

from deploycheck.facts.settings import MODELS
from deploycheck.python.program import Program
from deploycheck.python.resolution import Resolved, resolve
from deploycheck.python.values import Setting
from deploycheck.sources.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Mapping

_COUNTER = itertools.count()
UNKNOWN = "unknown"
FAILS = "fails"


@dataclass
class Given:
    """An environment that is the whole truth."""

    variables: Mapping[str, str] = field(default_factory=dict)

    def settled(self, name: str) -> bool:
        return True

    def lookup(self, name: str) -> Setting | None:
        text = self.variables.get(name)
        return None if text is None else Setting(name, text, "the test")


@dataclass(frozen=True)
class Answer:
    """`outcome` is `value`, `fails` or `unknown`."""

    outcome: str
    data: object = None


def cases(page: Path) -> list[Any]:
    """Return the cases of a Markdown page: a heading, the source, and an environment a line."""
    text = page.read_text(encoding="utf-8")
    found = re.findall(
        r"^## (.+?)\n+```python\n(.*?)```\n(?:\n```json\n(.*?)```)?", text, re.MULTILINE | re.DOTALL
    )
    (_, head, _), *rest = found
    return [
        pytest.param(f"{head}\n{source}", json.loads(line), id=f"{name} {line}")
        for name, source, environments in rest
        for line in environments.splitlines()
    ]


def program(folder: Path, source: str, name: str = "config.py") -> Program:
    (folder / name).write_text(source, encoding="utf-8")
    return Program(Tree(folder), MODELS)


def evaluated(folder: Path, source: str, name: str, environment: Mapping[str, str]) -> Resolved:
    """What the evaluator makes of a name of the module."""
    understood = program(folder, source)
    module = understood.module_at("config.py")
    assert module is not None
    value = understood.attribute(module, name)
    assert value is not None, name
    return resolve(value, Given(environment))


def ours(folder: Path, source: str, name: str, environment: Mapping[str, str]) -> Answer:
    found = evaluated(folder, source, name, environment)
    if found.failure is not None:
        return Answer(FAILS)
    return Answer("value", comparable(found.data)) if found.known else Answer(UNKNOWN)


def real(folder: Path, source: str, name: str, environment: Mapping[str, str]) -> Answer:
    """What running the module gives: its own error, or the value of the name."""
    path = folder / "config.py"
    path.write_text(source, encoding="utf-8")
    before, where = dict(os.environ), Path.cwd()
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    # pydantic 1 refuses a validator that it has seen in a module of the same name.
    module_name = f"config_under_test_{next(_COUNTER)}"
    try:
        spec = importlib.util.spec_from_file_location(module_name, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[module_name] = module
        spec.loader.exec_module(module)
        return Answer("value", comparable(getattr(module, name)))
    except Exception:  # noqa: BLE001 - whatever the library raises, the application would not start
        return Answer(FAILS)
    finally:
        sys.modules.pop(module_name, None)
        os.chdir(where)
        os.environ.clear()
        os.environ.update(before)


def _base(value: str | float | bytes) -> object:
    """Return the builtin that an object of a subclass (an enum's mixin, a URL of pydantic 1) is."""
    if isinstance(value, bytes):
        return bytes(value)
    if isinstance(value, str):
        return str(value)
    return int(value) if isinstance(value, int) else float(value)


def comparable(value: Any) -> object:
    """Plain data that stands for what a library gives."""
    plain: object
    match value:
        case enum.Enum():
            plain = comparable(value.value)
        case bool() | None:
            plain = value
        case str() | int() | float() | bytes():
            plain = _base(value)
        case PurePath():
            plain = PurePosixPath(value)
        case list() | tuple():
            plain = [comparable(v) for v in value]
        case set() | frozenset():
            plain = {comparable(v) for v in value}
        case dict():
            plain = {comparable(k): comparable(v) for k, v in value.items()}
        case _ if hasattr(value, "get_secret_value"):
            plain = comparable(value.get_secret_value())
        case _:
            plain = str(value)
    return plain


def agree(
    folder: Path, source: str, environment: Mapping[str, str] | None = None, *, unknown: bool = False
) -> Answer:
    """Compare every name `probe…` of the source; return the last answer. `unknown` expects not to know."""
    names = [
        t.id
        for s in ast.parse(source).body
        if isinstance(s, ast.Assign)
        for t in s.targets
        if isinstance(t, ast.Name) and t.id.startswith("probe")
    ]
    assert names, "the source names no probe"
    answer = Answer(UNKNOWN)
    for name in names:
        truth = real(folder, source, name, environment or {})
        answer = ours(folder, source, name, environment or {})
        if answer.outcome != UNKNOWN:
            assert answer == truth, f"{name} under {environment}: {answer} instead of {truth}"
            assert type(answer.data) is type(truth.data), name
        assert unknown or answer.outcome != UNKNOWN, f"{name} is not known; it is {truth}"
    return answer
