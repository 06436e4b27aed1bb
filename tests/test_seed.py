"""The seed of the project, end to end: the environment selects PostgreSQL, and the app opens SQLite."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import ROOT, Cli, cli, project
from tests.fakes import written

__all__ = ["cli", "project"]

WORKSHOP = ROOT / "fixtures" / "workshop"
ENV = ("--select", "ENV001,ENV002")

TINY = {
    "main.py": """\
import os

from fastapi import FastAPI
from sqlalchemy import create_engine

app = FastAPI()


def postgres_url():
    host = os.getenv("PGHOST")
    database = os.environ.get("PGDATABASE")
    if not host or not database:
        return None
    return f"postgresql+psycopg://{host}/{database}"


def choose():
    if os.getenv("DATABASE_ENV", "sqlite") == "postgres":
        url = postgres_url()
        if url:
            return url
    return "sqlite:///./shop.db"


engine = create_engine(choose())
""",
}


def line_of(text: str, part: str) -> int:
    """Return the number of the only line that has a part."""
    (found,) = [n for n, line in enumerate(text.split("\n"), 1) if part in line]
    return found


def findings(output: str) -> dict[str, dict[str, Any]]:
    return {f["code"]: f for f in json.loads(output)["findings"]}


def places(finding: Mapping[str, Any]) -> list[tuple[str | None, int | None, str]]:
    return [(s["path"], s["line"], s["text"]) for s in finding["trail"]]


def test_the_workshop_with_the_switch_in_this_shell(cli: Cli) -> None:
    done = cli(str(WORKSHOP), *ENV, "--format", "json", env={"DATABASE_ENV": "postgres"})
    assert (done.returncode, done.stderr) == (1, "")
    found = findings(done.stdout)
    incomplete = found["ENV001"]
    assert (incomplete["severity"], incomplete["confidence"]) == ("critical", "certain")
    assert incomplete["subject"] == "DATABASE_ENV"
    assert incomplete["message"] == (
        "DATABASE_ENV=postgres (this shell) selects a database server, but PGHOST, PGDATABASE, PGUSER and "
        "PGPASSWORD are set nowhere: the app opens SQLite instead (data/workshop.db), and does not say so."
    )
    steps = places(incomplete)
    providers = (WORKSHOP / "server/db/providers.py").read_text()
    engine = (WORKSHOP / "server/db/engine.py").read_text()
    returns_none = ("server/db/providers.py", line_of(providers, "return None"), "return None")
    opening = line_of(engine, "create_engine(provider.url")
    opens = [s for s in steps if s[:2] == ("server/db/engine.py", opening)]
    assert steps[0] == (None, None, "DATABASE_ENV = postgres (this shell)")
    assert returns_none in steps
    assert opens
    assert steps.index(returns_none) < steps.index(opens[-1])
    assert opens[-1] == steps[-1]
    fallback = found["ENV002"]
    assert (fallback["location"]["path"], fallback["location"]["line"]) == returns_none[:2]
    assert (fallback["severity"], fallback["confidence"]) == ("critical", "certain")
    assert "raise RuntimeError" in fallback["patch"]


def test_the_workshop_by_its_own_manifest(cli: Cli) -> None:
    done = cli(str(WORKSHOP), *ENV, "--isolated", "--format", "json")
    found = findings(done.stdout)
    assert done.returncode == 1
    assert found["ENV001"]["message"].startswith("DATABASE_ENV=postgres (app.yaml) selects a database server")
    assert found["ENV001"]["location"]["path"] == "app.yaml"
    text = (WORKSHOP / "app.yaml").read_text()
    near = line_of(text, "- name: DATABASE_ENV")
    assert found["ENV001"]["location"]["line"] in {near, near + 1}


def test_a_tiny_app_without_a_manifest(cli: Cli, project: Path) -> None:
    root = str(written(project, TINY))
    done = cli(root, *ENV, "--format", "json", env={"DATABASE_ENV": "postgres"})
    assert (done.returncode, done.stderr) == (1, "")
    found = findings(done.stdout)
    assert found["ENV001"]["message"] == (
        "DATABASE_ENV=postgres (this shell) selects a database server, but PGHOST and PGDATABASE are set "
        "nowhere: the app opens SQLite instead (./shop.db), and does not say so."
    )
    steps = places(found["ENV001"])
    assert ("main.py", 13, "return None") in steps
    assert ("main.py", 22, 'return "sqlite:///./shop.db"') in steps
    assert steps[-1] == ("main.py", 25, "create_engine(choose())")
    assert found["ENV001"]["confidence"] == "certain"
    assert [s[2] for s in steps].count("DATABASE_ENV = postgres (this shell)") == 1


def test_the_same_from_an_env_file(cli: Cli, project: Path, tmp_path: Path) -> None:
    root = str(written(project, TINY))
    file = tmp_path / "prod.env"
    file.write_text("DATABASE_ENV=postgres\nPGHOST=db\n")
    done = cli(root, *ENV, "--isolated", "--env-file", str(file), "--format", "json")
    assert done.returncode == 1
    message = findings(done.stdout)["ENV001"]["message"]
    assert message.startswith(f"DATABASE_ENV=postgres ({file}) selects")
    assert "but PGDATABASE is set nowhere" in message


@pytest.mark.parametrize(
    "env",
    [
        {"DATABASE_ENV": "postgres", "PGHOST": "db", "PGDATABASE": "shop"},
        {"DATABASE_ENV": "sqlite"},
    ],
)
def test_it_is_silent_where_nothing_is_missing(cli: Cli, project: Path, env: dict[str, str]) -> None:
    done = cli(str(written(project, TINY)), "--select", "ENV001", env=env)
    assert (done.returncode, done.stderr) == (0, "")


def test_without_this_shell_nothing_selects_a_server(cli: Cli, project: Path) -> None:
    root = str(written(project, TINY))
    done = cli(root, "--select", "ENV001", "--isolated", env={"DATABASE_ENV": "postgres"})
    assert done.returncode == 0


def test_the_terminal_shows_the_trail_whole(cli: Cli, project: Path) -> None:
    done = cli(str(written(project, TINY)), *ENV, "--color", "never", env={"DATABASE_ENV": "postgres"})
    shown = done.stdout.partition("CRITICAL  ENV001")[2].partition("CRITICAL  ENV002")[0]
    wanted = [
        "DATABASE_ENV = postgres (this shell)",
        "PGHOST is not set",
        "main.py:13",
        "return None",
        "main.py:22",
        'return "sqlite:///./shop.db"',
        "create_engine(choose())",
    ]
    positions = [shown.index(part) for part in wanted]
    assert positions == sorted(positions)


FAR = {
    "app.yaml": """\
command: [uvicorn, main:app, --port, $DATABRICKS_APP_PORT]
env:
  - name: SHOP_ORIGINS
    value: "https://shop.example,*"
""",
    "requirements.txt": "fastapi\nuvicorn\n",
    "main.py": """\
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from shop.middleware import options

app = FastAPI()
app.add_middleware(CORSMiddleware, **options())
""",
    "shop/__init__.py": "",
    "shop/middleware.py": """\
from shop.config import get_settings


def options():
    settings = get_settings()
    return {"allow_origins": settings.origins, "allow_credentials": True}
""",
    "shop/config.py": """\
from functools import lru_cache

from shop.settings import Settings


@lru_cache
def get_settings():
    return Settings()
""",
    "shop/settings.py": """\
import os

from shop.defaults import ORIGINS


class Settings:
    origins = os.getenv("SHOP_ORIGINS", ORIGINS).split(",")
""",
    "shop/defaults.py": 'ORIGINS = "https://shop.example,*"\n',
}
FILES = {"main.py", "shop/middleware.py", "shop/config.py", "shop/settings.py"}


def way(text: str) -> set[str]:
    """Return the files that a report names with a line."""
    return set(re.findall(r"[\w/]+\.(?:py|yaml)(?=:\d)", text))


@pytest.mark.parametrize(("manifest", "last"), [(True, "app.yaml"), (False, "shop/defaults.py")])
def test_a_value_is_followed_through_five_files(cli: Cli, project: Path, manifest: bool, last: str) -> None:
    files = FAR if manifest else {**FAR, "app.yaml": FAR["app.yaml"].partition("env:")[0]}
    root = str(written(project, files))
    done = cli(root, "--select", "CORS001", "--isolated", "--format", "json")
    assert done.returncode == 1
    (finding,) = json.loads(done.stdout)["findings"]
    steps = places(finding)
    assert {path for path, _, _ in steps} >= {*FILES, last}
    printed = cli(root, "--select", "CORS001", "--isolated", "--color", "never").stdout
    for path, line, text in steps:
        assert f"{path}:{line}" in printed
        assert " ".join(text.split()) in " ".join(printed.split())
    assert FILES | {last} <= way(printed)
