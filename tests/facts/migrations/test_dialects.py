"""Which database production migrates."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploycheck.facts.migrations.dialects import Dialect, dialect_of
from tests.facts.projects import project

REVISION = "revision = 'a1'\ndown_revision = None\n"
APP = "from fastapi import FastAPI\napp = FastAPI()\n"
FROM_INI = """
from alembic import context
from sqlalchemy import engine_from_config
engine = engine_from_config(context.config.get_section("alembic"))
context.configure(connection=engine.connect())
"""
OVER = """
import os
from alembic import context
from sqlalchemy import engine_from_config
context.config.set_main_option("sqlalchemy.url", os.environ["DATABASE_URL"].replace("%", "%%"))
engine = engine_from_config(context.config.get_section("alembic"))
context.configure(connection=engine.connect())
"""
STORED = """
from alembic import context
from sqlalchemy import engine_from_config
from settings import url

def online():
    section = context.config.get_section("alembic")
    section["sqlalchemy.url"] = str(url())
    context.configure(connection=engine_from_config(section).connect())
online()
"""
SETTINGS = """
import os

def url():
    return "postgresql+psycopg://%s@db/shop" % os.environ["DB_USER"]
"""
FSTRING = "import os\n\ndef url():\n    return f\"postgresql+psycopg://{os.environ['DB_USER']}@db/shop\"\n"


def dialect(root: Path, env: str, url: str = "", **files: str) -> Dialect:
    ini = f"[alembic]\nscript_location = db\n{f'sqlalchemy.url = {url}' if url else ''}\n"
    made = project(
        root,
        {
            "alembic.ini": ini,
            "db/env.py": env,
            "db/versions/a.py": REVISION,
            **{
                name.replace("__", "/").replace("_py", ".py").replace("_txt", ".txt"): t
                for name, t in files.items()
            },
        },
    )
    (directory,) = made.script_directories
    return dialect_of(directory, made.deployments)


def image(root: Path, variables: str = "") -> str:
    return f"FROM python:3.12\nWORKDIR /app\nCOPY . .\n{variables}CMD uvicorn main:app\n"


def test_the_url_of_the_ini(tmp_path: Path) -> None:
    found = dialect(tmp_path, FROM_INI, "postgres://db/shop", main_py=APP)
    assert (found.name, found.certain) == ("postgresql", True)
    assert [step.text for step in found.trail] == ["sqlalchemy.url = postgres:…"]


@pytest.mark.parametrize("url", ["driver://user:pass@localhost/dbname", "", "%(DB_URL)s"])
def test_a_placeholder_tells_nothing(tmp_path: Path, url: str) -> None:
    assert dialect(tmp_path, FROM_INI, url, main_py=APP).name == ""


def test_the_only_driver_tells_where_the_url_is_given_from_outside(tmp_path: Path) -> None:
    found = dialect(
        tmp_path,
        OVER,
        "sqlite:///dev.db",
        main_py=APP,
        requirements_txt="fastapi\nasyncpg\n",
        Dockerfile=image(tmp_path),
    )
    assert (found.name, found.certain) == ("postgresql", False)


def test_two_drivers_tell_nothing(tmp_path: Path) -> None:
    found = dialect(tmp_path, OVER, main_py=APP, requirements_txt="fastapi\nasyncpg\npymysql\n")
    assert found.name == ""


def test_the_environment_gives_the_url(tmp_path: Path) -> None:
    variables = "ENV DATABASE_URL=mysql+pymysql://shop@db/shop\n"
    found = dialect(tmp_path, OVER, "sqlite:///dev.db", main_py=APP, Dockerfile=image(tmp_path, variables))
    assert found.name == "mysql"


def test_code_gives_the_scheme_and_the_environment_the_rest(tmp_path: Path) -> None:
    assert (
        dialect(tmp_path, STORED, "sqlite:///dev.db", main_py=APP, settings_py=FSTRING).name == "postgresql"
    )


def test_code_elsewhere_that_sets_the_url_makes_the_ini_a_guess(tmp_path: Path) -> None:
    code = "def go(config, url):\n    config.set_main_option('sqlalchemy.url', url)\n"
    found = dialect(tmp_path, FROM_INI, "sqlite:///dev.db", main_py=APP, go_py=code)
    assert (found.name, found.certain) == ("sqlite", False)


def test_production_selects_a_server_though_code_can_fall_back(tmp_path: Path) -> None:
    app = """
        import os
        from fastapi import FastAPI
        from sqlalchemy import create_engine

        def url():
            if os.environ.get("BACKEND") == "postgres":
                return f"postgresql://{os.environ['DB_HOST']}/shop"
            return "sqlite:///dev.db"

        app = FastAPI()
        engine = create_engine(url())
    """
    found = dialect(
        tmp_path,
        FROM_INI,
        "sqlite:///dev.db",
        main_py=app,
        Dockerfile=image(tmp_path, "ENV BACKEND=postgres\n"),
    )
    assert found.name == "postgresql"


def test_a_folder_named_for_a_backend(tmp_path: Path) -> None:
    env = "from alembic import context\ncontext.script.version_locations = [pick()]\ncontext.configure()\n"
    made = project(
        tmp_path,
        {
            "db/env.py": env,
            "db/versions/postgresql/a.py": REVISION,
            "db/versions/sqlite/a.py": REVISION,
        },
    )
    found = {d.name: dialect_of(d, made.deployments) for d in made.script_directories}
    assert {name: d.name for name, d in found.items()} == {
        "db/versions/postgresql": "postgresql",
        "db/versions/sqlite": "sqlite",
    }
    assert not any(d.certain for d in found.values())
