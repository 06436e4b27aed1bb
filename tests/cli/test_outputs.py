"""Several formats in one run, through the real entry point."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from deploycheck.reports import FORMATS, MACHINE_FORMATS

APP = """from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
app = FastAPI()
app.add_middleware(CORSMiddleware, allow_origins=["*"], allow_credentials=True)
"""


@pytest.fixture
def app(tmp_path: Path) -> Path:
    repository = tmp_path / "repository"
    (repository / "services" / "api").mkdir(parents=True)
    subprocess.run(["git", "init", "-q", repository], check=True)
    (repository / "services" / "api" / "main.py").write_text(APP)
    (repository / "services" / "api" / "Procfile").write_text("web: uvicorn main:app --host 0.0.0.0\n")
    return repository / "services" / "api"


def _run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "deploycheck", "--isolated", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_every_format_at_once(app: Path) -> None:
    files = [f"{name}={name}.out" for name in FORMATS if name != "terminal"]
    done = _run(app, "--format", ",".join(files), "--format", "terminal")
    assert done.returncode == 1, done.stderr
    assert "CORS001 any-origin" in done.stdout
    for name in FORMATS[1:]:
        assert "CORS001" in (app / f"{name}.out").read_text(encoding="utf-8"), name
    sarif = json.loads((app / "sarif.out").read_text())
    uris = {
        r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in sarif["runs"][0]["results"]
    }
    assert "services/api/main.py" in uris
    assert sorted(p.name for p in app.glob("*.tmp")) == []


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("sarfi", "'sarfi' is not one of"),
        ("sarfi=x", "did you mean sarif?"),
        ("json,sarif", "json and sarif both go to stdout: give one of them a file, as in sarif=FILE"),
        ("json=x,sarif=x", "json and sarif both go to the file x"),
        ("json=", "json= names no file"),
        (",", "names no format"),
        ("json=missing/x.json", "missing/x.json cannot be written: No such file or directory"),
    ],
)
def test_what_cannot_be_asked_for_is_one_line(app: Path, asked: str, said: str) -> None:
    done = _run(app, "--format", asked)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1), done.stderr
    assert said in done.stderr


@pytest.mark.parametrize("name", sorted(MACHINE_FORMATS))
def test_a_failed_run_leaves_a_document_where_one_was_asked_for(app: Path, name: str) -> None:
    done = _run(app, "--select", "NOPE9", "--format", f"{name}=out", "--format=concise")
    assert (done.returncode, done.stdout) == (2, "")
    assert (app / "out").stat().st_size > 0


def test_quiet_is_what_fails_the_run_and_the_verdict(app: Path) -> None:
    quiet = _run(app, "--quiet")
    assert quiet.stdout.count("CRITICAL") == 1
    assert "What will run" not in quiet.stdout
    assert "HIGH" not in quiet.stdout
    assert "rules:" not in quiet.stdout
    assert _run(app, "--quiet", "--select", "BLD").stdout.splitlines()[-1].startswith("Ready")
