"""The patch that reads the version gives the package's own, where the package is not installed."""

from __future__ import annotations

import runpy
import subprocess
import sys
import types
from pathlib import Path

import pytest

from deploycheck.checks.ver.constants import hard_coded_version
from deploycheck.engine.patch import unified_diff
from tests.facts.projects import DATABRICKS, project

PYPROJECT = '[project]\nname = "atlas"\nversion = "2.4.0"\n'
POETRY = '[tool.poetry]\nname = "atlas"\nversion = "2.4.0"\n'
APP = '"""The API."""\nfrom fastapi import FastAPI\napp = FastAPI(version="1.0.0")\n'


class FastAPI:
    """Stands for the library's: it only keeps its version."""

    def __init__(self, version: str) -> None:
        self.version = version


@pytest.mark.parametrize("packaged", [PYPROJECT, POETRY])
@pytest.mark.parametrize("path", ["main.py", "server/main.py", "a/b/main.py"])
def test_the_patched_app_says_the_packages_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, packaged: str, path: str
) -> None:
    module = path.removesuffix(".py").replace("/", ".")
    files = {"app.yaml": DATABRICKS.replace("main:app", f"{module}:app"), "requirements.txt": "fastapi\n"}
    made = project(tmp_path, {**files, "pyproject.toml": packaged, path: APP})
    (found,) = hard_coded_version(made)
    assert found.fix is not None
    diff = unified_diff(found.fix.edits, made.tree)
    assert diff is not None
    _apply(tmp_path, diff)
    fake = types.ModuleType("fastapi")
    fake.FastAPI = FastAPI  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "fastapi", fake)
    assert runpy.run_path(str(tmp_path / path))["app"].version == "2.4.0"


def _apply(root: Path, diff: str) -> None:
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    subprocess.run(["git", "apply", "-"], cwd=root, input=diff.encode(), check=True)


def test_an_image_that_may_lack_the_file_gets_no_patch(tmp_path: Path) -> None:
    image = 'FROM python:3.12\nCOPY server server\nCMD ["uvicorn", "server.main:app"]\n'
    made = project(tmp_path, {"Dockerfile": image, "pyproject.toml": PYPROJECT, "server/main.py": APP})
    (found,) = hard_coded_version(made)
    assert found.fix is not None
    assert found.fix.edits == ()
