"""Time-outs of servers, beside those that the servers themselves have."""

from __future__ import annotations

from pathlib import Path

import pytest
import uvicorn
from gunicorn.config import Config  # type: ignore[import-untyped]

from deploycheck.facts.timeouts.server import (
    bounds_requests,
    may_be_cloud_run,
    request_limit,
    stopping,
    worker_timeout,
)
from tests.facts.projects import FASTAPI, FLASK, deployed


def heroku(command: str, code: str = FLASK) -> dict[str, str]:
    return {"Procfile": f"web: {command}\n", "main.py": code, "app.json": "{}"}


def test_defaults_are_the_servers_own(tmp_path: Path) -> None:
    gunicorn = deployed(tmp_path / "gunicorn", heroku("gunicorn main:app"))
    found, ending = worker_timeout(gunicorn), stopping(gunicorn)
    assert found is not None
    assert found[0] == Config().timeout
    assert ending is not None
    assert ending.seconds == Config().graceful_timeout
    assert not ending.written
    other = stopping(deployed(tmp_path / "uvicorn", heroku("uvicorn main:app --port $PORT", FASTAPI)))
    assert other is not None
    assert other.seconds is uvicorn.Config("main:app").timeout_graceful_shutdown is None


@pytest.mark.parametrize(
    ("command", "bounds"),
    [
        ("gunicorn main:app", True),
        ("gunicorn main:app --timeout 0", False),
        ("gunicorn main:app --timeout 900", False),
        ("gunicorn main:app --threads 4", False),
        ("gunicorn main:app -k gevent", False),
        ("gunicorn main:app -k uvicorn_worker.UvicornWorker", False),
        ("waitress-serve --port $PORT main:app", False),
    ],
)
def test_only_sync_workers_bound_requests(tmp_path: Path, command: str, bounds: bool) -> None:
    assert bounds_requests(deployed(tmp_path, heroku(command))) is bounds


def test_a_manifest_says_more_than_its_platform(tmp_path: Path) -> None:
    files = {
        "compose.yaml": """
            services:
              web:
                build: .
                stop_grace_period: 90s
                command: gunicorn main:app
        """,
        "Dockerfile": "FROM python:3.12\nWORKDIR /app\nCOPY . .\nRUN pip install flask gunicorn\n",
        "main.py": FLASK,
    }
    ending = stopping(deployed(tmp_path, files))
    assert ending is not None
    assert (ending.grace, ending.stated) == (90, True)


def test_platforms_that_give_a_request_up(tmp_path: Path) -> None:
    assert request_limit(deployed(tmp_path, heroku("gunicorn main:app"))) == 30


@pytest.mark.parametrize(("bind", "may"), [(":$PORT", True), ("0.0.0.0:8000", False)])
def test_an_image_that_listens_where_it_is_told_may_run_on_cloud_run(
    tmp_path: Path, bind: str, may: bool
) -> None:
    dockerfile = f"FROM python:3.12\nWORKDIR /app\nCOPY . .\nCMD exec gunicorn --bind {bind} main:app\n"
    assert may_be_cloud_run(deployed(tmp_path, {"Dockerfile": dockerfile, "main.py": FLASK})) is may
