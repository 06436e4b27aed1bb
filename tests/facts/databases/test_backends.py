"""Which backend a URL means."""

from __future__ import annotations

import pytest

from deploycheck.facts.databases.backends import (
    DRIVERS,
    FAILS,
    GIVEN,
    NONE,
    SERVER_WORDS,
    SERVERS,
    SQLITE,
    UNKNOWN,
    Scheme,
    classify,
    is_server,
    scheme_of,
)
from deploycheck.python.resolution import Resolved
from deploycheck.python.values import Failure, Literal, Text, Unknown, Value


@pytest.mark.parametrize(
    ("url", "backend", "driver"),
    [
        ("postgresql://u:p@h/d", "postgresql", ""),
        ("postgresql+psycopg://", "postgresql", "psycopg"),
        (" PostgreSQL+AsyncPG://h/d", "postgresql", "asyncpg"),
        ("postgres://h", "postgres", ""),
        ("sqlite:///./x.db", "sqlite", ""),
        ("sqlite://", "sqlite", ""),
        ("sqlite+aiosqlite:///x", "sqlite", "aiosqlite"),
        ("oracle+oracledb_async://h", "oracle", "oracledb_async"),
    ],
)
def test_the_scheme_of_a_url(url: str, backend: str, driver: str) -> None:
    assert scheme_of(url) == Scheme(backend, driver)


@pytest.mark.parametrize("text", ["", "shop.db", "/var/x.db", "{…}://h/d", "://h", "{…}"])
def test_what_is_no_url(text: str) -> None:
    assert scheme_of(text) is None


@pytest.mark.parametrize(
    ("value", "backend"),
    [
        (Literal("mysql+pymysql://h/d"), "mysql"),
        (Text((Literal("postgresql://"), Unknown("a variable"), Literal("/d"))), "postgresql"),
        (Text((Unknown("a variable"), Literal("://h"))), UNKNOWN),
        (Literal(None), NONE),
        (Literal("shop.db"), UNKNOWN),
        (Literal(7), UNKNOWN),
        (Unknown("set by X", provided=True), GIVEN),
        (Unknown("not followed"), UNKNOWN),
        (Failure("missing", "X is not set"), FAILS),
    ],
)
def test_the_backend_of_a_value(value: Value, backend: str) -> None:
    assert classify(Resolved(value, (), certain=True)) == backend


def test_what_is_a_server() -> None:
    assert all(map(is_server, SERVERS))
    assert is_server(GIVEN)
    assert not any(map(is_server, (SQLITE, NONE, UNKNOWN, FAILS, "")))
    assert Scheme("mssql", "pyodbc").is_server
    assert not Scheme("sqlite").is_server
    assert set(DRIVERS.values()) <= SERVERS


@pytest.mark.parametrize("word", ["postgres", "PostgreSQL", "pg", "mysql", "prod-postgres", "lakebase"])
def test_words_that_name_a_server(word: str) -> None:
    assert SERVER_WORDS.search(word)


@pytest.mark.parametrize("word", ["sqlite", "prod", "page", "memory", "true", "words", ""])
def test_words_that_do_not(word: str) -> None:
    assert not SERVER_WORDS.search(word)
