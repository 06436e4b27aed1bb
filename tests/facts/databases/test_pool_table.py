"""SQLAlchemy's pools, asked of SQLAlchemy itself."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy
from sqlalchemy import pool as pools
from sqlalchemy.exc import ArgumentError

from deploycheck.facts.databases import pool_table
from deploycheck.facts.databases.pool_table import Release
from deploycheck.facts.requirements import Installed, Requirement, RequirementFile
from deploycheck.findings import Location

URLS = [
    "sqlite://",
    "sqlite:///",
    "sqlite:///:memory:",
    "sqlite:///file.db",
    "sqlite:////data/file.db?timeout=3",
    "sqlite:///file:shared?mode=memory&uri=true",
    "postgresql+psycopg://app@db/app",
    "postgresql://app@db/app",
]
VALUES: dict[str, Any] = {
    "pool_size": 3,
    "max_overflow": 3,
    "pool_timeout": 3,
    "pool_recycle": 3,
    "pool_pre_ping": True,
    "pool_use_lifo": True,
    "pool_reset_on_return": "rollback",
    "pool_logging_name": "x",
    "echo_pool": True,
}
CLASSES = ["NullPool", "StaticPool", "AssertionPool", "SingletonThreadPool", "QueuePool"]
NEW = Release()


def made(url: str, **keywords: Any) -> str:
    """Return the class of the pool that SQLAlchemy makes, or the name of what it raises."""
    try:
        return type(sqlalchemy.create_engine(url, **keywords).pool).__name__
    except (TypeError, ArgumentError) as error:
        return type(error).__name__


@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SADeprecationWarning")
@pytest.mark.parametrize("url", URLS)
def test_the_pool_of_a_url(url: str) -> None:
    assert pool_table.default_class(url, "sync", NEW) == made(url)


@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SADeprecationWarning")
@pytest.mark.parametrize("url", URLS)
@pytest.mark.parametrize("name", VALUES)
def test_what_a_pool_refuses(url: str, name: str) -> None:
    refused = name in pool_table.REFUSED.get(pool_table.default_class(url, "sync", NEW), ())
    assert (made(url, **{name: VALUES[name]}) == "TypeError") is refused


@pytest.mark.parametrize("chosen", CLASSES)
@pytest.mark.parametrize("name", VALUES)
def test_what_a_chosen_pool_refuses(chosen: str, name: str) -> None:
    refused = name in pool_table.REFUSED.get(chosen, ())
    found = made(URLS[-2], poolclass=getattr(pools, chosen), **{name: VALUES[name]})
    assert (found == "TypeError") is refused


@pytest.mark.parametrize(
    "name", ["pool_sise", "poolsize", "pool_max_overflow", "max_pool_size", "pool_preping"]
)
def test_a_misspelt_argument(name: str) -> None:
    assert pool_table.misspelt(name)
    assert made(URLS[-2], **{name: 3}) == "TypeError"


@pytest.mark.parametrize("name", [*VALUES, "echo", "connect_args", "future", "isolation_level"])
def test_an_argument_that_is_none_of_ours(name: str) -> None:
    assert not pool_table.misspelt(name)


def test_kinds_that_do_not_mix() -> None:
    assert pool_table.wrong_kind("AsyncAdaptedQueuePool", URLS[-2], "sync", NEW)
    assert made(URLS[-2], poolclass=pools.AsyncAdaptedQueuePool) == "ArgumentError"
    assert pool_table.wrong_kind("QueuePool", "postgresql+asyncpg://db/app", "async", NEW)
    assert not pool_table.wrong_kind("NullPool", "postgresql+asyncpg://db/app", "async", NEW)
    assert not pool_table.wrong_kind("QueuePool", URLS[-2], "sync", NEW)


def test_a_size_that_is_text() -> None:
    assert made(URLS[-2], pool_size="5") == "TypeError"
    assert made(URLS[-2], max_overflow="5") == "QueuePool"


def test_what_a_queue_has_when_nothing_is_said() -> None:
    queue = sqlalchemy.create_engine(URLS[-2]).pool
    assert isinstance(queue, pools.QueuePool)
    assert (queue.size(), queue._max_overflow) == (pool_table.SIZE, pool_table.OVERFLOW)


def test_a_size_of_zero_bounds_nothing() -> None:
    queue = sqlalchemy.create_engine(URLS[-2], pool_size=0).pool
    assert isinstance(queue, pools.QueuePool)
    assert queue._max_overflow == -1


def installed(specifier: str) -> Installed:
    requirement = Requirement("sqlalchemy", specifier, Location("requirements.txt"))
    return Installed((RequirementFile("requirements.txt", "pip", (requirement,)),))


@pytest.mark.parametrize(
    ("specifier", "expected"),
    [
        ("==1.4.54", Release(two=False, async_files=False, checks_kind=False)),
        ("<2", Release(two=False, async_files=False, checks_kind=False)),
        ("==2.0.30", Release(two=True, async_files=False)),
        (">=1.4", Release()),
        ("", Release()),
        ("~=2.0", Release()),
    ],
)
def test_the_release_is_what_the_requirements_allow(specifier: str, expected: Release) -> None:
    assert pool_table.release_of(installed(specifier)) == expected


@pytest.mark.parametrize(
    ("url", "kind", "release", "expected"),
    [
        ("sqlite:///f.db", "sync", Release(two=False), "NullPool"),
        ("sqlite+aiosqlite:///f.db", "async", Release(async_files=False), "NullPool"),
        ("sqlite+aiosqlite:///f.db", "async", NEW, "AsyncAdaptedQueuePool"),
        ("sqlite+aiosqlite://", "async", NEW, "StaticPool"),
        ("postgresql+asyncpg://db/app", "async", NEW, "AsyncAdaptedQueuePool"),
        ("postgresql+psycopg://db/app", "async", NEW, "AsyncAdaptedQueuePool"),
        ("{…}", "sync", NEW, ""),
    ],
)
def test_pools_of_other_releases(url: str, kind: str, release: Release, expected: str) -> None:
    assert pool_table.default_class(url, kind, release) == expected
