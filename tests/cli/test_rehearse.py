"""`deploycheck rehearse`, as its users run it."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import ROOT, Cli
from tests.postgres import Postgres

ENV = """\
from alembic import context
from sqlalchemy import create_engine

with create_engine("{url}").connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
"""
SQLITE, POSTGRES = "sqlite:///shop.db", "postgresql+psycopg://shop:geheim42@production.example/shop"
REVISION = """\
from alembic import op

revision = "{id}"
down_revision = {parent!r}


def upgrade():
    {up}


def downgrade():
    {down}
"""
MAKE = ('op.execute("CREATE TABLE tool (id INTEGER)")', 'op.execute("DROP TABLE tool")')
COLUMN = ('op.execute("ALTER TABLE tool ADD name TEXT")', 'op.execute("ALTER TABLE tool DROP COLUMN name")')
INDEX = ('op.execute("CREATE INDEX ix_tool ON tool (id)")', "pass")


def history(root: Path, *revisions: tuple[str, str], url: str = SQLITE) -> Path:
    """Write an Alembic history of revisions "one", "two", … in a line."""
    versions = root / "migrations" / "versions"
    versions.mkdir(parents=True)
    (root / "alembic.ini").write_text("[alembic]\nscript_location = migrations\n", encoding="utf-8")
    (root / "migrations" / "env.py").write_text(ENV.format(url=url), encoding="utf-8")
    parent = None
    for id_, (up, down) in zip(("one", "two", "three", "four"), revisions, strict=False):
        text = REVISION.format(id=id_, parent=parent, up=up, down=down)
        (versions / f"{id_}.py").write_text(text, encoding="utf-8")
        parent = id_
    return root


def rehearsed(cli: Cli, root: Path, *options: str, code: int = 0) -> dict[str, Any]:
    result = cli("rehearse", str(root), "--isolated", "--format", "json", *options)
    assert result.returncode == code, result.stdout + result.stderr
    document: dict[str, Any] = json.loads(result.stdout)
    return document


def states(document: dict[str, Any]) -> list[str]:
    return [r["state"] for r in document["understood"]["migrations"][0]["rehearsed"]["by_revision"]]


def test_each_revision_goes_up_and_down_and_up_again(cli: Cli, project: Path) -> None:
    document = rehearsed(cli, history(project, MAKE, INDEX, COLUMN))
    assert states(document) == ["reversible", "leaves traces", "reversible"]
    seen = document["understood"]["migrations"][0]["rehearsed"]
    assert (seen["backend"], seen["percent"], seen["reversible"], seen["counted"]) == ("sqlite", 66, 2, 3)
    (empty,) = [f for f in document["findings"] if f["code"] == "MIG003"]
    assert empty["proof"] == "confirmed"
    assert empty["proof_note"].endswith(": index ix_tool on tool is still there")
    assert document["unrehearsed"] == []


def test_nothing_is_left_in_the_project(cli: Cli, project: Path) -> None:
    history(project, MAKE, INDEX)
    before = sorted(project.rglob("*"))
    rehearsed(cli, project)
    assert sorted(project.rglob("*")) == before


def test_a_revision_that_fails_is_left_out_for_the_rest(cli: Cli, project: Path) -> None:
    broken = ('op.execute("CREATE TABLE no (")', "pass")
    document = rehearsed(cli, history(project, MAKE, broken, INDEX), code=1)
    assert states(document) == ["reversible", "upgrade fails", "leaves traces"]
    found = {f["code"]: f for f in document["findings"]}
    assert found["MIG201"]["location"] == {
        "path": "migrations/versions/two.py",
        "line": 8,
        "column": 1,
        "end_line": 8,
    }
    assert (found["MIG201"]["confidence"], found["MIG203"]["confidence"]) == ("certain", "likely")


def test_a_revision_without_a_downgrade_is_no_way_back(cli: Cli, project: Path) -> None:
    history(project, MAKE, COLUMN)
    two = project / "migrations" / "versions" / "two.py"
    two.write_text(two.read_text(encoding="utf-8").partition("def downgrade")[0], encoding="utf-8")
    document = rehearsed(cli, project)
    assert states(document) == ["reversible", "downgrade fails"]
    (found,) = [f for f in document["findings"] if f["code"] == "MIG202"]
    assert "has no attribute 'downgrade'" in found["message"]
    assert found["location"]["path"] == "migrations/versions/two.py"
    assert [f["proof"] for f in document["findings"] if f["code"] == "MIG003"] == ["confirmed"]


def test_a_revision_without_an_upgrade_stops_every_upgrade(cli: Cli, project: Path) -> None:
    history(project, MAKE, COLUMN)
    two = project / "migrations" / "versions" / "two.py"
    two.write_text(two.read_text(encoding="utf-8").replace("def upgrade", "def upgraded"), encoding="utf-8")
    document = rehearsed(cli, project, "--fail-on", "high", code=1)
    assert states(document) == ["reversible", "upgrade fails"]
    (found,) = [f for f in document["findings"] if f["code"] == "MIG201"]
    assert found["location"]["path"] == "migrations/versions/two.py"


def test_the_first_revision_that_fails_ends_it(cli: Cli, project: Path) -> None:
    broken = ('op.execute("CREATE TABLE no (")', "pass")
    document = rehearsed(cli, history(project, broken, MAKE), code=1)
    assert states(document) == ["upgrade fails", "not rehearsed"]
    assert "the step up of one, before it, fails" in document["unrehearsed"][0]


def test_what_needs_a_package_that_is_not_there_is_incomplete(cli: Cli, project: Path) -> None:
    history(project, MAKE)
    env = project / "migrations" / "env.py"
    env.write_text("import no_such_package\n" + env.read_text(encoding="utf-8"), encoding="utf-8")
    document = rehearsed(cli, project, code=3)
    assert "no module named 'no_such_package'" in document["unrehearsed"][0]
    outcomes = {r["code"]: r for r in document["rules"]}
    assert outcomes["MIG201"]["outcome"] == "skipped"
    assert outcomes["MIG201"]["reason"].startswith("incomplete:")


def test_no_rule_of_it_need_be_selected_for_that(cli: Cli, project: Path) -> None:
    history(project, MAKE)
    (project / "migrations" / "env.py").write_text("raise RuntimeError('no')\n", encoding="utf-8")
    assert rehearsed(cli, project, "--select", "MIG001", code=3)["unrehearsed"]


def test_a_backend_without_a_throwaway_is_incomplete(cli: Cli, project: Path) -> None:
    history(project, MAKE, url="mysql+pymysql://u@h/db")
    document = rehearsed(cli, project, code=3)
    assert "production uses MySQL" in document["unrehearsed"][0]


def test_where_the_target_stands_is_told_from(cli: Cli, project: Path) -> None:
    document = rehearsed(cli, history(project, MAKE, INDEX), "--from", "on")
    assert document["understood"]["migrations"][0]["rehearsed"]["from"] == "one"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--from", "nine"), "--from: no revision begins with 'nine'"),
        (
            ("--history", "migration"),
            "--history: no history has the name 'migration'; did you mean migrations?",
        ),
        (("--python", "/nowhere/python"), "--python: /nowhere/python is no program"),
        (("--timeout", "soon"), "'soon' is not a number of seconds above 0"),
        (("--backend", "sqlit"), "did you mean sqlite?"),
        (("--serve", "x"), "Did you mean --server?"),
    ],
)
def test_an_option_that_names_nothing_is_refused(
    cli: Cli, project: Path, options: tuple[str, ...], said: str
) -> None:
    result = cli("rehearse", str(history(project, MAKE)), *options)
    assert result.returncode == 2
    assert said in result.stderr


def test_the_report_says_on_what_it_ran_and_for_whom(cli: Cli, project: Path) -> None:
    result = cli("rehearse", str(history(project, MAKE)), "--isolated", "--verbose")
    words = " ".join(result.stdout.split())
    assert "downgrade coverage rehearsed 100 % (1 of 1 revisions)" in words
    assert "only heads are judged as pending: --from or --database-url tells where the target" in words
    assert "(deploycheck's own)" in words
    assert "Rehearsed migrations on SQLite" in words
    assert "reversible one migrations/versions/one.py" in words
    assert result.stderr == "deploycheck: rehearsing 1 revision; this runs the project's migrations\n"


def test_production_is_never_reached_nor_its_password_shown(
    cli: Cli, project: Path, postgres: Postgres
) -> None:
    history(project, MAKE, INDEX, url=POSTGRES)
    result = cli("rehearse", str(project), "--isolated", "--verbose", "--server", postgres())
    assert "leaves traces" in result.stdout
    assert "geheim42" not in result.stdout + result.stderr


def test_a_server_that_does_not_answer_is_incomplete(cli: Cli, project: Path) -> None:
    history(project, MAKE, url=POSTGRES)
    server = "postgresql://u:geheim43@127.0.0.1:1/db"
    result = cli("rehearse", str(project), "--isolated", "--server", server)
    assert result.returncode == 3
    assert "cannot be reached" in result.stdout
    assert "geheim43" not in result.stdout + result.stderr


def test_a_revision_that_hangs_is_ended_and_told(cli: Cli, project: Path) -> None:
    hangs = ("__import__('time').sleep(60)", "pass")
    document = rehearsed(cli, history(project, MAKE, hangs), "--timeout", "2", "--fail-on", "high", code=1)
    (found,) = [f for f in document["findings"] if f["code"] == "MIG201"]
    assert (found["severity"], found["confidence"]) == ("high", "likely")
    assert "did not end within 2 s" in found["message"]


def test_an_interrupt_ends_everything(project: Path) -> None:
    history(project, ("__import__('time').sleep(60)", "pass"))
    with subprocess.Popen(
        [sys.executable, "-m", "deploycheck", "rehearse", str(project), "--isolated"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        assert "rehearsing 1 revision" in process.stderr.readline()
        children = (
            Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text(encoding="ascii").split()
        )
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (130, "deploycheck: interrupted\n")
    for _ in range(50):
        if not any(Path(f"/proc/{child}").exists() for child in children):
            break
        time.sleep(0.1)
    assert children
    assert [child for child in children if Path(f"/proc/{child}").exists()] == []


def test_a_check_names_the_rehearsal_as_the_next_step(cli: Cli, project: Path) -> None:
    history(project, MAKE)
    assert "deploycheck rehearse" in cli(str(project), "--isolated").stdout
    assert "deploycheck rehearse" not in cli("rehearse", str(project), "--isolated").stdout


ONE = 'op.execute("{} INDEX CONCURRENTLY one_of_two{}")'
TWO = 'op.execute("CREATE INDEX CONCURRENTLY two_of_two ON tool (id)")'
BLOCK = "with op.get_context().autocommit_block():\n        "
CONCURRENTLY = (
    f"{BLOCK}{ONE.format('CREATE', ' ON tool (id)')}\n        {TWO}",
    f"{BLOCK}{ONE.format('DROP', '')}",
)
KEYED = ('op.execute("CREATE TABLE kind (id INTEGER PRIMARY KEY)")', 'op.execute("DROP TABLE kind")')
SEED = ('op.execute("INSERT INTO kind VALUES (7)")', "pass")


def test_what_cannot_be_taken_back_is_begun_anew(cli: Cli, project: Path, postgres: Postgres) -> None:
    history(project, MAKE, CONCURRENTLY, KEYED, SEED, url=POSTGRES)
    document = rehearsed(cli, project, "--server", postgres())
    assert states(document) == ["reversible", "leaves traces", "reversible", "second upgrade fails"]
    notes = [r["note"] for r in document["understood"]["migrations"][0]["rehearsed"]["by_revision"]]
    assert notes[1] == "index two_of_two on tool is still there"
    assert "duplicate key value" in notes[3]
    assert document["unrehearsed"] == []


def test_what_only_sqlite_understands_fails_on_production_s_backend(cli: Cli, project: Path) -> None:
    shutil.copytree(ROOT / "fixtures" / "histories" / "sqlite_only", project, dirs_exist_ok=True)
    document = rehearsed(cli, project, code=1)
    (history,) = document["understood"]["migrations"]
    assert (history["rehearsed"]["backend"], history["rehearsed"]["guess"]) == ("postgresql", None)
    (found,) = [f for f in document["findings"] if f["code"] == "MIG201"]
    assert (found["subject"], found["location"]["line"]) == ("0001", 11)
    assert found["location"]["path"] == "migrations/versions/0001_seeds.py"
    assert "PRAGMA" in found["message"] + " ".join(step["text"] for step in found["trail"])
