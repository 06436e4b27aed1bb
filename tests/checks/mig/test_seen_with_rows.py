from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from deploycheck.checks.mig.lost import rows_lost
from deploycheck.checks.mig.waiting import lock_hazard, on_postgresql, rewrites_or_locks
from deploycheck.checks.mig.withrows import fails_for_any, fails_with_rows
from deploycheck.facts.rehearsed import (
    NEEDS_SQUAWK,
    Ending,
    Failure,
    Hazard,
    Lock,
    Lost,
    Rehearsal,
    RehearsedHistory,
    RehearsedRevision,
)
from deploycheck.findings import Evidence
from deploycheck.rules import Incomplete, Skip

if TYPE_CHECKING:
    from deploycheck.findings import Draft
    from deploycheck.project import Project
    from deploycheck.rules import Rule

ADD = "ALTER TABLE users ADD COLUMN name VARCHAR(80) NOT NULL"
NULLS = 'column "name" of relation "users" contains null values'
INDEX = "CREATE INDEX ix ON users (name)"


def _revision(**said: object) -> RehearsedRevision:
    return RehearsedRevision(**{"id": "a1", "path": "migrations/versions/a1.py", "line": 7, **said})  # type: ignore[arg-type]


def _project(*revisions: RehearsedRevision, **said: object) -> Project:
    about = {
        "name": "migrations",
        "backend": "postgresql",
        "server": "PostgreSQL 18.4",
        "start": "a0",
        **said,
    }
    history = RehearsedHistory(revisions=revisions, **about)  # type: ignore[arg-type]
    return cast("Project", SimpleNamespace(script_directories=(), rehearsal=Rehearsal((history,))))


def _found(rule: Rule, project: Project) -> list[Draft]:
    found = list(rule.check(project))
    assert all(draft.evidence is Evidence.REHEARSED for draft in found)
    return found


def _failure(message: str, statement: str = ADD, sqlstate: str = "23502") -> Failure:
    return Failure(Ending.FAILED, message, statement=statement, sqlstate=sqlstate, revision="a1")


def test_what_is_lost_is_told_once_a_revision() -> None:
    lost = (*(Lost("users", c) for c in ("a", "b", "c", "d")), Lost("tags"))
    [draft] = _found(rows_lost, _project(_revision(lost=lost), _revision(id="a2")))
    assert draft.subject == "a1"
    assert (draft.at.path, draft.at.line) == ("migrations/versions/a1.py", 7)
    assert "the values of users.a" in draft.message
    assert "and 2 more" in draft.message
    assert "rows of tags" in [step.text for step in draft.trail]


def test_a_revision_that_was_not_rehearsed_leaves_the_rules_incomplete() -> None:
    project = _project(_revision(not_rehearsed="it needs PostGIS"))
    for rule in (rows_lost, fails_with_rows, rewrites_or_locks, lock_hazard):
        with pytest.raises(Incomplete, match="PostGIS"):
            _found(rule, project)


@pytest.mark.parametrize(
    ("failure", "any_row"),
    [
        (_failure(NULLS), True),
        (_failure(NULLS, 'ALTER TABLE users ADD "name" TEXT NOT NULL'), True),
        (_failure(NULLS, "ALTER TABLE users ALTER COLUMN name SET NOT NULL"), False),
        (_failure("Cannot add a NOT NULL column with default value NULL", sqlstate=""), True),
        (
            _failure(
                "NOT NULL constraint failed: _alembic_tmp_users.name",
                "INSERT INTO _alembic_tmp_users (id, mail) SELECT users.id, users.mail FROM users",
            ),
            True,
        ),
        (
            _failure(
                "NOT NULL constraint failed: _alembic_tmp_users.name",
                "INSERT INTO _alembic_tmp_users (id, name) SELECT users.id, users.name FROM users",
            ),
            False,
        ),
        (_failure("could not create unique index", INDEX, "23505"), False),
        (_failure('invalid input syntax for type integer: "r7919"', "ALTER TABLE a ALTER b TYPE int"), False),
        (_failure("KeyError: 'r7919'", ""), False),
    ],
)
def test_only_a_new_column_without_a_value_fails_whatever_the_rows(failure: Failure, any_row: bool) -> None:
    assert fails_for_any(failure, _revision()) is any_row
    [draft] = _found(fails_with_rows, _project(_revision(with_rows=failure)))
    assert draft.certain is any_row


def test_a_column_that_an_earlier_statement_adds_is_new_too() -> None:
    failure = _failure(NULLS, "ALTER TABLE users ALTER COLUMN name SET NOT NULL")
    assert fails_for_any(failure, _revision(statements=("ALTER TABLE users ADD COLUMN name VARCHAR(80)",)))


@pytest.mark.parametrize(("said", "without"), [("", ""), ("a0", "a00")])
def test_it_is_likely_where_the_target_or_a_revision_before_is_not_known(said: str, without: str) -> None:
    one = _revision(with_rows=_failure(NULLS), locks=(Lock("users", "ShareLock", 1),), without=without)
    for rule in (fails_with_rows, rewrites_or_locks):
        [draft] = _found(rule, _project(one, start=said))
        assert not draft.certain


def test_what_the_target_has_already_is_nobody_s_concern() -> None:
    one = _revision(
        pending=False,
        with_rows=_failure(NULLS),
        locks=(Lock("users", "AccessExclusiveLock", 1),),
        hazards=(Hazard("require-concurrent-index-creation", "blocked", INDEX),),
    )
    for rule in (fails_with_rows, rewrites_or_locks, lock_hazard):
        assert _found(rule, _project(one)) == []


@pytest.mark.parametrize(
    ("lock", "told"),
    [
        (Lock("users", "AccessExclusiveLock"), ""),
        (Lock("users", "ShareUpdateExclusiveLock", 3), ""),
        (Lock("users", "AccessExclusiveLock", 1), "nobody can read or write users"),
        (Lock("users", "ShareLock", 2), "nobody can write to users"),
        (Lock("users", "AccessExclusiveLock", 3, rewrote=True), "users, which is written anew"),
    ],
)
def test_a_lock_is_told_where_rows_are_gone_through_under_it(lock: Lock, told: str) -> None:
    found = _found(rewrites_or_locks, _project(_revision(locks=(lock,), statements=(INDEX,))))
    assert bool(found) is bool(told)
    assert all(told in draft.message for draft in found)


def test_tables_of_this_deployment_are_new_in_production_too() -> None:
    first = _revision(id="a1", statements=('CREATE TABLE "Users" (id int)',))
    second = _revision(
        id="a2",
        locks=(Lock("Users", "ShareLock", 1),),
        hazards=(Hazard("require-concurrent-index-creation", "blocked", 'CREATE INDEX ix ON "Users" (id)'),),
    )
    assert _found(rewrites_or_locks, _project(first, second)) == []
    assert _found(lock_hazard, _project(first, second)) == []
    assert len(_found(rewrites_or_locks, _project(second))) == 1


def test_squawk_is_heard_where_no_lock_was_seen() -> None:
    hazard = Hazard("require-concurrent-index-creation", "Updates are blocked.", INDEX)
    [draft] = _found(lock_hazard, _project(_revision(hazards=(hazard,))))
    assert "Updates are blocked" in draft.message
    assert INDEX in [step.text for step in draft.trail]
    assert (
        _found(lock_hazard, _project(_revision(hazards=(hazard,), locks=(Lock("users", "ShareLock"),)))) == []
    )


def test_without_squawk_the_rule_is_skipped_and_where_it_fails_incomplete() -> None:
    with pytest.raises(Skip, match="squawk"):
        _found(lock_hazard, _project(_revision(), hazards_problem=NEEDS_SQUAWK))
    with pytest.raises(Incomplete, match="did not answer"):
        _found(lock_hazard, _project(_revision(), hazards_problem="squawk did not answer within 60 s"))


def test_sqlite_locks_no_tables() -> None:
    assert on_postgresql(_project(_revision(), backend="sqlite"))
    assert not on_postgresql(_project(_revision()))
