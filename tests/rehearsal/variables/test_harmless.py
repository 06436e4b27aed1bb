"""The values are tried on the real code: its settings are made in a process with nothing else set."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from deploycheck.project import Project, Settings
from deploycheck.rehearsal.variables import Harmless, Place

ENV = "from alembic import context\nfrom app.settings import *\n"
REVISION = 'revision = "1"\ndown_revision = None\ndef upgrade(): pass\ndef downgrade(): pass\n'
POSTGRES = "postgresql://postgres@/rehearsal_1?host=/tmp/somewhere"


def project(folder: Path, settings: str, **others: str) -> Project:
    files = {
        "alembic.ini": "[alembic]\nscript_location = migrations\n",
        "migrations/env.py": ENV,
        "migrations/versions/1.py": REVISION,
        "app/__init__.py": "",
        "app/settings.py": settings,
        **{name.replace("__", "/").replace("_txt", ".txt"): text for name, text in others.items()},
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Project(folder)


def harmless(found: Project, url: str = POSTGRES) -> Harmless:
    (directory,) = found.script_directories
    return Harmless(found, directory, Place.of(url, found.root / "files"))


def runs(found: Project, values: dict[str, str], shown: str = "None") -> object:
    """Import the settings for real, in an environment built from nothing; return what an expression gives."""
    code = f"import json; from app.settings import *; print(json.dumps({shown}, default=str))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=found.root,
        env={"PATH": os.defpath, **values},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


PYDANTIC = """
from enum import Enum
from typing import Annotated, Literal
from pydantic import EmailStr, Field, HttpUrl, PostgresDsn, SecretStr
from pydantic_settings import BaseSettings

class Kind(str, Enum):
    FIRST = "first"
    SECOND = "second"

class Settings(BaseSettings):
    database_url: PostgresDsn
    secret_key: SecretStr = Field(min_length=32)
    retries: int
    ratio: float
    verbose: bool
    allowed: list[str]
    tables: dict[str, int]
    admin: EmailStr
    frontend: HttpUrl
    mode: Literal["fast", "slow"]
    kind: Kind
    optional: str = "default"

settings = Settings()
"""


def test_every_type_gets_a_value_that_the_real_settings_take(tmp_path: Path) -> None:
    found = project(tmp_path, PYDANTIC)
    chosen = harmless(found).first
    assert runs(
        found, chosen, "[str(settings.database_url), settings.verbose, settings.mode, settings.optional]"
    ) == [
        "postgresql://postgres:rehearsal@rehearsal.invalid:5432/rehearsal_1",
        False,
        "fast",
        "default",
    ]
    assert "OPTIONAL" not in chosen


PARTS = """
import os
from sqlalchemy import URL
HOST = os.environ["POSTGRES_HOST"]
DATABASE = URL.create(
    "postgresql+asyncpg", os.environ["POSTGRES_USER"], os.environ["POSTGRES_PASSWORD"], HOST,
    int(os.environ["POSTGRES_PORT"]), os.environ["POSTGRES_DB"],
).render_as_string(hide_password=False)
"""


def test_parts_of_a_url_are_those_of_the_throwaway(tmp_path: Path) -> None:
    found = project(tmp_path, PARTS)
    assert runs(found, harmless(found).first, "DATABASE") == (
        "postgresql+asyncpg://postgres:rehearsal@rehearsal.invalid:5432/rehearsal_1"
    )


def test_no_value_reaches_anything_of_this_shell_or_of_production(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://app:hunter22hunter@db.example/prod")
    names = ("DATABASE_URL", "API_KEY", "REDIS_URL")
    settings = "import os\n" + "".join(f"{name} = os.environ['{name}']\n" for name in names)
    found = project(tmp_path, settings)
    (tmp_path / "Procfile").write_text(
        "web: DATABASE_URL=postgresql://u:hunter2@prod.example/x uvicorn app.main:app\n"
    )
    chosen = harmless(found).first
    assert not any("example" in value or "hunter" in value for value in chosen.values())
    assert chosen["REDIS_URL"] == "redis://localhost:1/0"
    assert runs(found, chosen) is None


@pytest.mark.parametrize(
    ("example", "scheme"),
    [
        ("DATABASE_URL=postgresql+asyncpg://user:pass@db/app\n", "postgresql+asyncpg"),
        ("DATABASE_URL=postgres://user:pass@db/app\n", "postgres"),
        ("", "postgresql"),
    ],
)
def test_the_driver_is_the_one_that_the_examples_write(tmp_path: Path, example: str, scheme: str) -> None:
    (tmp_path / ".env.example").write_text(example)
    found = project(tmp_path, 'import os\nURL = os.environ["DATABASE_URL"]\n')
    assert harmless(found).first["DATABASE_URL"].startswith(f"{scheme}://")


def test_on_sqlite_the_url_is_the_file_and_no_part_leads_to_postgresql(tmp_path: Path) -> None:
    settings = (
        'import os\nURL = os.getenv("DATABASE_URL", "sqlite:///app.db")\nHOST = os.getenv("POSTGRES_HOST")\n'
    )
    found = project(tmp_path, settings)
    chosen = harmless(found, "sqlite:////somewhere/rehearsal_1.db").first
    assert chosen == {"DATABASE_URL": "sqlite:////somewhere/rehearsal_1.db"}


def test_what_may_never_run_is_left_alone_until_the_code_asks(tmp_path: Path) -> None:
    found = project(tmp_path, 'import os\ndef later():\n    return os.environ["PROFILE"]\n')
    one = harmless(found)
    assert one.first == {}
    assert one.more({"PROFILE": "KeyError: 'PROFILE'"}) == {"PROFILE": "rehearsal"}


@pytest.mark.parametrize(
    ("hint", "expected"),
    [
        ("Input should be 'north' or 'south'", "north"),
        ("Input should be a valid integer, unable to parse string as an integer", "1"),
        ("Input should be greater than or equal to 1024", "1025"),
        (
            "Fernet key must be 32 url-safe base64-encoded bytes.",
            "cmVoZWFyc2FsLW9ubHktMDEyMzQ1Njc4OS1hYmNkZWY=",
        ),
        ("value is not a valid email address", "rehearsal@example.com"),
        ("Input should be a valid list", "[]"),
    ],
)
def test_a_complaint_tells_what_to_try_next(tmp_path: Path, hint: str, expected: str) -> None:
    found = project(tmp_path, "")
    assert harmless(found).more({"THING": hint}) == {"THING": expected}


def test_a_driver_that_is_refused_is_changed(tmp_path: Path) -> None:
    found = project(tmp_path, 'import os\nURL = os.environ["DATABASE_URL"]\n')
    one = harmless(found)
    changed = one.more({"DATABASE_URL": "The asyncio extension requires an async driver to be used."})
    assert changed["DATABASE_URL"].startswith("postgresql+asyncpg://")


def test_it_ends_when_there_is_nothing_new_and_never_repeats(tmp_path: Path) -> None:
    one = harmless(project(tmp_path, ""))
    seen: list[str] = []
    while changed := one.more({"THING": "no"}):
        assert changed["THING"] not in seen
        seen.append(changed["THING"])
    assert len(seen) > 10
    assert one.more({"THING": "no"}) == {}


def test_what_the_user_names_is_given_though_nothing_was_seen_to_read_it(tmp_path: Path) -> None:
    found = project(
        tmp_path, "import os\nREAD = {k: v for k, v in os.environ.items() if k.startswith('ODD_')}\n"
    )
    told = tmp_path / "prod.env"
    told.write_text(
        "ODD_CONNECTION=postgresql+asyncpg://u:sentinel@prod.example/app\n"
        "ODD_FILE=sqlite:///prod.db\nODD_STAGE=production\nODD_TOKEN=sentinel\n"
    )
    chosen = harmless(Project(found.root, Settings(env_files=(told,)))).first
    assert chosen == {
        "ODD_CONNECTION": "postgresql+asyncpg://postgres:rehearsal@rehearsal.invalid:5432/rehearsal_1",
        "ODD_STAGE": "production",
    }
