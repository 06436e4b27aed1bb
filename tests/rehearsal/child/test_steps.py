"""Steps, one by one in one run of env.py: what runs, what is committed when, and what can be seen."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import psycopg
import pytest

from deploycheck.facts.rehearsed import Ending
from deploycheck.rehearsal.session import Session, StatementFailed
from deploycheck.rehearsal.steps import Moment, Step, Undo
from tests.rehearsal.child.projects import ASYNC, EXTERNAL, SYNC, AlembicProject, down, up
from tests.rehearsal.servers import Fresh

TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"


def tables(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        return [row[0] for row in connection.execute(TABLES.encode())]


ENVIRONMENTS = {
    "sync": (SYNC, "postgresql+psycopg2://u:p@nowhere/prod"),
    "psycopg": (SYNC, "postgresql+psycopg://u:p@nowhere/prod"),
    "one transaction around it all": (EXTERNAL, "postgresql+psycopg://u:p@nowhere/prod"),
    "asyncpg": (ASYNC, "postgresql+asyncpg://u:p@nowhere/prod"),
    "async psycopg": (ASYNC, "postgresql+psycopg://u:p@nowhere/prod"),
    "asyncpg in one transaction": (
        ASYNC.replace("engine.connect()", "engine.begin()"),
        "postgresql+asyncpg://u:p@nowhere/prod",
    ),
    "pg8000": (SYNC, "postgresql+pg8000://u:p@nowhere/prod"),
    "autocommit": (
        SYNC.replace(
            "engine.connect() as", "engine.connect().execution_options(isolation_level='AUTOCOMMIT') as"
        ),
        "postgresql+psycopg://u:p@nowhere/prod",
    ),
    "a placeholder in the ini": (SYNC, "driver://user:pass@localhost/dbname"),
    "another backend in the ini": (SYNC, "sqlite:///dev.db"),
    "a connection of the caller's": (
        """
        from alembic import context

        context.configure(connection=context.config.attributes["connection"])
        with context.begin_transaction():
            context.run_migrations()
        """,
        "",
    ),
}


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_each_step_is_committed_by_itself_in_every_kind_of_environment(
    name: str, tmp_path: Path, fresh: Fresh
) -> None:
    if name == "pg8000":
        pytest.importorskip("pg8000")
    env, url = ENVIRONMENTS[name]
    project = AlembicProject(tmp_path, env=env, url=url)
    project.revision("one")
    project.revision("two", "one")
    target = fresh()
    seen: list[tuple[str, str, list[str]]] = []

    def watch(moment: Moment, step: Step, session: Session) -> None:
        if moment is not Moment.APPLIED:
            seen.append((moment.value, step.revision, tables(target)))
        assert session.query("SELECT 1 WHERE 'a%b' LIKE 'a%'") == [(1,)]

    with project.process(target) as process:
        ran = process.steps([*up("one"), *down("one"), *up("one", "two")], watch)
    assert ran.failure is None
    assert [a.step for a in ran.applied] == [*up("one"), *down("one"), *up("one", "two")]
    assert seen == [
        ("before", "one", ["alembic_version"]),
        ("done", "one", ["alembic_version", "one"]),
        ("before", "one", ["alembic_version", "one"]),
        ("done", "one", ["alembic_version"]),
        ("before", "one", ["alembic_version"]),
        ("done", "one", ["alembic_version", "one"]),
        ("before", "two", ["alembic_version", "one"]),
        ("done", "two", ["alembic_version", "one", "two"]),
    ]


def test_what_ran_is_told_without_parameters_and_without_our_own(tmp_path: Path, fresh: Fresh) -> None:
    project = AlembicProject(tmp_path)
    project.revision(
        "one",
        up="""
        op.execute("CREATE TABLE one (id int)")
        op.execute(sa.text("INSERT INTO one VALUES (:n)").bindparams(n=4711))
        """,
    )

    def watch(moment: Moment, step: Step, session: Session) -> None:
        session.query("SELECT 'ours'")

    with project.process(fresh()) as process:
        ran = process.steps(up("one"), watch)
    (applied,) = ran.applied
    assert [s.split("(")[0].strip() for s in applied.statements] == [
        "CREATE TABLE one",
        "INSERT INTO one VALUES",
    ]
    assert "4711" not in "".join(applied.statements)
    assert applied.seconds > 0


def test_locks_are_seen_while_the_step_is_not_committed(tmp_path: Path, fresh: Fresh) -> None:
    project = AlembicProject(tmp_path)
    project.revision("one")
    project.revision("two", "one", up="op.execute('ALTER TABLE one ADD COLUMN n int')", down="pass")
    locks = {}

    def watch(moment: Moment, step: Step, session: Session) -> None:
        rows = session.query("SELECT mode FROM pg_locks WHERE relation = to_regclass('one') ORDER BY 1")
        locks[step.revision, moment] = [row[0] for row in rows]

    with project.process(fresh()) as process:
        assert process.steps(up("one", "two"), watch).failure is None
    assert locks["two", Moment.BEFORE] == []
    assert "AccessExclusiveLock" in locks["two", Moment.APPLIED]
    assert locks["two", Moment.DONE] == []


def test_what_the_parent_writes_before_a_step_stays_when_the_step_fails(tmp_path: Path, fresh: Fresh) -> None:
    project = AlembicProject(tmp_path)
    project.revision("one")
    project.revision("two", "one", up="op.execute('ALTER TABLE one ADD COLUMN n int NOT NULL')")
    target = fresh()

    def watch(moment: Moment, step: Step, session: Session) -> None:
        if (moment, step.revision) == (Moment.BEFORE, "two"):
            session.run("INSERT INTO one VALUES (7)")
            with pytest.raises(StatementFailed) as failed:
                session.run("INSERT INTO one VALUES (7)")
            assert failed.value.sqlstate == "23505"
            assert session.query("SELECT * FROM one") == [(7,)]

    with project.process(target) as process:
        ran = process.steps(up("one", "two"), watch)
        assert ran.failure is not None
        assert (ran.failure.revision, ran.failure.sqlstate) == ("two", "23502")
        assert ran.failure.statement == "ALTER TABLE one ADD COLUMN n int NOT NULL"
        again = process.steps(down("one"))
    assert again.failure is None
    assert tables(target) == ["alembic_version"]


def test_a_watch_takes_a_step_back(tmp_path: Path, fresh: Fresh) -> None:
    project = AlembicProject(tmp_path)
    project.revision("one")
    project.revision("two", "one")
    target = fresh()

    def watch(moment: Moment, step: Step, session: Session) -> None:
        if (moment, step.revision) == (Moment.APPLIED, "two"):
            raise Undo

    with project.process(target) as process:
        ran = process.steps(up("one", "two"), watch)
        assert ([a.step.revision for a in ran.applied], ran.failure) == (["one"], None)
        assert tables(target) == ["alembic_version", "one"]
        assert process.steps(up("two")).failure is None
    assert tables(target) == ["alembic_version", "one", "two"]


def test_an_error_of_the_watch_comes_out_and_ends_the_child(tmp_path: Path, fresh: Fresh) -> None:
    project = AlembicProject(tmp_path)
    project.revision("one")

    def watch(moment: Moment, step: Step, session: Session) -> None:
        raise ZeroDivisionError

    with project.process(fresh()) as process:
        with pytest.raises(ZeroDivisionError):
            process.steps(up("one"), watch)
        assert process.steps(up("one")).failure is None  # with a new one


def test_an_upgrade_keeps_the_transaction_that_env_py_makes(tmp_path: Path, fresh: Fresh) -> None:
    project = AlembicProject(tmp_path)
    project.revision("one")
    project.revision("two", "one")
    target = fresh()
    seen = []

    def watch(moment: Moment, step: Step, session: Session) -> None:
        seen.append((moment.value, step.revision, tables(target)))

    with project.process(target) as process:
        assert process.upgrade(watch, to="heads").failure is None
    assert {tuple(names) for _, _, names in seen} == {()}  # all of it is committed at once
    assert tables(target) == ["alembic_version", "one", "two"]


def test_an_upgrade_that_fails_in_one_transaction_leaves_nothing(tmp_path: Path, fresh: Fresh) -> None:
    project = AlembicProject(tmp_path)
    project.revision("one")
    path = project.revision("two", "one", up="pass\nop.execute('ALTER TABLE nothing ADD COLUMN n int')")
    target = fresh()
    with project.process(target) as process:
        failure = process.upgrade().failure
    assert failure is not None
    assert (failure.ending, failure.revision, failure.sqlstate) == (Ending.FAILED, "two", "42P01")
    assert failure.message == 'UndefinedTable: relation "nothing" does not exist'
    assert (failure.at.path, failure.at.line) == (path, 9) if failure.at else False
    assert tables(target) == []


def test_branches_merges_labels_and_dependencies(tmp_path: Path, fresh: Fresh) -> None:
    project = AlembicProject(tmp_path)
    project.revision("root")
    project.revision("left", "root", head="branch_labels = ('blue',)")
    project.revision("right", "root", head="depends_on = 'left'")
    project.revision("merged", ("left", "right"), up="pass", down="pass")
    project.revision("apart", head="depends_on = ('merged',)\nbranch_labels = ('other',)")
    target = fresh()
    with project.process(target) as process:
        known = {one.id: one for one in process.history()}
        order = list(known)
        assert order.index("left") < order.index("right") < order.index("merged") < order.index("apart")
        assert known["merged"].parents == ("left", "right")
        assert known["apart"].parents == ()
        assert known["left"].branch_labels == ("blue",)
        assert known["left"].path == "migrations/versions/left.py"
        there_and_back = [step for name in order for step in (*up(name), *down(name), *up(name))]
        ran = process.steps(there_and_back)
        assert ran.failure is None
        assert len(ran.applied) == 15
    with psycopg.connect(target) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [("apart",)]


def test_sqlite_on_a_file_batch_mode_included(tmp_path: Path) -> None:
    for env, url in ((SYNC, "sqlite:///prod.db"), (ASYNC, "sqlite+aiosqlite:///prod.db")):
        folder = tmp_path / url.partition(":")[0].replace("+", "_")
        folder.mkdir()
        project = AlembicProject(folder / "app", env=env, url=url)
        project.revision("one")
        project.revision(
            "two",
            "one",
            up="with op.batch_alter_table('one') as batch:\n    batch.add_column(sa.Column('n', sa.Integer))",
            down="with op.batch_alter_table('one') as batch:\n    batch.drop_column('n')",
        )
        target = folder / "throwaway.db"
        columns = []

        def watch(moment: Moment, step: Step, session: Session) -> None:
            assert session.backend == "sqlite"
            if moment is Moment.DONE:
                columns.append([row[1] for row in session.query("PRAGMA table_info(one)")])  # noqa: B023

        with project.process(f"sqlite:///{target}") as process:
            ran = process.steps([*up("one", "two"), *down("two"), *up("two")], watch)
        assert ran.failure is None
        assert columns == [["id"], ["id", "n"], ["id"], ["id", "n"]]
        with sqlite3.connect(target) as connection:
            assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [("two",)]
        connection.close()
        assert not (project.root / "prod.db").exists()


def test_an_autocommit_block_runs_as_it_does_in_production(tmp_path: Path, fresh: Fresh) -> None:
    project = AlembicProject(tmp_path)
    project.revision("one")
    block = "with op.get_context().autocommit_block():\n    op.execute('{}')"
    project.revision(
        "two",
        "one",
        up=block.format("CREATE INDEX CONCURRENTLY ix ON one (id)"),
        down=block.format("DROP INDEX CONCURRENTLY ix"),
    )
    with project.process(fresh()) as process:
        assert process.steps([*up("one", "two"), *down("two"), *up("two")]).failure is None


def test_each_step_is_as_in_a_process_of_its_own(tmp_path: Path, fresh: Fresh) -> None:
    project = AlembicProject(tmp_path)
    project.revision(
        "one",
        head="made = []",
        up="""
        assert not made
        made.append(1)
        op.create_table("one", sa.Column("mood", sa.Enum("good", "bad", name="mood")))
        """,
        down="op.drop_table('one')\nop.execute('DROP TYPE mood')",
    )
    with project.process(fresh()) as process:
        assert process.steps([*up("one"), *down("one"), *up("one")]).failure is None
