"""The patch of MIG015, on a database that does not know the statement."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from deploycheck.engine.patch import edited
from deploycheck.project import Project, Settings
from deploycheck.rules import load
from tests.fakes import written

FILES = {
    "app.yaml": "command: [uvicorn, main:app]\nenv:\n  - name: DATABASE_URL\n    value: postgresql://db/shop\n",
    "main.py": (
        "import os\n\nfrom fastapi import FastAPI\nfrom sqlalchemy import create_engine\n\n"
        'engine = create_engine(os.environ["DATABASE_URL"])\napp = FastAPI()\n'
    ),
    "alembic.ini": "[alembic]\nscript_location = migrations\n",
    "migrations/env.py": (
        "import os\n\nfrom alembic import context\nfrom sqlalchemy import create_engine\n\n"
        'with create_engine(os.environ["DATABASE_URL"]).connect() as connection:\n'
        "    context.configure(connection=connection)\n"
        "    with context.begin_transaction():\n        context.run_migrations()\n"
    ),
    "migrations/versions/a.py": (
        "import sqlalchemy as sa\nfrom alembic import op\n\nrevision = 'a1'\ndown_revision = None\n\n\n"
        "def upgrade():\n    op.create_table('shop', sa.Column('id', sa.Integer))\n\n\n"
        "def downgrade():\n    op.drop_table('shop')\n"
    ),
}


def test_a_developer_can_still_migrate_sqlite(tmp_path: Path) -> None:
    project = Project(written(tmp_path, FILES), Settings(isolated=True))
    (draft,) = load().by_code["MIG015"].check(project)
    assert draft.fix is not None
    env = tmp_path / "migrations" / "env.py"
    env.write_text(edited(env.read_text(), draft.fix.edits))
    assert "lock_timeout" in env.read_text()
    done = subprocess.run(
        [sys.executable, "-m", "alembic", "upgrade", "head"],
        cwd=tmp_path,
        env={**os.environ, "DATABASE_URL": "sqlite:///shop.db"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
