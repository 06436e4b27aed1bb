"""A real PostgreSQL for all tests of a session, and fresh databases on it for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from deploycheck.rehearsal.server.embedded import EmbeddedPostgres

Fresh = Callable[[], str]
"""Makes an empty database and returns its URL."""


@pytest.fixture(scope="session")
def embedded() -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres() as server:
        yield server


@pytest.fixture
def fresh(embedded: EmbeddedPostgres) -> Iterator[Fresh]:
    made = []

    def make() -> str:
        made.append(embedded.create())
        return made[-1].url

    yield make
    for database in made:
        embedded.drop(database)
