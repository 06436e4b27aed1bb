"""How many connections a deployment opens, and how many the server takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploycheck.configuration import Configuration
from deploycheck.facts.databases.connections import Connections
from tests.facts.projects import FASTAPI, project, with_dockerfile

ENGINE = """
import os
from sqlalchemy import create_engine
engine = create_engine(os.environ["DATABASE_URL"], pool_size=int(os.getenv("SIZE", "5")))
"""
URL = "DATABASE_URL: postgresql+psycopg://app:app@db/app"
REQUIREMENTS = "fastapi\nuvicorn\nsqlalchemy\npsycopg\n"


def connections(root: Path, files: dict[str, str], **configuration: int) -> Connections:
    everything = {"main.py": ENGINE + FASTAPI, "requirements.txt": REQUIREMENTS, **files}
    found = project(root, everything, isolated=True, configuration=Configuration(**configuration))  # type: ignore[arg-type]
    (deployment,) = found.deployments
    return found.connections(deployment)


def compose(command: str, database: str = "postgres:16", more: str = "") -> dict[str, str]:
    return {
        "Dockerfile": "FROM python:3.12\nWORKDIR /app\nCOPY . .\nRUN pip install -r requirements.txt\n",
        "compose.yaml": (
            f"services:\n  web:\n    build: .\n    command: {command}\n    environment:\n      {URL}\n{more}"
            f"  db:\n    image: {database}\n"
        ),
    }


REPLICAS = "    deploy:\n      replicas: 3\n"
LIMITED = "postgres:16\n    command: postgres -c shared_buffers=1GB -c max_connections=50"
SUMS = {
    "one": (compose("uvicorn main:app"), "1 worker × (5 + 10) = 15 of 97"),
    "workers": (compose("uvicorn main:app --workers 4"), "4 workers × (5 + 10) = 60 of 97"),
    "copies": (
        compose("uvicorn main:app --workers 2", more=REPLICAS),
        "3 copies × 2 workers × (5 + 10) = 90 of 97",
    ),
    "the service's limit": (compose("uvicorn main:app", LIMITED), "1 worker × (5 + 10) = 15 of 47"),
    "workers not known": (compose("gunicorn -w $$N main:app"), "(5 + 10) = 15 in each worker"),
}


@pytest.mark.parametrize("name", SUMS)
def test_the_sum(tmp_path: Path, name: str) -> None:
    files, expected = SUMS[name]
    assert connections(tmp_path, files).text == expected


def test_the_users_own_limit_counts(tmp_path: Path) -> None:
    found = connections(tmp_path, compose("uvicorn main:app", LIMITED), max_connections=20)
    assert found.text == "1 worker × (5 + 10) = 15 of 20"
    assert found.limit is not None
    assert found.limit.known


def test_a_default_is_said_to_be_assumed(tmp_path: Path) -> None:
    found = connections(tmp_path, compose("uvicorn main:app"))
    assert found.limit is not None
    assert not found.limit.known
    assert "assumed" in found.note


def test_behind_a_pooler_the_servers_limit_says_nothing(tmp_path: Path) -> None:
    files = compose("uvicorn main:app", "pgbouncer/pgbouncer")
    files["compose.yaml"] = files["compose.yaml"].replace("@db/app", "@pgbouncer:6432/app")
    found = connections(tmp_path, files)
    assert found.text == "1 worker × (5 + 10) = 15"
    assert found.limit is None


OTHERS = {
    "sqlite": "from sqlalchemy import create_engine\nengine = create_engine('sqlite:///x.db', pool_size=9)\n",
    "no pool": (
        "from sqlalchemy import NullPool, create_engine\n"
        "engine = create_engine('postgresql+psycopg://db/app', poolclass=NullPool)\n"
    ),
    "one connection": "import psycopg\ndef f():\n    return psycopg.connect('postgresql://db/app')\n",
}


@pytest.mark.parametrize("name", OTHERS)
def test_what_keeps_no_connections_has_no_budget(tmp_path: Path, name: str) -> None:
    assert connections(tmp_path, with_dockerfile({"main.py": OTHERS[name] + FASTAPI})).budget is None


LAZY = """
import os
from sqlalchemy import create_engine
from fastapi import FastAPI
app = FastAPI()
_engine = None

def engine():
    global _engine
    if _engine is None:
        _engine = create_engine("postgresql+psycopg://app@db/app")
    return _engine

@app.get("/a")
def a():
    return engine().connect().scalar("select 1")

@app.get("/b")
def b():
    return engine().connect().scalar("select 2")
"""


def test_one_that_is_made_lazily_counts_once(tmp_path: Path) -> None:
    found = connections(tmp_path, with_dockerfile({"main.py": LAZY}))
    assert found.budget is not None
    assert found.budget.each == 15
    assert not found.budget.each_request


def test_one_for_each_request_has_no_sum(tmp_path: Path) -> None:
    anew = LAZY.replace(
        "    global _engine\n    if _engine is None:\n        _engine =", "    return"
    ).replace("    return _engine\n", "")
    found = connections(tmp_path, with_dockerfile({"main.py": anew}))
    assert found.budget is not None
    assert found.budget.each_request
    assert found.text == "no limit: a pool for each request"


BUNDLE = """
bundle: {name: loans}
resources:
  database_instances: {loans: {name: loans, capacity: CU_1}}
  apps:
    loans: {name: loans, source_code_path: .}
"""
AUTOSCALING = BUNDLE.replace(
    "database_instances: {loans: {name: loans, capacity: CU_1}}",
    "postgres_projects: {loans: {default_endpoint_settings: {autoscaling_limit_max_cu: 2}}}",
)
LAKEBASE = (
    "import os\nfrom sqlalchemy import create_engine\n"
    "engine = create_engine(f\"postgresql+psycopg://{os.environ['PGUSER']}@{os.environ['PGHOST']}/app\")\n"
)


@pytest.mark.parametrize(("bundle", "limit"), [(BUNDLE, 1000), (AUTOSCALING, 419)])
def test_what_lakebase_takes(tmp_path: Path, bundle: str, limit: int) -> None:
    files = {
        "databricks.yml": bundle,
        "app.yaml": "command: [uvicorn, main:app, --host, 0.0.0.0]\n",
        "main.py": LAKEBASE + FASTAPI,
    }
    found = connections(tmp_path, files)
    assert found.limit is not None
    assert (found.limit.usable, found.limit.known) == (limit, True)


def test_what_herokus_plan_takes(tmp_path: Path) -> None:
    files = {
        "Procfile": "web: uvicorn main:app --workers 2\n",
        "app.json": '{"addons": [{"plan": "heroku-postgresql:essential-2"}]}',
    }
    found = connections(tmp_path, files)
    assert found.limit is not None
    assert (found.limit.usable, found.limit.known) == (40, True)
