from __future__ import annotations

from pathlib import Path

import pytest

from deploycheck.project import Project
from deploycheck.rehearsal.extensions import Wanted, wanted

HEAD = '"""Uses citext, one day."""\nrevision = "1"\ndown_revision = None\ndef downgrade(): pass\n'


@pytest.mark.parametrize(
    ("upgrade", "expected"),
    [
        ("op.execute('CREATE EXTENSION IF NOT EXISTS \"uuid-ossp\"')", Wanted(("uuid-ossp",))),
        ("op.execute('create extension citext; create extension hstore')", Wanted(("citext", "hstore"))),
        ("op.add_column('t', sa.Column('a', postgresql.CITEXT()))", Wanted((), ("citext",))),
        (
            "op.create_index('i', 't', ['a'], postgresql_ops={'a': 'gin_trgm_ops'})",
            Wanted((), ("pg_trgm",)),
        ),
        ("op.execute('SELECT 1')", Wanted()),
    ],
)
def test_the_extensions_of_a_history(tmp_path: Path, upgrade: str, expected: Wanted) -> None:
    (tmp_path / "alembic.ini").write_text("[alembic]\nscript_location = migrations\n")
    versions = tmp_path / "migrations" / "versions"
    versions.mkdir(parents=True)
    (versions.parent / "env.py").write_text("from alembic import context\n")
    (versions / "1.py").write_text(f"{HEAD}def upgrade():\n    {upgrade}\n")
    (directory,) = Project(tmp_path).script_directories
    assert wanted(directory) == expected
