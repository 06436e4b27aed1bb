"""The connection budget and the revisions' parents, as data of what is understood."""

from __future__ import annotations

from pathlib import Path

from deploycheck.cli.asking import Asked
from deploycheck.cli.examining import examine
from deploycheck.engine.budgets import ConnectionBudget, PoolLine
from deploycheck.masking import Masker
from tests.fakes import written

POOLS = """from fastapi import FastAPI
from sqlalchemy import create_engine
app = FastAPI()
one = create_engine("postgresql://app@db/one", pool_size=4, max_overflow=6)
two = create_engine("postgresql://app@db/two")
"""
REVISION = """revision = "{0}"
down_revision = {1!r}
def upgrade(): pass
def downgrade(): pass
"""


def test_each_engine_of_a_process_has_a_line(tmp_path: Path) -> None:
    procfile = "web: gunicorn -k uvicorn_worker.UvicornWorker -w 3 main:app\n"
    root = written(tmp_path, {"main.py": POOLS, "Procfile": procfile})
    (budget,) = examine(str(root), Asked(isolated=True)).understood.budgets
    assert budget.pools == (
        PoolLine("main.py:4", 10, 6, "(4 + 6)"),
        PoolLine("main.py:5", 15, 10, "(5 + 10)"),
    )
    assert (budget.processes, budget.total, budget.exact) == (3, 75, True)
    assert budget.text.startswith("3 workers × ((4 + 6) + (5 + 10)) = 75")


def test_without_a_pool_to_a_server_there_is_no_budget(tmp_path: Path) -> None:
    root = written(tmp_path, {"main.py": "from fastapi import FastAPI\napp = FastAPI()\n"})
    assert examine(str(root), Asked(isolated=True)).understood.budgets == ()


def test_the_words_of_a_budget_are_masked() -> None:
    url = "postgresql://app:s3ntinel-Hunter2!@db/prod"
    masked = ConnectionBudget("web", f"of {url}", f"as {url} says").masked(Masker())
    assert "Hunter2" not in masked.text + masked.note


def test_a_revision_names_its_parents_also_those_that_are_not_there(tmp_path: Path) -> None:
    parents = {"a": None, "b": "a", "c": "a", "d": ("b", "c"), "e": ("d", "gone")}
    files = {f"migrations/versions/{r}.py": REVISION.format(r, p) for r, p in parents.items()}
    files |= {
        "alembic.ini": "[alembic]\nscript_location = migrations\n",
        "migrations/env.py": "",
        "main.py": POOLS,
    }
    (history,) = examine(str(written(tmp_path, files)), Asked(isolated=True)).understood.migrations
    found = {r.id: r.parents for r in history.by_revision}
    assert found == {"a": (), "b": ("a",), "c": ("a",), "d": ("b", "c"), "e": ("d", "gone")}
