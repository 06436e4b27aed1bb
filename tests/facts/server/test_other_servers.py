"""The smaller servers, and the programs that are none."""

# ruff: noqa: S104 - addresses that the commands name

from __future__ import annotations

from pathlib import Path

import pytest

from deploycheck.facts.server import read_server
from tests.facts.server.start import FASTAPI, FLASK, command, data, project, start, trail

NO_ENV: dict[str, str | None] = {}
TOML = {"conf.toml": 'bind = ["0.0.0.0:81"]\nworkers = 5\n', "conf.py": "workers = 6\nbind = '0.0.0.0:82'\n"}


@pytest.mark.parametrize(
    ("line", "env", "workers", "host", "port"),
    [
        ("hypercorn app:app", {"WEB_CONCURRENCY": "3"}, 1, "127.0.0.1", 8000),
        ("hypercorn app:app -b 0.0.0.0:80 -b [::]:80 -w 3", {}, 3, "0.0.0.0", 80),
        ("hypercorn app:app -c conf.toml", {}, 5, "0.0.0.0", 81),
        ("hypercorn app:app -c conf.toml -w 2", {}, 2, "0.0.0.0", 81),
        ("hypercorn app:app -c file:conf.py", {}, 6, "0.0.0.0", 82),
        ("hypercorn app:app -c python:conf", {}, 6, "0.0.0.0", 82),
        ("granian --interface asgi app:app", {"GRANIAN_WORKERS": "3"}, 3, "127.0.0.1", 8000),
        (
            "granian app:app --workers 2 --host 0.0.0.0",
            {"GRANIAN_WORKERS": "3", "GRANIAN_PORT": "9"},
            2,
            "0.0.0.0",
            9,
        ),
        ("fastapi run", {}, 1, "0.0.0.0", 8000),
        ("fastapi run app.py --workers 4", {"PORT": "77"}, 4, "0.0.0.0", 77),
        ("fastapi run", {"WEB_CONCURRENCY": "3", "UVICORN_WORKERS": "9"}, 3, "0.0.0.0", 8000),
        ("fastapi dev app.py", {"WEB_CONCURRENCY": "3"}, 1, "127.0.0.1", 8000),
        ("fastapi --verbose run --host 127.0.0.1", {}, 1, "127.0.0.1", 8000),
        ("waitress-serve app:app", {}, 1, "0.0.0.0", 8080),
        ("waitress-serve --port=80 --call app:app", {}, 1, "0.0.0.0", 80),
        ("flask run", {"FLASK_RUN_HOST": "0.0.0.0"}, 1, "0.0.0.0", 5000),
        ("flask --app app run -h 0.0.0.0 -p 80", {}, 1, "0.0.0.0", 80),
        ("daphne -b 0.0.0.0 -p 80 app:app", {}, 1, "0.0.0.0", 80),
        ("streamlit run app.py --server.port 80", {}, 1, "0.0.0.0", 80),
        ("streamlit run app.py", {"STREAMLIT_SERVER_PORT": "81"}, 1, "0.0.0.0", 81),
        ("uvicorn app:app --uds /run/app.sock", {}, 1, "unix:/run/app.sock", 8000),
    ],
)
def test_what_they_use(  # noqa: PLR0913, PLR0917 - one a column
    tmp_path: Path, line: str, env: dict[str, str | None], workers: int, host: str, port: int
) -> None:
    server = start(tmp_path, FASTAPI | TOML, line, env)
    assert server.problems == () or server.program == "flask"
    assert (data(server.workers, env), data(server.host, env), data(server.port, env)) == (
        workers,
        host,
        port,
    )


@pytest.mark.parametrize(
    ("files", "target", "path"),
    [
        ({"main.py": "from fastapi import FastAPI\napi = FastAPI()\n"}, "main:api", "main.py"),
        (
            {"app/main.py": "from fastapi import FastAPI\nx = FastAPI()\n", "app/__init__.py": ""},
            "app.main:x",
            "app/main.py",
        ),
        (
            {"pyproject.toml": '[tool.fastapi]\nentrypoint = "web:api"\n', "web.py": "api = None\n"},
            "web:api",
            "web.py",
        ),
    ],
)
def test_fastapi_finds_its_app(tmp_path: Path, files: dict[str, str], target: str, path: str) -> None:
    found = start(tmp_path, files, "fastapi run").target
    assert found is not None
    assert (str(found), found.path) == (target, path)


def test_fastapi_without_an_app(tmp_path: Path) -> None:
    assert [p.kind for p in start(tmp_path, {"web.py": ""}, "fastapi run").problems] == ["no-target"]


@pytest.mark.parametrize(
    ("line", "env", "target", "factory"),
    [
        ("flask run", NO_ENV, "wsgi:application", False),
        ("flask --app shop run", NO_ENV, "shop:create_app()", True),
        ("flask --app shop/web.py run", NO_ENV, "shop.web:app", False),
        ("flask -A 'shop:make(1)' run", NO_ENV, "shop:make()", True),
        ("flask run", {"FLASK_APP": "shop.web"}, "shop.web:app", False),
    ],
)
def test_flask_finds_its_app(
    tmp_path: Path, line: str, env: dict[str, str | None], target: str, *, factory: bool
) -> None:
    files = FLASK | {
        "shop/__init__.py": "def create_app(): ...\ndef make(n): ...\n",
        "shop/web.py": "from flask import Flask\napp = Flask('x')\n",
    }
    found = start(tmp_path, files, line, env).target
    assert found is not None
    assert (str(found), found.factory) == (target, factory)


def test_flask_debug_reloads(tmp_path: Path) -> None:
    assert data(start(tmp_path, FLASK, "flask --debug run").reload) is True
    assert data(start(tmp_path, FLASK, "flask run --debug --no-reload").reload) is False
    on: dict[str, str | None] = {"FLASK_DEBUG": "1"}
    assert data(start(tmp_path, FLASK, "flask run").reload, on) is True
    assert data(start(tmp_path, FLASK, "flask run").reload) is False


def test_uvicorn_reads_workers_from_its_env_file(tmp_path: Path) -> None:
    files = FASTAPI | {"prod.env": "WEB_CONCURRENCY=6\n"}
    server = start(tmp_path, files, "uvicorn app:app --env-file prod.env")
    assert data(server.workers) == 6
    assert "prod.env:1:1 WEB_CONCURRENCY=6" in trail(server.workers)
    assert data(server.workers, {"WEB_CONCURRENCY": "2"}) == 2


def test_streamlit_has_a_config_file(tmp_path: Path) -> None:
    files = {"app.py": "import streamlit\n", ".streamlit/config.toml": "[server]\nport = 9000\n"}
    assert data(start(tmp_path, files, "streamlit run app.py").port) == 9000


def test_options_of_a_server_that_is_not_read_are_unknown(tmp_path: Path) -> None:
    server = start(tmp_path, FLASK, "uwsgi --ini uwsgi.ini")
    assert (server.program, server.certain, server.target) == ("uwsgi", False, None)


@pytest.mark.parametrize(
    "line",
    [
        "celery -A app worker -c 4",
        "npm start",
        "alembic upgrade head",
        "flask db upgrade",
        "gunicorn --version",
        "fastapi --version",
        "python app.py",
        "python -c 'print(1)'",
        "python missing.py",
        "python",
        "nginx -g 'daemon off;'",
        "",
    ],
)
def test_no_server(tmp_path: Path, line: str) -> None:
    program, tree = project(tmp_path, FASTAPI)
    assert read_server(program, tree, command(line), "") is None
