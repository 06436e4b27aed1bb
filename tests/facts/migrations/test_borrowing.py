"""What revisions use of code that lives on."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploycheck.facts.migrations.borrowing import Borrowed, borrowed_by
from deploycheck.project import Project
from tests.facts.projects import project

REVISION = 'import sqlalchemy as sa\nfrom alembic import op\nrevision = "a1"\ndown_revision = None\n'


def history(root: Path, code: str, **more: str) -> Project:
    return project(
        root,
        {
            "alembic.ini": "[alembic]\nscript_location = app/migrations\n",
            "app/__init__.py": "",
            "app/models.py": "class User: pass\n",
            "app/migrations/env.py": "from alembic import context\ncontext.run_migrations()\n",
            "app/migrations/__init__.py": "",
            "app/migrations/versions/__init__.py": "",
            "app/migrations/tools.py": "def helper(): pass\n",
            "app/migrations/versions/a1.py": REVISION + code,
            **more,
        },
    )


def borrowed(root: Path, code: str, **more: str) -> list[Borrowed]:
    found = history(root, code, **more)
    (directory,) = found.script_directories
    (revision,) = directory.revisions
    return list(borrowed_by(found.program, directory, revision))


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("from app.models import User\nUser()", [("app.models.User", True)]),
        ("from app import models\nmodels.User()", [("app.models", True)]),
        ("import app.models\napp.models.User()", [("app.models", True)]),
        ("from ...models import User as Person\nPerson()", [("app.models.User", True)]),
        ("def upgrade():\n    from app.models import User\n    User()", [("app.models.User", True)]),
        ("import app.models\nsa.Column('a', sa.Enum(app.models.Kind))", [("app.models", True)]),
        ("import requests\nrequests.get('x')", [("requests", False)]),
        ("from app.models import User", []),
        ("import app.models\nsa.Column('a', app.models.GUID())", []),
        ("from app.models import GUID\nop.alter_column('t', 'a', type_=GUID)", []),
        ("from app.migrations.tools import helper\nhelper()", []),
        ("from ..tools import helper\nhelper()", []),
        ("import json, uuid\njson.loads(uuid.uuid4())", []),
        ("from sqlalchemy.dialects import postgresql\npostgresql.ENUM()", []),
        ("from pgvector.sqlalchemy import Vector\nVector(3)", []),
        ("from app import types\nsa.Column('a', sa.ARRAY(types.GUID()))", []),
        ("from app import types\nsa.Column('a', types.GUID().with_variant(sa.Text(), 'sqlite'))", []),
        ("from app.i18n import _\nprint(_('x'))", []),
        ("import structlog\nstructlog.get_logger()", []),
    ],
)
def test_what_a_revision_borrows(tmp_path: Path, code: str, names: list[tuple[str, bool]]) -> None:
    assert [(b.name, b.own) for b in borrowed(tmp_path, code)] == names
