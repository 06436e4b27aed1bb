from __future__ import annotations

from pathlib import Path

import pytest

from deploycheck.facts.health.probed import endpoint_at, probed
from deploycheck.facts.health.schema import asks_schema, is_migrated_first
from deploycheck.facts.health.serving import (
    all_seen,
    hands_over,
    has_library,
    is_named_elsewhere,
    needs_database,
    own_endpoints,
    serves_path,
)
from deploycheck.facts.manifests.model import ProbeKind
from tests.facts.projects import deployed, project, with_dockerfile

FASTAPI = "from fastapi import FastAPI, APIRouter\nfrom starlette.routing import Route\napp = FastAPI()\n"
IMAGE = "FROM python:3.12\nWORKDIR /app\nCOPY . .\n{}\nCMD uvicorn main:app --host 0.0.0.0 --port 8000\n"


@pytest.mark.parametrize(
    ("code", "seen"),
    [
        ("@app.get('/a')\ndef a(): ...\n", True),
        ("router = APIRouter()\napp.include_router(router)\n", True),
        ("import elsewhere\napp.include_router(elsewhere.router)\n", False),
        ("import elsewhere\nfor r in elsewhere.routers:\n    app.include_router(r)\n", False),
        ("import importlib\nm = importlib.import_module('a')\n", False),
        ("app.router.routes.append(Route('/x', lambda r: r))\n", False),
        ("import os\n@app.get(os.environ['HIDDEN'])\ndef a(): ...\n", False),
    ],
)
def test_whether_all_routes_are_seen(tmp_path: Path, code: str, seen: bool) -> None:
    assert all_seen(deployed(tmp_path, with_dockerfile({"main.py": FASTAPI + code}))) is seen


@pytest.mark.parametrize(
    ("code", "handed"),
    [
        ("import uvicorn\nuvicorn.run(app)\n", False),
        ("def set_up(app): ...\nset_up(app)\n", False),
        ("from elsewhere import set_up\nset_up(app)\n", True),
        ("from flask_migrate import Migrate\nmigrate = Migrate()\nmigrate.init_app(app)\n", False),
        ("from elsewhere import Ext\next = Ext()\next.init_app(app)\n", True),
    ],
)
def test_whether_the_app_is_handed_over(tmp_path: Path, code: str, handed: bool) -> None:
    assert hands_over(deployed(tmp_path, with_dockerfile({"main.py": FASTAPI + code}))) is handed


@pytest.mark.parametrize(
    ("path", "served"),
    [
        ("/api/health", True),
        ("/api/health/", True),
        ("/health", False),
        ("/docs", True),
        ("/files/any/thing", True),
        ("/mounted/health", None),
    ],
)
def test_which_paths_are_served(tmp_path: Path, path: str, served: bool | None) -> None:
    code = """
from elsewhere import other
router = APIRouter(prefix="/api")

@router.get("/health")
def health(): ...

@app.get("/files/{path:path}")
def files(path: str): ...

app.include_router(router)
app.mount("/mounted", other)
"""
    assert serves_path(deployed(tmp_path, with_dockerfile({"main.py": FASTAPI + code})), path) is served


def test_a_root_path_goes_before(tmp_path: Path) -> None:
    code = (
        "from fastapi import FastAPI\napp = FastAPI(root_path='/shop')\n@app.get('/health')\ndef h(): ...\n"
    )
    found = deployed(tmp_path, with_dockerfile({"main.py": code}))
    assert serves_path(found, "/shop/health") is True
    assert serves_path(found, "/health") is True
    assert serves_path(found, "/other/health") is False


def test_a_path_that_something_else_names(tmp_path: Path) -> None:
    code = "@app.get('/live')\ndef live(): ...\nPROBE = '/health'\n"
    found = deployed(tmp_path, with_dockerfile({"main.py": FASTAPI + code}))
    assert is_named_elsewhere(found, "/health")
    assert not is_named_elsewhere(found, "/live")


@pytest.mark.parametrize(
    ("url", "needed"),
    [
        ("os.environ['DATABASE_URL']", True),
        ("'postgresql://db/shop'", True),
        ("'sqlite:///shop.db'", False),
        ("os.environ.get('DATABASE_URL', 'sqlite:///shop.db')", True),
    ],
)
def test_whether_a_database_can_be_away(tmp_path: Path, url: str, needed: bool) -> None:
    code = f"import os\nfrom sqlalchemy import create_engine\nengine = create_engine({url})\n"
    assert needs_database(deployed(tmp_path, with_dockerfile({"main.py": FASTAPI + code}))) is needed


def test_a_health_library(tmp_path: Path) -> None:
    code = "from fastapi_health import health\napp.add_api_route('/health', health([]))\n"
    assert has_library(deployed(tmp_path, with_dockerfile({"main.py": FASTAPI + code})))


@pytest.mark.parametrize(
    ("check", "paths"),
    [
        ("HEALTHCHECK CMD curl -f http://localhost:8000/health || exit 1", ["/health"]),
        ("HEALTHCHECK CMD curl -fsS http://127.0.0.1:8000/health?full=1", ["/health"]),
        ("HEALTHCHECK CMD wget -qO- http://localhost:8000/", ["/"]),
        ("HEALTHCHECK CMD curl http://localhost:8000/health", []),
        ("HEALTHCHECK CMD curl -f http://localhost:9000/health", []),
        ("HEALTHCHECK CMD curl -f http://gateway:8000/health", []),
        ("# HEALTHCHECK CMD curl -f http://localhost:8000/health", []),
    ],
)
def test_what_an_image_asks(tmp_path: Path, check: str, paths: list[str]) -> None:
    one = project(
        tmp_path, {"Dockerfile": IMAGE.format(check), "main.py": FASTAPI, "requirements.txt": "fastapi\n"}
    )
    (found,) = one.deployments
    asked = probed(found, one.manifests, one.tree)
    assert [p.path for p in asked] == paths
    assert all(p.kind is ProbeKind.HEALTH and p.at.line == 4 for p in asked)


def test_the_endpoint_that_a_path_leads_to(tmp_path: Path) -> None:
    code = (
        "@app.get('/tools')\ndef tools():\n    return []\n@app.get('/{x}')\ndef any(x: str):\n    return x\n"
    )
    found = deployed(tmp_path, with_dockerfile({"main.py": FASTAPI + code}))
    one = endpoint_at(found, "/other")
    assert one is not None
    assert one.at.line == 8
    assert endpoint_at(found, "/tools") is None  # two routes match: which is first is not followed


@pytest.mark.parametrize(
    ("statement", "asks"),
    [
        ("SELECT 1", False),
        ("SELECT version_num FROM alembic_version", True),
        ("select count(*) from tools", True),
    ],
)
def test_what_looks_at_the_schema(tmp_path: Path, statement: str, asks: bool) -> None:
    code = f"""
from sqlalchemy import create_engine, text
engine = create_engine("postgresql://db/shop")

@app.get("/health")
def health():
    with engine.connect() as connection:
        connection.execute(text("{statement}"))
"""
    (one,) = own_endpoints(deployed(tmp_path, with_dockerfile({"main.py": FASTAPI + code})))
    assert asks_schema(one) is asks


@pytest.mark.parametrize(
    ("start", "first"),
    [
        ("alembic upgrade head && uvicorn main:app", True),
        ("alembic upgrade head; uvicorn main:app", False),
        ("uvicorn main:app", False),
    ],
)
def test_whether_migrations_come_first(tmp_path: Path, start: str, first: bool) -> None:
    one = project(
        tmp_path,
        {
            "Dockerfile": f"FROM python:3.12\nWORKDIR /app\nCOPY . .\nCMD {start}\n",
            "main.py": FASTAPI,
            "alembic.ini": "[alembic]\nscript_location = migrations\n",
            "migrations/env.py": "",
            "migrations/versions/a.py": "revision = 'a'\ndown_revision = None\n",
        },
    )
    (found,) = one.deployments
    assert is_migrated_first(found, one.ways) is first
