"""What an unused suppression says of the finding that was perhaps meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploycheck.configuration import load
from deploycheck.engine import Selection, run
from deploycheck.project import Project, Settings
from deploycheck.rules import load as rules
from tests.fakes import written

APP = """\
from fastapi import FastAPI

app = FastAPI(version="1.0.0")


@app.get("/version")%s
def version():
    return {}
"""
COMMENT = "  # deploycheck: ignore[VER001] a demo"
ENTRY = "[[suppress]]\nrule = 'VER001'\nreason = 'a demo'\nsubject = '%s'\n"


def _said(root: Path, files: dict[str, str]) -> list[str]:
    project = Project(written(root, files), Settings(isolated=True, configuration=load(root)))
    registry = rules()
    report = run(project, Selection(registry.select(["VER001", "SUP"]), registry=registry))
    return [f.message for f in report.findings if f.code == "SUP003"]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"main.py": APP % COMMENT}, "what VER001 finds here is at line 3."),
        ({"main.py": APP % "", "deploycheck.toml": ENTRY % "app"}, "is about 'version', at main.py:3."),
        (
            {"main.py": (APP % COMMENT).replace("1.0.0", "").replace('version=""', "")},
            "VER001 finds nothing there.",
        ),
    ],
)
def test_it_tells_where_the_finding_is(tmp_path: Path, files: dict[str, str], said: str) -> None:
    (message,) = _said(tmp_path, files)
    assert message.startswith("The suppression of VER001 suppresses nothing: ")
    assert message.endswith(said)
