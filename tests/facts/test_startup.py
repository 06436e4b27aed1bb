"""What runs before the first request, and how surely."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path

import pytest

from deploycheck.facts.startup import Run, StartUp, start_up_of
from tests.facts.projects import DATABRICKS, deployed

APP = """
from contextlib import asynccontextmanager
from fastapi import FastAPI
import asyncio
import parts

@asynccontextmanager
async def lifespan(app):
    parts.before()
    await asyncio.to_thread(parts.threaded)
    yield
    parts.after()

app = FastAPI(lifespan=lifespan)

@app.on_event("startup")
async def started():
    parts.Holder().set_up()

@app.get("/")
def index():
    return parts.at_request()
"""
PARTS = """
import os

def mark(name): ...

def before(): mark("lifespan")
def after(): mark("shutdown")
def threaded(): mark("threaded")
def at_request(): mark("request")

class Holder:
    def __init__(self): mark("constructor")
    def set_up(self): self.inner()
    def inner(self): mark("method")

def swallowed():
    mark("swallowed")

mark("import")
try:
    swallowed()
except Exception:
    mark("handler")
try:
    mark("raised again")
except Exception:
    raise
if os.getenv("OPTIONAL"):
    mark("off")
if os.getenv("HOME_PAGE") is None:
    mark("on")
if unknown():
    mark("undecided")
if __name__ == "__main__":
    mark("script")
lambda: mark("lambda")
"""


@pytest.fixture
def marks(tmp_path: Path) -> Mapping[str, Run | None]:
    files = {
        "app.yaml": DATABRICKS,
        "main.py": APP,
        "parts.py": PARTS,
        "requirements.txt": "fastapi\nuvicorn",
    }
    deployment = deployed(tmp_path, files)
    return _marks(start_up_of(deployment))


def _marks(start_up: StartUp) -> dict[str, Run | None]:
    found: dict[str, Run | None] = {}
    for call in start_up.program.callers.named("mark"):
        argument = call.node.args[0]
        assert isinstance(argument, ast.Constant)
        found[str(argument.value)] = start_up.run_of(call.scope, call.node)
    return found


@pytest.mark.parametrize(
    "place",
    ["lifespan", "threaded", "constructor", "method", "import", "raised again", "on"],
)
def test_what_certainly_runs_and_stops_the_start(marks: Mapping[str, Run | None], place: str) -> None:
    run = marks[place]
    assert run is not None
    assert run.fatal


@pytest.mark.parametrize("place", ["shutdown", "request", "off", "script", "lambda"])
def test_what_does_not_run_at_the_start(marks: Mapping[str, Run | None], place: str) -> None:
    assert marks[place] is None


def test_what_is_caught_on_the_way_is_not_fatal(marks: Mapping[str, Run | None]) -> None:
    run = marks["swallowed"]
    assert run is not None
    assert run.sure
    assert run.caught


@pytest.mark.parametrize("place", ["undecided", "handler"])
def test_what_may_run_is_not_sure(marks: Mapping[str, Run | None], place: str) -> None:
    run = marks[place]
    assert run is not None
    assert not run.sure


def test_the_way_is_told(marks: Mapping[str, Run | None]) -> None:
    run = marks["method"]
    assert run is not None
    assert [s.text for s in run.steps][-2:] == ["parts.Holder().set_up()", "self.inner()"]


def test_what_a_function_gives_for_an_event_runs(tmp_path: Path) -> None:
    main = (
        "from fastapi import FastAPI\ndef mark(name): ...\n"
        'def handler_of(app):\n    def started():\n        mark("given")\n    return started\n'
        'app = FastAPI()\napp.add_event_handler("startup", handler_of(app))\n'
    )
    found = _marks(start_up_of(deployed(tmp_path, {"app.yaml": DATABRICKS, "main.py": main})))
    run = found["given"]
    assert run is not None
    assert run.sure


@pytest.mark.parametrize(("url", "runs"), [("sqlite:///x.db", True), ("postgresql://db/x", False)])
def test_a_test_of_the_backend_is_decided_by_what_is_opened(tmp_path: Path, url: str, *, runs: bool) -> None:
    main = (
        "from fastapi import FastAPI\nfrom sqlalchemy import create_engine\ndef mark(name): ...\n"
        f'app = FastAPI()\nengine = create_engine("{url}")\n'
        'if engine.dialect.name == "sqlite":\n    mark("guarded")\n'
    )
    found = _marks(start_up_of(deployed(tmp_path, {"app.yaml": DATABRICKS, "main.py": main})))
    run = found["guarded"]
    assert (run is not None and run.sure) is runs


def test_a_caller_may_decide_what_is_left_open(tmp_path: Path) -> None:
    main = (
        'from fastapi import FastAPI\ndef mark(name): ...\napp = FastAPI()\nif unknown():\n    mark("open")\n'
    )
    start_up = start_up_of(deployed(tmp_path, {"app.yaml": DATABRICKS, "main.py": main}))
    assert _marks(start_up)["open"] is not None
    assert _marks(start_up.deciding(lambda c: "unknown" not in c.text))["open"] is None
    assert _marks(start_up)["open"] is not None
