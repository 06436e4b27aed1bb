"""What bounds a request, and a statement."""

from __future__ import annotations

from pathlib import Path

import psycopg.conninfo
import pytest

from deploycheck.facts.timeouts.requests import bounded_by
from deploycheck.facts.timeouts.statements import CONNECT, unbounded
from tests.facts.projects import deployed, project

APP = "import asyncio\nfrom fastapi import FastAPI\napp = FastAPI()\n"
MIDDLEWARE = (
    '@app.middleware("http")\nasync def give_up(request, call_next):\n    async with asyncio.timeout(9):\n'
    "        return await call_next(request)\n"
)


@pytest.mark.parametrize(
    ("files", "bounded"),
    [
        ({"main.py": APP}, False),
        ({"main.py": APP + MIDDLEWARE}, True),
        ({"main.py": APP + MIDDLEWARE.replace("asyncio.timeout(9)", "asyncio.Lock()")}, False),
        ({"main.py": APP, "nginx.conf": "location / {\n  proxy_pass http://app;\n}\n"}, True),
        ({"main.py": APP, "nginx.conf": "proxy_pass http://app;\nproxy_read_timeout 1h;\n"}, False),
        ({"main.py": APP, "nginx.conf": "# proxy_pass http://app;\nroot /srv;\n"}, False),
        ({"main.py": APP + "import strange\napp.add_middleware(strange.RequestTimeout)\n"}, True),
    ],
)
def test_what_bounds_a_request(tmp_path: Path, files: dict[str, str], bounded: bool) -> None:
    deployment = deployed(tmp_path, files)
    assert deployment.app is not None
    assert bool(bounded_by(deployment, deployment.app, deployment_tree(tmp_path))) is bounded


def deployment_tree(root: Path):  # type: ignore[no-untyped-def]  # noqa: ANN201 - the tree of sources
    return project(root, {}).tree


ENGINE = """\
from fastapi import FastAPI
from sqlalchemy import create_engine
app = FastAPI()
engine = create_engine({})
"""


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ('"postgresql+psycopg://a@b/c"', [True]),
        ('"postgresql+psycopg://a@b/c?connect_timeout=5"', [False]),
        ('"postgresql+psycopg://a@b/c", connect_args={"connect_timeout": 5}', [False]),
        ('"postgresql+psycopg://a@b/c?options=-c%20statement_timeout%3D9"', []),
        ('"postgresql+psycopg://a@b/c", connect_args={"options": "-c statement_timeout=9"}', []),
        ('"postgresql+psycopg://a@b/c", connect_args=load()', []),
        ('"postgresql+psycopg://a@b/c", creator=load', []),
        ('"sqlite:///c.db"', []),
        ('"mysql+pymysql://a@b/c"', []),
    ],
)
def test_what_bounds_a_statement(tmp_path: Path, arguments: str, found: list[bool]) -> None:
    looked_at = project(tmp_path, {"main.py": ENGINE.format(arguments)})
    (deployment,) = looked_at.deployments
    assert [one.connects for one in unbounded(deployment, looked_at.tree)] == found


@pytest.mark.parametrize(
    ("path", "text", "silent"),
    [
        ("db/roles.sql", "ALTER ROLE app SET statement_timeout = '30s';\n", True),
        ("db/roles.sql", "-- ALTER ROLE app SET statement_timeout = '30s';\n", False),
        (".env.example", "PGOPTIONS=-c statement_timeout=5\n", False),
    ],
)
def test_a_statement_may_be_bounded_elsewhere(tmp_path: Path, path: str, text: str, silent: bool) -> None:
    looked_at = project(tmp_path, {"main.py": ENGINE.format('"postgresql://a@b/c"'), path: text})
    (deployment,) = looked_at.deployments
    assert (not unbounded(deployment, looked_at.tree)) is silent


def test_the_option_is_one_that_libpq_knows() -> None:
    assert psycopg.conninfo.conninfo_to_dict(f"{CONNECT}=5") == {CONNECT: "5"}
