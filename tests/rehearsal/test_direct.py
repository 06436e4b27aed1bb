from __future__ import annotations

from pathlib import Path

import pytest

from deploycheck.rehearsal.direct import DirectSession
from deploycheck.rehearsal.session import StatementFailed
from tests.rehearsal.servers import Fresh


@pytest.fixture(params=["postgresql", "sqlite"])
def url(request: pytest.FixtureRequest, fresh: Fresh, tmp_path: Path) -> str:
    return fresh() if request.param == "postgresql" else f"sqlite:///{tmp_path / 'a b.db'}"


def test_a_failed_statement_leaves_the_transaction_going_on(url: str) -> None:
    with DirectSession(url) as session:
        session.run("CREATE TABLE t (id int PRIMARY KEY)")
        session.run("INSERT INTO t VALUES (1)")
        with pytest.raises(StatementFailed):
            session.run("INSERT INTO t VALUES (2), (1)")
        with pytest.raises(StatementFailed):
            session.query("SELECT nothing FROM nowhere")
        assert session.query("SELECT id FROM t") == [(1,)]


def test_only_what_is_committed_stays(url: str) -> None:
    with DirectSession(url) as session:
        session.run("CREATE TABLE kept (id int)")
        session.commit()
        session.run("CREATE TABLE gone (id int)")
    with DirectSession(url) as session:
        assert session.query("SELECT count(*) FROM kept") == [(0,)]
        with pytest.raises(StatementFailed, match="gone"):
            session.query("SELECT * FROM gone")


def test_a_rollback_takes_back(url: str) -> None:
    with DirectSession(url) as session:
        session.run("CREATE TABLE t (id int)")
        session.rollback()
        session.run("CREATE TABLE t (id int)")
        assert session.query("SELECT count(*) FROM t") == [(0,)]


def test_postgresql_answers_are_numbers_truth_and_text(fresh: Fresh) -> None:
    with DirectSession(fresh()) as session:
        assert session.query(
            "SELECT 1, 1.5::float8, true, null, 'a'::text, 'pg_class'::regclass, 1.20::numeric, "
            "ARRAY['a', 'b'], DATE '2020-01-02', '{\"a\":1}'::jsonb, 7::oid, 'n'::name, '100%'"
        ) == [
            (1, 1.5, True, None, "a", "pg_class", "1.20", "{a,b}", "2020-01-02", '{"a": 1}', 7, "n", "100%")
        ]


def test_a_failure_brings_its_sqlstate_and_one_line(fresh: Fresh) -> None:
    with DirectSession(fresh()) as session, pytest.raises(StatementFailed) as failure:
        session.run("SELECT 1 FROM nowhere")
    assert failure.value.sqlstate == "42P01"
    assert failure.value.message == 'relation "nowhere" does not exist'


def test_a_server_that_is_not_there_is_said() -> None:
    with pytest.raises(StatementFailed, match="No such file"):
        DirectSession("postgresql://postgres@/postgres?host=/nowhere")
