"""`--database-url` and `--database-env`, as users run them: exit codes, one line, no password anywhere."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from tests.cli.conftest import ROOT, Cli
from tests.fakes import written
from tests.postgres import Postgres

SECRET = "sentinel/pa55@word"
QUOTED = "sentinel%2Fpa55%40word"
PROJECT = {
    "alembic.ini": "[alembic]\nscript_location = migrations\n",
    "migrations/env.py": (
        "import os\nfrom alembic import context\nfrom sqlalchemy import create_engine\n\n"
        'engine = create_engine(os.environ["DATABASE_URL"])\n'
        "with engine.connect() as connection:\n    context.configure(connection=connection)\n"
        "    with context.begin_transaction():\n        context.run_migrations()\n"
    ),
    "migrations/versions/a1.py": (
        'import sqlalchemy as sa\nfrom alembic import op\n\nrevision = "a1"\ndown_revision = None\n\n\n'
        'def upgrade():\n    op.create_table("tools", sa.Column("id", sa.Integer))\n\n\n'
        'def downgrade():\n    op.drop_table("tools")\n'
    ),
    "Procfile": "web: uvicorn main:app\n",
    "requirements.txt": "fastapi\nuvicorn\nsqlalchemy\nalembic\n",
    "main.py": (
        "import os\nfrom fastapi import FastAPI\nfrom sqlalchemy import create_engine\n\n"
        'engine = create_engine(os.environ["DATABASE_URL"])\napp = FastAPI()\n'
    ),
}
OBSERVED = ("--select", "MIG101,MIG102,MIG103,MIG104")


@pytest.fixture
def shop(project: Path) -> str:
    return str(written(project, PROJECT))


def refused(done: subprocess.CompletedProcess[str], code: int) -> str:
    """Return the one line that a run ends with."""
    assert done.returncode == code, done.stdout + done.stderr
    assert done.stderr.count("\n") == 1
    for form in (SECRET, QUOTED, "sentinel", "pa55"):
        assert form not in done.stdout + done.stderr
    return done.stderr


def file_at(path: Path, revision: str) -> str:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        connection.execute("CREATE TABLE tools (id INTEGER)")
        connection.execute("INSERT INTO alembic_version VALUES (?)", [revision])
        connection.commit()
    return f"sqlite:///{path}"


def test_a_target_at_the_head(cli: Cli, shop: str, tmp_path: Path) -> None:
    url = file_at(tmp_path / "shop.db", "a1")
    done = cli(shop, "--database-url", url, *OBSERVED)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "at a1, the head" in done.stdout
    assert "the target was only looked at" in done.stdout


def test_the_document_has_the_target(cli: Cli, shop: str, tmp_path: Path) -> None:
    url = file_at(tmp_path / "shop.db", "a1")
    done = cli(shop, "--database-url", url, "--format", "json", *OBSERVED)
    facts = json.loads(done.stdout)["understood"]["facts"]
    assert [f["note"] for f in facts if f["label"] == "target"] == ["at a1, the head"]


def test_a_server_that_is_refused(cli: Cli, shop: str, postgres: Postgres) -> None:
    url = postgres()
    host = url.partition("?host=")[2]
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(b"SHOW hba_file").fetchone()
        assert row is not None
        rules = Path(row[0])
        before = rules.read_text()
        connection.execute(b"DROP ROLE IF EXISTS guarded")
        connection.execute(b"CREATE ROLE guarded LOGIN PASSWORD 'another-one'")
        rules.write_text(f"local all guarded scram-sha-256\n{before}")
        connection.execute(b"SELECT pg_reload_conf()")
        name = connection.info.dbname
        for given in (
            f"postgresql+asyncpg://guarded:{QUOTED}@/{name}?host={host}",
            f"postgresql://guarded@/{name}?host={host}&password={QUOTED}",
        ):
            for more in ((), ("--verbose",), ("--format", "json")):
                line = refused(cli(shop, "--database-url", given, *more), 3)
                assert "password authentication failed" in line
                assert "check the user, the password and sslmode" in line
        rules.write_text(before)
        connection.execute(b"SELECT pg_reload_conf()")


@pytest.mark.parametrize(
    ("url", "code", "told"),
    [
        (f"postgresql://u:{QUOTED}@127.0.0.1:1/shop", 3, "Connection refused"),
        (f"postgresql://u:{QUOTED}@nowhere.invalid/shop", 3, "check the name of the host"),
        (f"postgresql://u:{QUOTED}@127.0.0.1/shop?sslmode=nonsense", 3, "check the parameters of the URL"),
        (f"mysql://u:{QUOTED}@db/shop", 3, "looks at PostgreSQL and SQLite"),
        (f"postgresql://u:{SECRET}@db/shop", 2, "%40"),
        (f"postgresql://u:{QUOTED}@db:port/shop", 2, "cannot be read"),
        ("shop", 2, "is no database URL"),
        ("env:NOT_SET", 2, "this shell sets no variable NOT_SET"),
        ("sqlite:///none.db", 3, "check the path"),
    ],
)
@pytest.mark.parametrize("more", [(), ("--verbose",), ("--format", "json")])
def test_what_cannot_be_looked_at_is_one_line(  # noqa: PLR0913 - two fixtures and a case
    cli: Cli, shop: str, *, url: str, code: int, told: str, more: tuple[str, ...]
) -> None:
    done = cli(shop, "--database-url", url, *more)
    assert told in refused(done, code)
    if "json" in more:
        assert json.loads(done.stdout)["exit_code"] == code


def test_a_url_in_the_place_of_the_folder_is_not_printed(cli: Cli) -> None:
    for url in (f"postgresql://u:{QUOTED}@db/shop", f"postgresql://u@db/shop?password={QUOTED}"):
        refused(cli(url), 4)
        refused(cli(url, "--format", "json"), 4)


def test_a_url_from_a_variable(cli: Cli, shop: str, tmp_path: Path) -> None:
    url = file_at(tmp_path / "shop.db", "a1")
    done = cli(shop, "--database-url", "env:TARGET", *OBSERVED, env={"TARGET": url})
    assert "at a1, the head" in done.stdout


def test_both_options_are_refused(cli: Cli, shop: str) -> None:
    line = refused(cli(shop, "--database-url", "sqlite:///x.db", "--database-env"), 2)
    assert "give one of them" in line


# -- --database-env --------------------------------------------------------------------------------


def test_the_environment_s_own_database(cli: Cli, shop: str, tmp_path: Path) -> None:
    url = file_at(tmp_path / "shop.db", "a1")
    assert "at a1, the head" in cli(shop, "--database-env", *OBSERVED, env={"DATABASE_URL": url}).stdout
    (tmp_path / "production.env").write_text(f"DATABASE_URL={url}\n")
    more = ("--isolated", "--env-file", str(tmp_path / "production.env"))
    assert "at a1, the head" in cli(shop, "--database-env", *OBSERVED, *more).stdout


def test_an_environment_that_does_not_tell(cli: Cli, shop: str) -> None:
    line = refused(cli(shop, "--database-env"), 2)
    assert "gives no value to DATABASE_URL" in line


def test_an_environment_s_password_is_not_told(cli: Cli, shop: str) -> None:
    env = {"DATABASE_URL": f"postgresql+asyncpg://u:{QUOTED}@127.0.0.1:1/shop"}
    assert "postgresql://u:***@127.0.0.1:1/shop" in refused(cli(shop, "--database-env", env=env), 3)


def test_the_variables_of_libpq(cli: Cli, project: Path, postgres: Postgres) -> None:
    url = postgres()
    files = {k: v for k, v in PROJECT.items() if not k.startswith(("migrations", "alembic"))}
    files["main.py"] = "import psycopg\nfrom fastapi import FastAPI\n\npsycopg.connect()\napp = FastAPI()\n"
    written(project, files)
    with psycopg.connect(url) as connection:
        name = connection.info.dbname
    env = {"PGHOST": url.partition("?host=")[2], "PGDATABASE": name, "PGUSER": "postgres"}
    done = cli(str(project), "--database-env", "--select", "POOL", env=env)
    assert f"postgresql://postgres@/{name}?host=" in done.stdout, done.stdout + done.stderr


# -- the static path -------------------------------------------------------------------------------


def test_without_a_database_nothing_heavy_is_imported(shop: str) -> None:
    code = (
        "import sys; from deploycheck.cli import main; main.run(sys.argv[1:]);"
        "found = {'sqlalchemy', 'alembic', 'psycopg', 'sqlite3', 'deploycheck.database'} & set(sys.modules);"
        "sys.exit(f'imported: {found}' if found else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, shop, "--isolated"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


MODELS = {
    **PROJECT,
    "models.py": (
        "import os\nimport sqlalchemy as sa\n\nassert os.environ['SECRET_KEY']\nmetadata = sa.MetaData()\n"
        'sa.Table("tools", metadata, sa.Column("id", sa.Integer), sa.Column("price", sa.Integer))\n'
    ),
    "migrations/env.py": "import models\n"
    + PROJECT["migrations/env.py"].replace(
        "configure(connection=connection)",
        "configure(connection=connection, target_metadata=models.metadata)",
    ),
    "alembic.ini": "[alembic]\nscript_location = migrations\nprepend_sys_path = .\n",
}


@pytest.mark.parametrize("backend", ["postgresql", "sqlite"])
def test_the_models_are_compared_only_when_that_is_asked_for(
    cli: Cli, project: Path, tmp_path: Path, postgres: Postgres, backend: str
) -> None:
    root = str(written(project, MODELS))
    url = f"sqlite:///{tmp_path / 'target.db'}"
    if backend == "postgresql":
        url = postgres()
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
            connection.execute("INSERT INTO alembic_version VALUES ('a1')")
            connection.execute("CREATE TABLE tools (id integer)")
    else:
        file_at(tmp_path / "target.db", "a1")
    drift = ("--select", "MIG102", "--format", "json", "--isolated", "--database-url", url)
    unasked = json.loads(cli(root, *drift).stdout)
    assert [r["reason"] for r in unasked["rules"]] == ["needs --compare-models"]
    document = json.loads(cli(root, *drift, "--compare-models").stdout)
    (finding,) = document["findings"]
    assert finding["evidence"] == "observed"
    assert [step["text"] for step in finding["trail"]] == ["ALTER TABLE tools ADD COLUMN price INTEGER"]


def test_the_comparison_needs_a_database(cli: Cli, shop: str) -> None:
    assert "--compare-models needs --database-url" in refused(cli(shop, "--compare-models"), 2)


def test_a_rehearsal_compares_with_whatever_database_is_named(
    cli: Cli, project: Path, tmp_path: Path
) -> None:
    root = str(written(project, MODELS))
    file_at(tmp_path / "target.db", "a1")
    url = f"sqlite:///{tmp_path / 'target.db'}"
    drift = ("--select", "MIG102", "--format", "json", "--isolated", "--backend", "sqlite")

    def observed(*options: str, **variables: str) -> list[str]:
        document = json.loads(cli("rehearse", root, *drift, *options, env=variables).stdout)
        return [f["subject"] for f in document["findings"] if f["evidence"] == "observed"]

    assert observed("--database-url", url) == ["migrations drift"]
    assert observed(DEPLOYCHECK_DATABASE_URL=url) == ["migrations drift"]
    assert observed("--database-url", url, DEPLOYCHECK_COMPARE_MODELS="0") == []
    assert observed() == []
