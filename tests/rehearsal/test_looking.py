"""Plans that a connection keeps: they change no answer, whatever becomes of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from deploycheck.rehearsal.direct import DirectSession
from deploycheck.rehearsal.looking import Borrowed
from deploycheck.rehearsal.session import StatementFailed
from tests.rehearsal.servers import Fresh

COUNT = "SELECT count(*), '{}' FROM tool".format("long enough to be worth a plan " * 10)
PLANS = "SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'deploycheck%'"


@pytest.fixture
def session(fresh: Fresh) -> Iterator[DirectSession]:
    with DirectSession(fresh()) as session:
        session.run("CREATE TABLE tool (id int)")
        yield session


def _of(session: DirectSession) -> Borrowed:
    borrowed = Borrowed(session.backend)
    borrowed.stand_for(session)
    return borrowed


def _counts(borrowed: Borrowed, times: int) -> list[object]:
    return [borrowed.query(COUNT)[0][0] for _ in range(times)]


def test_what_is_asked_often_is_planned_once(session: DirectSession) -> None:
    borrowed = _of(session)
    assert _counts(borrowed, 2) == [0, 0]
    assert session.query(PLANS) == [(0,)]
    assert _counts(borrowed, 5) == [0] * 5
    assert session.query(PLANS) == [(1,)]
    session.run("INSERT INTO tool VALUES (1)")
    assert _counts(borrowed, 1) == [1]


def test_a_short_query_is_not_planned(session: DirectSession) -> None:
    borrowed = _of(session)
    assert [borrowed.query("SELECT 1") for _ in range(9)] == [[(1,)]] * 9
    assert session.query(PLANS) == [(0,)]


@pytest.mark.parametrize(
    "undone", ["DEALLOCATE ALL", "DISCARD PLANS", "ALTER TABLE tool ADD COLUMN name text"]
)
def test_a_plan_that_is_lost_is_made_anew(session: DirectSession, undone: str) -> None:
    borrowed = _of(session)
    _counts(borrowed, 4)
    session.run(undone)
    borrowed.stand_for(session)
    assert _counts(borrowed, 3) == [0, 0, 0]
    assert session.query(PLANS) == [(1,)]


def test_another_connection_has_plans_of_its_own(session: DirectSession, fresh: Fresh) -> None:
    borrowed = _of(session)
    _counts(borrowed, 4)
    with DirectSession(fresh()) as other:
        other.run("CREATE TABLE tool (id int)")
        other.run("INSERT INTO tool VALUES (1), (2)")
        borrowed.stand_for(other)
        assert _counts(borrowed, 3) == [2, 2, 2]
        assert other.query(PLANS) == [(1,)]


def test_a_plan_is_made_anew_as_the_catalogue_grows(session: DirectSession) -> None:
    borrowed = _of(session)
    assert _counts(borrowed, 200) == [0] * 200
    assert session.query(PLANS) == [(1,)]
    [(name,)] = session.query("SELECT name FROM pg_prepared_statements WHERE name LIKE 'deploycheck%'")
    _counts(borrowed, 70)
    assert session.query(f"SELECT count(*) FROM pg_prepared_statements WHERE name = '{name}'") == [(0,)]


def test_a_query_that_fails_fails_with_a_plan_too(session: DirectSession) -> None:
    borrowed = _of(session)
    _counts(borrowed, 4)
    session.run("DROP TABLE tool")
    borrowed.stand_for(session)
    with pytest.raises(StatementFailed) as caught:
        borrowed.query(COUNT)
    assert caught.value.sqlstate == "42P01"


def test_sqlite_has_no_plans(tmp_path: Path) -> None:
    with DirectSession(f"sqlite:///{tmp_path / 'tools.db'}") as session:
        session.run("CREATE TABLE tool (id int)")
        assert _counts(_of(session), 5) == [0] * 5


def test_nothing_is_lent_at_first() -> None:
    with pytest.raises(RuntimeError, match="no session is lent"):
        Borrowed("postgresql").query("SELECT 1")
