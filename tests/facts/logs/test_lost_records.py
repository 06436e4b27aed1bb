"""LOG004's reading of a program beside what Python and the servers really print."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from deploycheck.checks.log.lost import lost_records
from tests.facts.projects import project

START = """
import uvicorn
uvicorn.Config("main:app", log_level="info").load()
"""
GUNICORN = """
from gunicorn.config import Config
from gunicorn.glogging import Logger
Logger(Config())
import main
"""
APP = """
import logging
import logging.config
from starlette.applications import Starlette
{setup}
def tell():
    logging.getLogger({name}).info("marker")
tell()
app = Starlette()
"""


@pytest.mark.parametrize("server", ["uvicorn", "gunicorn"])
@pytest.mark.parametrize(
    "setup",
    [
        "",
        "logging.getLogger('shop').setLevel(logging.INFO)",
        "logging.basicConfig()",
        "logging.basicConfig(format='%(message)s')",
        "logging.getLogger('shop').addHandler(logging.NullHandler())",
        "logging.basicConfig(level=logging.INFO)",
        "logging.basicConfig(level='DEBUG')",
        "logging.basicConfig()\nlogging.getLogger().setLevel('INFO')",
        "logging.getLogger('shop').setLevel(logging.INFO)\nlogging.warning('first')",
        (
            "logging.config.dictConfig({'version': 1, 'handlers': {'o': {'class': 'logging.StreamHandler'}},"
            " 'root': {'level': 'INFO', 'handlers': ['o']}})"
        ),
        "if __name__ == '__main__':\n    logging.basicConfig(level=logging.INFO)",
    ],
)
def test_what_python_prints_is_not_reported(tmp_path: Path, setup: str, server: str) -> None:
    files = {"main.py": APP.format(setup=setup, name="'shop'"), "Procfile": f"web: {server} main:app\n"}
    made = project(tmp_path, files)
    code = START if server == "uvicorn" else GUNICORN
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    printed = "marker" in run.stdout + run.stderr
    assert bool(list(lost_records(made))) is not printed


def test_the_servers_own_logger_is_printed(tmp_path: Path) -> None:
    files = {"main.py": APP.format(setup="", name="'uvicorn.error'"), "Procfile": "web: uvicorn main:app\n"}
    assert list(lost_records(project(tmp_path, files))) == []
    run = subprocess.run(
        [sys.executable, "-c", START], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert "marker" in run.stderr
