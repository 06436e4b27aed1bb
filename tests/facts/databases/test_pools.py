"""The pools that code makes, however it makes them."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploycheck.facts.databases.pools import Pool, pools_under
from tests.facts.projects import FASTAPI, deployed, with_dockerfile

SERVER = "postgresql+psycopg://app@db/app"
IMPORTS = "import os\nfrom sqlalchemy import create_engine\n"
FLASK = "import os\nfrom flask import Flask\nfrom flask_sqlalchemy import SQLAlchemy\napp = Flask(__name__)\n"


def pools(root: Path, source: str, variables: dict[str, str] | None = None, **files: str) -> tuple[Pool, ...]:
    """Return the pools that production opens of an app with this main.py."""
    modules = {f"{name.replace('__', '/')}.py": text for name, text in files.items()}
    app = "" if "Flask" in source else FASTAPI
    deployment = deployed(root, with_dockerfile({"main.py": source + app, **modules}, variables))
    return pools_under(deployment, deployment.environment)


def told(found: tuple[Pool, ...]) -> list[tuple[str, str, str]]:
    return [(p.backend, p.kind, p.bound.text) for p in found]


PG = ("postgresql", "QueuePool")
CASES: dict[str, tuple[str, list[tuple[str, str, str]]]] = {
    "nothing said": (f"{IMPORTS}e = create_engine('{SERVER}')\n", [(*PG, "(5 + 10)")]),
    "a dict": (f"{IMPORTS}O = dict(pool_size=3)\ne = create_engine('{SERVER}', **O)\n", [(*PG, "(3 + 10)")]),
    "updated": (
        f"{IMPORTS}O = {{}}\nO.update(pool_size=3, max_overflow=1)\ne = create_engine('{SERVER}', **O)\n",
        [(*PG, "(3 + 1)")],
    ),
    "no limit": (f"{IMPORTS}e = create_engine('{SERVER}', pool_size=0)\n", [(*PG, "no limit")]),
    "not known": (
        f"{IMPORTS}import cfg\ne = create_engine('{SERVER}', pool_size=cfg.load())\n",
        [(*PG, "")],
    ),
    "more is given": (
        f"{IMPORTS}import cfg\ne = create_engine('{SERVER}', **cfg.load())\n",
        [("postgresql", "", "")],
    ),
    "reader and writer": (
        (
            f"{IMPORTS}def make(n):\n    return create_engine('{SERVER}', pool_size=n, max_overflow=0)\n"
            "writer = make(4)\nreader = make(8)\n"
        ),
        [(*PG, "(4 + 0)"), (*PG, "(8 + 0)")],
    ),
    "from config": (
        (
            f"from sqlalchemy import engine_from_config\nS = {{'db.url': '{SERVER}', 'db.pool_size': '7'}}\n"
            "e = engine_from_config(S, 'db.')\n"
        ),
        [(*PG, "(7 + 10)")],
    ),
    "null": (
        f"{IMPORTS}from sqlalchemy.pool import NullPool\ne = create_engine('{SERVER}', poolclass=NullPool)\n",
        [("postgresql", "NullPool", "")],
    ),
    "asyncpg": (
        "import asyncpg\nasync def f():\n    await asyncpg.create_pool('postgresql://db/app', max_size=7)\n",
        [("postgresql", "asyncpg", "7")],
    ),
    "asyncpg's own": (
        "import asyncpg\nasync def f():\n    await asyncpg.create_pool('postgresql://db/app')\n",
        [("postgresql", "asyncpg", "10")],
    ),
    "psycopg's own": (
        "from psycopg_pool import ConnectionPool\np = ConnectionPool('postgresql://db/app')\n",
        [("postgresql", "psycopg", "4")],
    ),
    "psycopg2": (
        "from psycopg2.pool import ThreadedConnectionPool\np = ThreadedConnectionPool(1, 12, dsn='postgresql://h')\n",
        [("postgresql", "psycopg2", "12")],
    ),
    "flask": (
        (
            f"{FLASK}app.config['SQLALCHEMY_DATABASE_URI'] = '{SERVER}'\n"
            "app.config['SQLALCHEMY_ENGINE_OPTIONS'] = {'pool_size': 2}\ndb = SQLAlchemy(app)\n"
        ),
        [(*PG, "(2 + 10)")],
    ),
    "flask's constructor": (
        (
            f"{FLASK}app.config['SQLALCHEMY_DATABASE_URI'] = '{SERVER}'\n"
            "db = SQLAlchemy(app, engine_options={'pool_size': 2})\n"
        ),
        [(*PG, "(2 + 10)")],
    ),
    "flask's hook": (
        (
            f"{FLASK}class DB(SQLAlchemy):\n    def apply_pool_defaults(self, app, options):\n"
            "        options['pool_size'] = 1\n        return options\n"
            f"app.config['SQLALCHEMY_DATABASE_URI'] = '{SERVER}'\ndb = DB(app)\n"
        ),
        [("postgresql", "", "")],
    ),
    "flask's old key": (
        (
            f"{FLASK}app.config['SQLALCHEMY_DATABASE_URI'] = '{SERVER}'\n"
            "app.config['SQLALCHEMY_POOL_SIZE'] = 2\ndb = SQLAlchemy(app)\n"
        ),
        [(*PG, "(5 + 10)")],
    ),
    "for tests": (f"{IMPORTS}test_engine = create_engine('{SERVER}')\n", []),
}


@pytest.mark.parametrize("name", CASES)
def test_a_pool(tmp_path: Path, name: str) -> None:
    source, expected = CASES[name]
    assert told(pools(tmp_path, source)) == expected


BY_BACKEND = f"""
import os
from sqlalchemy import create_engine

def options(url):
    if url.startswith("sqlite"):
        return {{"pool_size": 20, "max_overflow": 30}}
    return {{"pool_size": 5, "max_overflow": 10}}

URL = os.getenv("URL", "{SERVER}")
engine = create_engine(URL, **options(URL))
"""


def test_options_go_with_their_url(tmp_path: Path) -> None:
    assert told(pools(tmp_path, BY_BACKEND)) == [(*PG, "(5 + 10)")]


def test_options_go_with_a_url_that_is_not_seen(tmp_path: Path) -> None:
    unseen = BY_BACKEND.replace(f'os.getenv("URL", "{SERVER}")', 'os.environ["URL"]')
    found = pools(tmp_path, unseen)
    assert sorted((p.backend, [p.number("pool_size"), p.number("max_overflow")]) for p in found) == [
        ("given", [5, 10]),
        ("sqlite", [20, 30]),
    ]


def test_a_migration_has_no_pool_of_the_app(tmp_path: Path) -> None:
    source = f"{IMPORTS}e = create_engine('{SERVER}')\n"
    env = f"from alembic import context\n{IMPORTS}e = create_engine('{SERVER}', pool_size=50)\n"
    assert told(pools(tmp_path, source, alembic__env=env)) == [(*PG, "(5 + 10)")]
