from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from deploycheck.rehearsal.direct import DirectSession
from deploycheck.rehearsal.server import ServerLost, ServerProblem
from deploycheck.rehearsal.server.embedded import EmbeddedPostgres
from deploycheck.rehearsal.server.given import GivenPostgres
from tests.rehearsal.server.runs import Run, eventually, folders

PASSWORD = "pa@ss/word?:"


@pytest.fixture
def temporary() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="dc-") as folder:
        yield Path(folder)


def url(embedded: EmbeddedPostgres, *, role: str = "postgres", scheme: str = "postgresql") -> str:
    return f"{scheme}://{role}@/?host={embedded.folder.parent / 'socket'}"


def names(embedded: EmbeddedPostgres) -> list[str]:
    with psycopg.connect(url(embedded, role="postgres").replace("/?", "/postgres?")) as connection:
        rows = connection.execute(
            "SELECT datname FROM pg_database WHERE datname LIKE 'deploycheck%' ORDER BY 1"
        )
        return [name for (name,) in rows]


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg", "postgresql+asyncpg"])
def test_our_databases_are_dropped_at_the_end_and_no_other(embedded: EmbeddedPostgres, scheme: str) -> None:
    theirs = embedded.create()
    with GivenPostgres(url(embedded, scheme=scheme)) as given:
        mine = given.create()
        with DirectSession(mine.url) as session:
            session.run("CREATE TABLE t AS SELECT 1 AS id")
            session.commit()
        copy = given.copy(mine)
        assert names(embedded) == sorted([mine.name, copy.name])
        given.drop(theirs)
        assert given.version.startswith("PostgreSQL 18.")
        assert given.alive()
    assert names(embedded) == []
    with DirectSession(theirs.url) as session:
        assert session.query("SELECT 1") == [(1,)]
    embedded.drop(theirs)


def test_a_role_that_may_make_none_is_refused_with_what_to_do(embedded: EmbeddedPostgres) -> None:
    with DirectSession(url(embedded).replace("/?", "/postgres?")) as session:
        session.run("CREATE ROLE humble LOGIN")
        session.commit()
        with pytest.raises(ServerProblem, match="ALTER ROLE humble CREATEDB"):
            GivenPostgres(url(embedded, role="humble"))
        session.run("ALTER ROLE humble CREATEDB")
        session.commit()
        with GivenPostgres(url(embedded, role="humble")) as given:
            given.create()
        session.run("DROP ROLE humble")
        session.commit()


@pytest.mark.parametrize(
    ("given", "line"),
    [
        (f"postgresql://app:{PASSWORD}@db/prod", "cannot be read"),
        ("postgresql://app:pass?word@db/prod", "cannot be read"),
        ("postgresql://app:pass%word@db/prod", "cannot be read"),
        ("postgresql://app:pass[word@db/prod", "cannot be reached"),
        ("mysql://app:password@db/prod", "takes a PostgreSQL server's URL"),
        ("password", "takes a PostgreSQL server's URL"),
        ("postgresql://app:password@127.0.0.1:1/prod", "cannot be reached"),
    ],
)
def test_what_cannot_be_used_is_one_line_without_the_password(given: str, line: str) -> None:
    with pytest.raises(ServerProblem, match=line) as problem:
        GivenPostgres(given)
    text = str(problem.value)
    assert len(text.splitlines()) == 1
    assert not any(
        word in text.replace("in a password", "").replace(":PASSWORD", "") for word in ("pass", "word")
    )


def test_a_password_with_signs_reaches_the_databases(embedded: EmbeddedPostgres) -> None:
    quoted = "pa%40ss%2Fword%3F%3A"
    with GivenPostgres(url(embedded).replace("postgres@", f"postgres:{quoted}@")) as given:
        database = given.create()
        assert f"postgres:{quoted}@" in database.url
        assert "pa" not in repr(database).replace("Database", "")
        with DirectSession(database.url) as session:
            assert session.query("SELECT current_database()") == [(database.name,)]


def test_a_server_that_goes_away_is_said() -> None:
    server = EmbeddedPostgres()
    with GivenPostgres(url(server)) as given:
        server.close()
        with pytest.raises(ServerLost, match="went away"):
            given.create()


SLEEPING = """
    import os, time
    from deploycheck.rehearsal.server.given import GivenPostgres
    with GivenPostgres(os.environ["SERVER"]) as server:
        print(server.create().name, flush=True)
        time.sleep(600)
"""


def test_what_a_killed_run_left_the_next_one_drops_and_nothing_else(
    embedded: EmbeddedPostgres, temporary: Path
) -> None:
    dead, living = (Run(temporary, SLEEPING, SERVER=url(embedded)) for _ in range(2))
    left, in_use = dead.first_line(), living.first_line()
    with psycopg.connect(url(embedded).replace("/?", "/postgres?"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE deploycheck_rehearsal_0a1b2c3d_1")  # without our note
        connection.execute("CREATE DATABASE deploycheck_rehearsal_elsewhere")
        dead.process.kill()
        dead.ended()
        assert eventually(lambda: len(folders(temporary)) == 1)
        with GivenPostgres(url(embedded)) as given:
            mine = given.create().name
            assert names(embedded) == sorted(
                [mine, in_use, "deploycheck_rehearsal_0a1b2c3d_1", "deploycheck_rehearsal_elsewhere"]
            )
        assert left not in names(embedded)
        living.process.kill()
        living.ended()
        for name in names(embedded):
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())
