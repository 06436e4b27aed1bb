from __future__ import annotations

from collections.abc import Iterator

import pytest

from deploycheck.rehearsal.direct import DirectSession
from deploycheck.rehearsal.server.embedded import EmbeddedPostgres


@pytest.fixture(scope="session")
def connection(embedded: EmbeddedPostgres) -> Iterator[DirectSession]:
    database = embedded.create()
    with DirectSession(database.url) as session:
        yield session
    embedded.drop(database)


@pytest.fixture
def session(connection: DirectSession) -> Iterator[DirectSession]:
    """One database for many tests: whatever one does is rolled back, as it can be on PostgreSQL."""
    yield connection
    connection.rollback()
