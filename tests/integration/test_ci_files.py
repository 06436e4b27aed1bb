"""What other systems run us by: each file against that system's own schema, and its script for real."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.test_outputs import APP

ROOT = Path(__file__).parents[2]


def _load(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text())


@pytest.mark.parametrize(
    ("schema", "file"),
    [
        ("vendor.github-actions", "action.yml"),
        ("vendor.github-workflows", ".github/workflows/ci.yml"),
        ("vendor.gitlab-ci", "templates/gitlab-ci.yml"),
    ],
)
def test_a_file_is_what_its_system_takes(schema: str, file: str) -> None:
    program = Path(sys.executable).with_name("check-jsonschema")
    done = subprocess.run(
        [program, "--builtin-schema", schema, ROOT / file], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_the_hook_is_what_pre_commit_takes() -> None:
    program = Path(sys.executable).with_name("pre-commit")
    done = subprocess.run(
        [program, "validate-manifest", ROOT / ".pre-commit-hooks.yaml"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_the_hook_runs_and_fails_on_a_critical(tmp_path: Path) -> None:
    (hook,) = _load(".pre-commit-hooks.yaml")
    (tmp_path / "main.py").write_text(APP)
    (tmp_path / "Procfile").write_text("web: uvicorn main:app --host 0.0.0.0\n")
    command = [sys.executable, "-m", hook["entry"], *hook["args"]]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert "main.py:4:36: critical CORS001 any-origin" in done.stdout


def test_the_action_annotates_summarises_and_passes_the_exit_code_on(tmp_path: Path) -> None:
    step = next(s for s in _load("action.yml")["runs"]["steps"] if s.get("id") == "check")
    workspace, temporary = tmp_path / "work", tmp_path / "runner temp"
    (temporary / "deploycheck" / "bin").mkdir(parents=True)
    program = temporary / "deploycheck" / "bin" / "deploycheck"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m deploycheck "$@"\n')
    program.chmod(0o755)
    (workspace / "my app").mkdir(parents=True)
    (workspace / "my app" / "main.py").write_text(APP)
    (workspace / "my app" / "Procfile").write_text("web: uvicorn main:app --host 0.0.0.0\n")
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "RUNNER_TEMP": str(temporary),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "CHECKED_PATH": "my app",
        "CHECKED_FAIL_ON": "critical",
        "CHECKED_ARGUMENTS": "--isolated --select CORS",
        "CHECKED_SARIF": "out.sarif",
    }
    assert set(step["env"]) <= set(environment)
    bash = [shutil.which("bash") or "bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
    done = subprocess.run(bash, cwd=workspace, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith("::error file=my app/main.py,line=4,")
    assert (tmp_path / "output").read_text() == "exit-code=1\n"
    assert "Not ready: 1 critical" in (tmp_path / "summary").read_text()
    assert json.loads((workspace / "out.sarif").read_text())["runs"][0]["results"]
