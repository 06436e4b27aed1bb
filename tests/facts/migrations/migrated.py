"""A history of migrations out of the bodies of its functions."""

from __future__ import annotations

import textwrap
from pathlib import Path

from deploycheck.facts.migrations.coverage import Coverage
from deploycheck.project import Project
from tests.facts.projects import project

ENV = """
from alembic import context
from sqlalchemy import engine_from_config

with engine_from_config(context.config.get_section("alembic"), prefix="sqlalchemy.").connect() as connection:
    context.configure(connection=connection)
    context.run_migrations()
"""
URLS = {
    "postgresql": "postgresql+psycopg://shop@db/shop",
    "sqlite": "sqlite:///shop.db",
    "mysql": "mysql+pymysql://db/shop",
}

USERS = (
    """
    op.create_table(
        "users",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("email", sa.String(200), nullable=False, server_default=""),
        sa.Column("age", sa.Integer(), nullable=True),
        sa.CheckConstraint("age >= 0", name="ck_age"),
    )
    op.create_table(
        "posts",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_posts_user"),
        sa.UniqueConstraint("user_id", name="uq_posts_user"),
    )
    op.create_index("ix_users_age", "users", ["age"])
    """,
    """
    op.drop_table("posts")
    op.drop_table("users")
    """,
)


def source(number: int, functions: tuple[str, str]) -> str:
    """Return the file of one revision: what its upgrade and its downgrade do."""
    up, down = (textwrap.indent(textwrap.dedent(f).strip() or "pass", "    ") for f in functions)
    parent = f'"r{number - 1}"' if number else None
    return (
        "import sqlalchemy as sa\nfrom alembic import op\nfrom sqlalchemy.dialects import postgresql\n\n"
        f'revision = "r{number}"\ndown_revision = {parent}\n\n\n'
        f"def upgrade():\n{up}\n\n\ndef downgrade():\n{down}\n"
    )


def migrated(root: Path, *revisions: tuple[str, str], backend: str = "postgresql") -> Project:
    """Return a project whose history is these revisions, one after the other, on a backend."""
    files = {f"migrations/versions/r{n}.py": source(n, functions) for n, functions in enumerate(revisions)}
    ini = f"[alembic]\nscript_location = migrations\nsqlalchemy.url = {URLS[backend]}\n"
    return project(root, {"alembic.ini": ini, "migrations/env.py": ENV, **files})


def covered(root: Path, *revisions: tuple[str, str], backend: str = "postgresql") -> Coverage:
    """Return the coverage of such a project."""
    (found,) = migrated(root, *revisions, backend=backend).coverages
    return found
