from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import pytest

ROOT = Path(__file__).parents[2]

# A web app on Databricks Apps that any website may call: one critical for sure.
BAD = {
    "app.yaml": "command: [uvicorn, main:app, --host, 0.0.0.0, --port, $DATABRICKS_APP_PORT]\n",
    "requirements.txt": "fastapi==0.115.0\nuvicorn==0.30.0\n",
    "main.py": (
        "from fastapi import FastAPI\n"
        "from fastapi.middleware.cors import CORSMiddleware\n\n"
        "app = FastAPI()\n"
        'app.add_middleware(CORSMiddleware, allow_origins=["*"], allow_credentials=True)\n'
    ),
}
GOOD = {**BAD, "main.py": "from fastapi import FastAPI\n\napp = FastAPI()\n"}


class Cli(Protocol):
    """Runs the program as its users do."""

    def __call__(
        self, *arguments: str, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]: ...


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    """The command line, in an empty folder, with an environment of nothing but what a case sets."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()

    def run(*arguments: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        base = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
        return subprocess.run(
            [sys.executable, "-m", "deploycheck", *arguments],
            cwd=elsewhere,
            env={**base, **(env or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )

    return run


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder for the project, that is a repository of its own."""
    root = tmp_path / "shop"
    (root / ".git").mkdir(parents=True)
    return root
