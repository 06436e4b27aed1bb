"""Tests of the backend's name, decided by what production opens."""

from __future__ import annotations

import pytest

from deploycheck.facts.databases.guards import asks_backend, holds_on
from deploycheck.findings import Location
from deploycheck.python.flow import Condition


def condition(text: str, *, wanted: bool = True) -> Condition:
    return Condition(None, wanted, text, Location("x.py"))


@pytest.mark.parametrize(
    ("text", "backend", "truth"),
    [
        ('engine.dialect.name == "sqlite"', "sqlite", True),
        ('engine.dialect.name == "sqlite"', "postgresql", False),
        ('"sqlite" == bind.dialect.name', "sqlite", True),
        ('op.get_bind().dialect.name != "sqlite"', "postgresql", True),
        ('engine.dialect.name in ("postgresql", "mysql")', "mysql", True),
        ('engine.dialect.name not in {"postgresql"}', "sqlite", True),
        ('engine.url.get_backend_name() == "postgresql"', "postgres", True),
        ('url.drivername == "postgresql+psycopg"', "postgresql", True),
        ('not engine.dialect.name == "sqlite"', "sqlite", False),
        ('engine.dialect.name == "sqlite" and other', "postgresql", False),
        ('engine.dialect.name == "sqlite" or other', "sqlite", True),
        ('engine.dialect.name == "sqlite" and other', "sqlite", None),
        ("engine.dialect.name == wanted", "sqlite", None),
        ("engine.dialect.name in NAMES", "sqlite", None),
        ('name == "sqlite"', "sqlite", None),
        ('engine.dialect.name == "sqlite" and (cut of', "sqlite", None),
    ],
)
def test_a_test_is_decided_by_the_backend(text: str, backend: str, truth: bool | None) -> None:
    assert holds_on(condition(text), {backend}) is truth
    opposite = None if truth is None else not truth
    assert holds_on(condition(text, wanted=False), {backend}) is opposite


@pytest.mark.parametrize("backends", [set(), {"unknown"}, {"given"}, {"sqlite", "postgresql"}])
def test_nothing_is_decided_where_the_backend_is_not_certain(backends: set[str]) -> None:
    assert holds_on(condition('engine.dialect.name == "sqlite"'), backends) is None


def test_other_tests_do_not_ask_for_a_backend() -> None:
    assert asks_backend(condition("engine.dialect.name"))
    assert not asks_backend(condition("settings.debug"))
