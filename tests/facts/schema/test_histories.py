"""Which Alembic history a deployment's database has."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploycheck.facts.schema.histories import histories_of
from tests.facts.projects import FASTAPI, project

REVISION = 'revision = "a1"\ndown_revision = None\ndef upgrade(): pass\n'
APP = {
    "shop/Dockerfile": "FROM python:3.12\nWORKDIR /app\nCOPY . .\nCMD uvicorn main:app\n",
    "shop/main.py": "import models\n" + FASTAPI,
    "shop/models.py": "Base = object()\n",
}


def env(imports: str) -> str:
    return f"from alembic import context\n{imports}\ncontext.run_migrations()\n"


@pytest.mark.parametrize(
    ("folder", "imports", "revision", "belongs"),
    [
        ("shop", "from models import Base", REVISION, True),
        ("shop", "", REVISION, True),
        ("shop", "", "", False),
        ("stock", "", REVISION, False),
        ("stock", "import goods", REVISION, False),
    ],
)
def test_a_history_is_the_apps_when_it_knows_its_modules(
    tmp_path: Path, folder: str, imports: str, revision: str, *, belongs: bool
) -> None:
    files = {
        **APP,
        "stock/goods.py": "",
        f"{folder}/alembic.ini": "[alembic]\nscript_location = migrations\n",
        f"{folder}/migrations/env.py": env(imports),
        f"{folder}/migrations/versions/a1.py": revision,
    }
    found = project(tmp_path, files)
    (deployment,) = found.deployments
    assert bool(histories_of(deployment, found.script_directories)) is belongs
