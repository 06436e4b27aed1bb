"""Every place that opens a database."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from deploycheck.facts.databases.engines import Engine, literal_texts
from tests.facts.projects import FASTAPI, deployed

IMPORTS = "import os\nfrom sqlalchemy import create_engine\n"
FLASK = "import os\nfrom flask import Flask\napp = Flask(__name__)\n"


def engines(root: Path, source: str, **files: str) -> tuple[Engine, ...]:
    app = "" if "Flask" in source else FASTAPI
    return deployed(root, {"main.py": source + app, **{f"{n}.py": t for n, t in files.items()}}).engines


def told(found: tuple[Engine, ...]) -> list[tuple[str, int, tuple[str, ...]]]:
    """Return each engine's kind, line, and the variables that decide it."""
    return [(e.kind, e.at.line, tuple(dict.fromkeys(v.name for v in e.variables()))) for e in found]


WRAPPED = "from sqlmodel import create_engine as c\nfrom sqlalchemy.ext.asyncio import AsyncEngine as A\n"
KINDS: Mapping[str, tuple[str, str]] = {
    "sqlalchemy": ("import sqlalchemy as sa\nengine = sa.create_engine('sqlite://')\n", "sync"),
    "sqlmodel": ("from sqlmodel import create_engine\nengine = create_engine('sqlite://')\n", "sync"),
    "asyncio": (
        "from sqlalchemy.ext.asyncio import create_async_engine as make\nengine = make(url='sqlite+aiosqlite://')\n",
        "async",
    ),
    "wrapped": (f"{WRAPPED}engine = A(c('sqlite+aiosqlite://'))\n", "async"),
    "databases": (
        "from databases import Database\nd = Database('sqlite:///x', min_size=1)\n",
        "databases",
    ),
    "asyncpg": (
        "import asyncpg\nasync def f():\n    await asyncpg.create_pool(dsn='postgres://h')\n",
        "asyncpg",
    ),
    "psycopg": ("import psycopg\ndef f():\n    return psycopg.connect('postgresql://h')\n", "psycopg"),
    "pool": (
        "from psycopg_pool import ConnectionPool\np = ConnectionPool(conninfo='postgresql://h')\n",
        "psycopg",
    ),
    "psycopg2": (
        "import psycopg2\ndef f():\n    psycopg2.connect(dsn='postgresql://h')\n",
        "psycopg2",
    ),
}


@pytest.mark.parametrize("name", KINDS)
def test_kinds(tmp_path: Path, name: str) -> None:
    source, kind = KINDS[name]
    (found,) = engines(tmp_path, source)
    assert found.kind == kind
    assert found.url is not None
    assert literal_texts(found.url)[0].partition(":")[0] in {
        "sqlite",
        "sqlite+aiosqlite",
        "postgres",
        "postgresql",
    }


def test_a_connection_without_one_value_for_its_url(tmp_path: Path) -> None:
    (found,) = engines(tmp_path, "import psycopg2\nc = psycopg2.connect(host='h', dbname='d')\n")
    assert found.url is None
    ((backend, resolved),) = found.backends(deployed(tmp_path, {}).environment)
    assert (backend, resolved.known, resolved.certain) == ("postgresql", False, True)


def test_reader_and_writer_in_order(tmp_path: Path) -> None:
    source = IMPORTS + (
        'writer = create_engine(os.environ["WRITER"])\n'
        'reader = create_engine(os.getenv("READER") or os.environ["WRITER"])\n'
    )
    assert told(engines(tmp_path, source)) == [("sync", 3, ("WRITER",)), ("sync", 4, ("READER", "WRITER"))]


def test_what_must_hold_is_part_of_it(tmp_path: Path) -> None:
    source = IMPORTS + (
        'if os.getenv("USE_PG") == "1":\n    engine = create_engine(os.environ["PG"])\n'
        'else:\n    engine = create_engine("sqlite:///x.db")\n'
    )
    found = engines(tmp_path, source)
    assert told(found) == [("sync", 4, ("USE_PG", "PG")), ("sync", 6, ("USE_PG",))]
    assert [[(c.text, c.wanted) for c in e.conditions] for e in found] == [
        [('os.getenv("USE_PG") == "1"', True)],
        [('os.getenv("USE_PG") == "1"', False)],
    ]


def test_an_engine_made_by_a_helper_of_another_module(tmp_path: Path) -> None:
    db = IMPORTS + "def make(url, **options):\n    return create_engine(url, **options)\n"
    found = engines(tmp_path, 'import os\nfrom db import make\nengine = make(os.environ["URL"])\n', db=db)
    assert [(e.at.path, e.at.line) for e in found] == [("db.py", 4)]
    assert told(found) == [("sync", 4, ("URL",))]


def test_options_from_a_dict(tmp_path: Path) -> None:
    source = (
        IMPORTS + 'OPTIONS = {"url": os.environ["URL"], "pool_size": 5}\nengine = create_engine(**OPTIONS)\n'
    )
    assert told(engines(tmp_path, source)) == [("sync", 4, ("URL",))]


def test_what_is_not_loaded_opens_nothing(tmp_path: Path) -> None:
    assert engines(tmp_path, "", other=IMPORTS + "engine = create_engine('sqlite://')\n") == ()


FLASKS = {
    "an item": 'app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["URL"]\n',
    "from_mapping": 'app.config.from_mapping(DEBUG=True, SQLALCHEMY_DATABASE_URI=os.environ["URL"])\n',
    "update": 'app.config.update(SQLALCHEMY_DATABASE_URI=os.environ["URL"])\n',
    "a dict": 'app.config.update({"DEBUG": True, "SQLALCHEMY_DATABASE_URI": os.environ["URL"]})\n',
    "merged": 'app.config |= {"SQLALCHEMY_DATABASE_URI": os.environ["URL"]}\n',
    "setdefault": 'app.config.setdefault("SQLALCHEMY_DATABASE_URI", os.environ["URL"])\n',
    "in a function": 'def f(a):\n    a.config["SQLALCHEMY_DATABASE_URI"] = os.environ["URL"]\nf(app)\n',
    "a class": 'class C:\n    SQLALCHEMY_DATABASE_URI = os.environ["URL"]\napp.config.from_object(C)\n',
    "annotated": 'class C:\n  SQLALCHEMY_DATABASE_URI: str = os.environ["URL"]\napp.config.from_object(C)\n',
    "inherited": 'class B:\n    SQLALCHEMY_DATABASE_URI = os.environ["URL"]\nclass C(B):\n    pass\n'
    "app.config.from_object(C)\n",
    "this module": 'SQLALCHEMY_DATABASE_URI = os.environ["URL"]\napp.config.from_object(__name__)\n',
}


@pytest.mark.parametrize("name", FLASKS)
def test_the_configuration_of_flask(tmp_path: Path, name: str) -> None:
    found = engines(tmp_path, FLASK + FLASKS[name])
    assert [(kind, variables) for kind, _, variables in told(found)] == [("flask", ("URL",))]


CONFIG = """\
import os
class Base:
    SQLALCHEMY_DATABASE_URI = "sqlite:///base.db"
class Dev(Base):
    pass
class Prod(Base):
    SQLALCHEMY_DATABASE_URI = os.environ.get("URL")
configs = {"dev": Dev, "prod": Prod}
"""


@pytest.mark.parametrize(
    ("given", "variables"),
    [
        ('configs[os.getenv("MODE", "dev")]', ("MODE", "URL")),
        ('"config.Prod"', ("URL",)),
        ('"config.Dev"', ()),
        ("config.Prod", ("URL",)),
    ],
)
def test_the_class_that_flask_takes(tmp_path: Path, given: str, variables: tuple[str, ...]) -> None:
    source = FLASK + f"import config\nfrom config import configs\napp.config.from_object({given})\n"
    assert told(engines(tmp_path, source, config=CONFIG)) == [("flask", 6, variables)]


def test_a_class_that_nobody_tells_is_one_of_several(tmp_path: Path) -> None:
    source = "import os\nfrom flask import Flask\nimport config\nfrom outside import name\n"
    source += "app = Flask(__name__)\napp.config.from_object(name())\n"
    found = engines(tmp_path, source, config=CONFIG)
    assert [c.text for e in found for c in e.conditions] == [
        "configuration class Base is used",
        "configuration class Prod is used",
    ]
    assert not any(r.certain for e in found for _, r in e.backends(deployed(tmp_path, {}).environment))


@pytest.mark.parametrize(
    ("overlay", "certain"),
    [
        ('app.config.from_object("settings")', True),
        ('app.config.from_object("settings")\napp.config.from_envvar("SHOP_SETTINGS", silent=True)', False),
        ('app.config.from_pyfile("settings.py")', True),
        ('app.config.from_object("settings")\napp.config.from_pyfile("/etc/shop.cfg", silent=True)', False),
    ],
)
def test_flask_configuration_that_another_file_may_replace(
    tmp_path: Path, overlay: str, certain: bool
) -> None:
    files = {
        "main.py": f"from flask import Flask\nimport settings\napp = Flask(__name__)\n{overlay}\n",
        "settings.py": 'SQLALCHEMY_DATABASE_URI = "sqlite:///shop.db"\n',
    }
    selection = deployed(tmp_path, files).selection
    assert {o.backend for o in selection.now.opened} == {"sqlite"}
    assert {o.resolved.certain for o in selection.now.opened} == {certain}
