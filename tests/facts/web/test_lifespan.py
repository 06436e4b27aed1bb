from __future__ import annotations

from collections.abc import Callable

import pytest

from deploycheck.facts.web.apps import find_apps
from deploycheck.facts.web.lifespan import StartupCall, startup_calls, startup_functions
from deploycheck.python.program import Program

Make = Callable[..., Program]


def calls(made: Program, name: str) -> list[StartupCall]:
    app = find_apps(made)[0]
    return [c for c in startup_calls(made, app) if c.call.name == name]


@pytest.mark.parametrize(
    "code",
    [
        (
            "from contextlib import asynccontextmanager\n"
            "@asynccontextmanager\n"
            "async def start(app):\n"
            "    yield\n"
            "app = FastAPI(lifespan=start)\n"
        ),
        "def start(): ...\napp = FastAPI(on_startup=[start])\n",
        (
            "app = FastAPI()\n"
            "@app.on_event('startup')\n"
            "async def start(): ...\n"
            "@app.on_event('shutdown')\n"
            "def stop(): ...\n"
        ),
        "def start(): ...\napp = FastAPI()\napp.add_event_handler('startup', start)\n",
        "from flask import Flask\napp = Flask('x')\n@app.before_first_request\ndef start(): ...\n",
        "from quart import Quart\napp = Quart('x')\n@app.before_serving\nasync def start(): ...\n",
        (
            "from aiohttp import web\n"
            "async def start(app): ...\n"
            "app = web.Application()\n"
            "app.on_startup.append(start)\n"
        ),
    ],
)
def test_start_up_functions(program: Make, code: str) -> None:
    made = program("from fastapi import FastAPI\n" + code)
    assert [f.name for f in startup_functions(made, find_apps(made)[0])] == ["main.start"]


APP = """
from contextlib import asynccontextmanager
from fastapi import FastAPI
from db import prepare, Base, engine, close
@asynccontextmanager
async def lifespan(app):
    prepare()
    yield
    close(engine)
app = FastAPI(lifespan=lifespan)
"""
DB = """
from sqlalchemy import create_engine, MetaData
from sqlalchemy.orm import declarative_base
engine = create_engine("sqlite://")
Base = declarative_base()
def prepare():
    try:
        tables()
    except Exception as error:
        print(error)
def tables():
    if engine:
        Base.metadata.create_all(engine)
def close(engine):
    engine.dispose()
if __name__ == "__main__":
    MetaData()
"""


def test_the_way_to_a_call_and_what_catches_it(program: Make) -> None:
    made = program(APP, db=DB)
    (found,) = [c for c in startup_calls(made, find_apps(made)[0]) if c.call.name.endswith(".create_all")]
    assert [f"{s.location}: {s.text}" for s in found.trail()] == [
        "main.py:7:5: prepare()",
        "db.py:8:9: tables()",
        "db.py:13:9: Base.metadata.create_all(engine)",
    ]
    assert (found.phase, found.swallowed) == ("startup", True)
    assert [(g.catches, g.catches_all, str(g.at)) for g in found.guards] == [
        (("Exception",), True, "db.py:9:5")
    ]
    assert [c.text for c in found.conditions] == ["engine"]


def test_what_runs_at_import_and_what_does_not(program: Make) -> None:
    made = program(APP, db=DB)
    (engine,) = calls(made, "sqlalchemy.create_engine")
    assert (engine.phase, engine.chain, engine.swallowed) == ("import", (), False)
    assert calls(made, "sqlalchemy.MetaData") == []
    assert [c for c in startup_calls(made, find_apps(made)[0]) if c.call.name.endswith("dispose")] == []


def test_modules_that_the_app_does_not_import(program: Make) -> None:
    made = program(APP, db=DB, other="import json\njson.loads('1')\n")
    assert calls(made, "json.loads") == []


@pytest.mark.parametrize(
    ("handler", "swallowed"),
    [
        ("except Exception:\n        raise", False),
        ("except Exception as e:\n        log(e)\n        sys.exit(1)", False),
        ("except (OSError, ValueError):\n        pass", True),
        ("except OSError as e:\n        raise RuntimeError from e", False),
        ("finally:\n        pass", False),
    ],
)
def test_handlers(program: Make, handler: str, swallowed: bool) -> None:
    made = program(
        f"import sys, json\nfrom flask import Flask\ndef create_app():\n    app = Flask('x')\n"
        f"    try:\n        json.loads('1')\n    {handler}\n    return app\n"
    )
    (found,) = calls(made, "json.loads")
    assert (found.phase, found.swallowed) == ("import", swallowed)


def test_functions_that_are_handed_over(program: Make) -> None:
    made = program(
        "import asyncio, json\n"
        "from fastapi import FastAPI\n"
        "app = FastAPI()\n"
        "def work():\n"
        "    json.loads('1')\n"
        "@app.on_event('startup')\nasync def start():\n    await asyncio.to_thread(work)\n"
    )
    (found,) = calls(made, "json.loads")
    assert [c.name for c in found.chain] == ["asyncio.to_thread"]


def test_suppress(program: Make) -> None:
    made = program(
        "import json\n"
        "from contextlib import suppress\n"
        "from flask import Flask\n"
        "with suppress(ValueError):\n"
        "    json.loads('1')\n"
        "app = Flask('x')\n"
    )
    (found,) = calls(made, "json.loads")
    assert [g.catches for g in found.guards] == [("ValueError",)]


def test_functions_that_call_each_other(program: Make) -> None:
    made = program(
        "import json\n"
        "from flask import Flask\n"
        "def a(n):\n"
        "    json.loads('1')\n"
        "    b(n)\n"
        "def b(n):\n"
        "    a(n)\n"
        "a(1)\n"
        "app = Flask('x')\n"
    )
    assert len(calls(made, "json.loads")) == 1
