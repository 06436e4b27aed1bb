from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from deploycheck.facts.settings.pydantic_settings.urls import URL_SCHEMAS
from tests.facts.settings.compare import agree, evaluated

if TYPE_CHECKING:
    from pathlib import Path

HEAD = """
import os
from pydantic import PostgresDsn
from sqlalchemy import URL, make_url
from sqlalchemy.engine import URL as U
user, password = os.getenv("X"), os.getenv("Y")
port, query = int(os.getenv("P", "1")), {"sslmode": "require"}
"""
CASES = [
    'URL.create("postgresql+psycopg", "u", "p@ss", "h", 5432, "db")',
    'URL.create(drivername="postgresql", username=user, password=password, host="h", database="db")',
    'URL.create("sqlite", database="./a.db")',
    'URL.create("sqlite")',
    'U.create("postgresql+asyncpg", host="h", port=port, database="db", query=query)',
    'make_url("sqlite:///a.db")',
]


@pytest.mark.parametrize("environment", [{}, {"X": "user"}, {"X": "user", "Y": "secret"}])
@pytest.mark.parametrize("expression", CASES)
def test_sqlalchemys_urls(tmp_path: Path, expression: str, environment: dict[str, str]) -> None:
    agree(tmp_path, f"{HEAD}probe = {expression}.render_as_string(hide_password=False)\n", environment)


def test_pydantics_urls(tmp_path: Path) -> None:
    parts = 'scheme="postgresql+psycopg", username="u", password=os.environ["X"], host="h", port=5, path="db"'
    built = f"PostgresDsn.build({parts})"
    agree(tmp_path, f"{HEAD}probe = str({built})\nprobe2 = {built}.unicode_string()\n", {"X": "secret"})


def test_the_scheme_is_known_where_the_rest_is_not(tmp_path: Path) -> None:
    source = f'{HEAD}probe = URL.create("postgresql", host=open("x").read())'
    assert evaluated(tmp_path, source, "probe", {}).shape.startswith("postgresql://")


@pytest.mark.parametrize("name", sorted(URL_SCHEMAS))
def test_a_url_type_is_checked_as_pydantic_checks_it(name: str) -> None:
    import pydantic

    schema = {k: v for k, v in URL_SCHEMAS[name].items() if k != "type"}
    assert schema == getattr(pydantic, name)._constraints.defined_constraints


def test_depends(tmp_path: Path) -> None:
    source = """
from typing import Annotated
from fastapi import Depends
from pydantic_settings import BaseSettings
class S(BaseSettings):
    port: int = 1
def get() -> S:
    return S()
Dep = Annotated[S, Depends(get)]
def one(s: S = Depends(get)):
    return s.port
def two(s: Annotated[S, Depends(get)]):
    return s.port
def three(s: Dep):
    return s.port
a, b, c = one(), two(), three()
"""
    for name in "abc":
        assert evaluated(tmp_path, source, name, {"PORT": "7"}).data == 7
