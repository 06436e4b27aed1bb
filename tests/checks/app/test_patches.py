"""Every patch of the family does what it says: applied by git, the finding that carried it is gone."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploycheck.cli import main

EXAMPLES = Path(__file__).parents[3] / "fixtures" / "rules"
CASES = sorted(EXAMPLES.glob("APP*/bad*"))


def findings(root: Path, code: str, capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    main.run([str(root), "--isolated", "--select", code, "--format", "json"])
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return list(document["findings"])


def copy(case: Path, tmp_path: Path) -> Path:
    root = tmp_path / case.name
    shutil.copytree(case, root, ignore=shutil.ignore_patterns("case.toml"))
    (root / ".git").mkdir()
    return root


def apply(root: Path, patch: str) -> None:
    subprocess.run(["git", "apply", "-"], cwd=root, input=patch.encode(), check=True)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}-{case.name}")
def test_a_patch_mends_its_finding(case: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = copy(case, tmp_path)
    code = case.parent.name
    for finding in findings(root, code, capsys):
        if finding["patch"]:
            apply(root, finding["patch"])
            left = {(f["subject"], f["location"]["path"]) for f in findings(root, code, capsys)}
            assert (finding["subject"], finding["location"]["path"]) not in left


@pytest.mark.parametrize(
    ("case", "command", "env"),
    [
        ("bad_workers_default", ["gunicorn", "main:app", "-k", "gthread"], [("WEB_CONCURRENCY", "2")]),
        (
            "bad_workers_block",
            ["uvicorn", "main:app", "--port", "$DATABRICKS_APP_PORT"],
            [("WEB_CONCURRENCY", "3")],
        ),
        ("bad_port", ["gunicorn", "main:app", "--bind", "0.0.0.0:$DATABRICKS_APP_PORT"], []),
        ("bad_and", ["bash", "-c", "python -m alembic upgrade head && exec gunicorn main:app"], []),
        ("bad_own_program", ["bash", "-c", "exec python main.py --region $REGION"], []),
    ],
)
def test_what_works_on_databricks(
    case: str,
    command: list[str],
    env: list[tuple[str, str]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    root = copy(EXAMPLES / "APP006" / case, tmp_path)
    (finding,) = findings(root, "APP006", capsys)
    apply(root, finding["patch"])
    written = yaml.safe_load((root / "app.yaml").read_text(encoding="utf-8"))
    assert written["command"] == command
    assert [(e["name"], e["value"]) for e in written.get("env") or []] == env
