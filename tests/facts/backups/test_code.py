"""The app's own backups: what copies, what starts it, what keeps it off."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from deploycheck.facts.backups import Backup
from deploycheck.facts.backups.code import code_backups
from tests.facts.projects import DATABRICKS, deployed

MAIN = """
import os
import asyncio
import shutil
import sqlite3
import subprocess
import threading
from contextlib import asynccontextmanager
from fastapi import FastAPI

DB_PATH = "data/app.db"


{}
"""


def _found(root: Path, body: str, env: str = "") -> list[Backup]:
    text = MAIN.format(textwrap.dedent(body))
    return list(code_backups(deployed(root, {"main.py": text, "app.yaml": DATABRICKS + env})))


@pytest.mark.parametrize(
    ("line", "safe", "local"),
    [
        ("sqlite3.connect(DB_PATH).backup(sqlite3.connect('copy.db'))", True, True),
        ("sqlite3.connect(DB_PATH).execute(\"VACUUM INTO 'copy.db'\")", True, True),
        ("shutil.copy2(DB_PATH, 'backups/app.db')", False, True),
        ("shutil.copyfile(src=DB_PATH, dst='backups/app.db')", False, True),
        ("s3.upload_file(DB_PATH, 'bucket', 'backup.db')", False, False),
        ("subprocess.run(['pg_dump', '-Fc', '-f', 'x'])", True, False),
        ("subprocess.run(f\"sqlite3 {DB_PATH} '.backup copy.db'\", shell=True)", True, True),
    ],
)
def test_what_copies_a_database(tmp_path: Path, line: str, safe: bool, local: bool) -> None:
    (backup,) = _found(tmp_path, f"def save(s3=None):\n    {line}\n\n\nsave()\napp = FastAPI()\n")
    assert (backup.text, backup.on, backup.automated) == ("save()", True, True)
    assert (backup.safe, backup.local) == (safe, local)


@pytest.mark.parametrize(
    "line",
    [
        "shutil.copy('backups/app.db', DB_PATH)",
        "shutil.copy(DB_PATH, 'data/other.db')",
        "shutil.copy('report.pdf', 'backups/report.pdf')",
        "subprocess.run(['pg_restore', 'x'])",
        "print('VACUUM INTO is what we should use for backups')",
    ],
)
def test_what_copies_none(tmp_path: Path, line: str) -> None:
    assert _found(tmp_path, f"def save():\n    {line}\n\n\nsave()\napp = FastAPI()\n") == []


AFTER = """
def save():
{copy}

@asynccontextmanager
async def lifespan(app):
    yield
    save()


app = FastAPI(lifespan=lifespan)
"""
KEEPER = """
class Keeper:
    def start(self):
        threading.Thread(target=self._run).start()

    def _run(self):
        while True:
            save()


def save():
{copy}

app = FastAPI()
keeper = Keeper()
keeper.start()
"""
COPY = "    sqlite3.connect(DB_PATH).backup(sqlite3.connect('copy.db'))\n"


@pytest.mark.parametrize(
    ("body", "on", "automated"),
    [
        ("def save():\n{copy}\n\napp = FastAPI()\n", False, False),
        ("def save():\n{copy}\n\napp = FastAPI()\nthreading.Thread(target=save).start()\n", True, True),
        ("def save():\n{copy}\n\napp = FastAPI()\nscheduler.add_job(save, 'cron', hour=3)\n", True, True),
        (
            "@scheduler.scheduled_job('interval', hours=1)\ndef save():\n{copy}\n\napp = FastAPI()\n",
            True,
            True,
        ),
        ("app = FastAPI()\n\n\n@app.post('/backup')\ndef save():\n{copy}\n", True, False),
        (AFTER, True, True),
        (KEEPER, True, True),
        ("def save():\n{copy}\n\napp = FastAPI()\nif __name__ == '__main__':\n    save()\n", False, False),
    ],
)
def test_what_starts_it(tmp_path: Path, body: str, on: bool, automated: bool) -> None:
    (backup,) = _found(tmp_path, body.replace("{copy}", COPY))
    assert (backup.on, backup.automated) == (on, automated)


SWITCHED = """
def save():
    if not os.getenv("BACKUP_DIR"):
        return
    sqlite3.connect(DB_PATH).backup(sqlite3.connect("copy.db"))


app = FastAPI()
if app.title == "notes" and int(os.getenv("MINUTES", "0")) > 0:
    save()
"""


def test_each_test_on_the_way_is_a_switch_with_its_own_variables(tmp_path: Path) -> None:
    (backup,) = _found(tmp_path, SWITCHED)
    assert backup.on is False
    assert [s.variables for s in backup.switches] == [("MINUTES",), ("BACKUP_DIR",)]
    assert backup.switches[0].condition.text == 'int(os.getenv("MINUTES", "0")) > 0'


@pytest.mark.parametrize(
    ("minutes", "folder", "variables"),
    [("0", "/b", [("MINUTES",)]), ("5", "", [("BACKUP_DIR",)]), ("5", "/b", [])],
)
def test_productions_environment_decides(
    tmp_path: Path, minutes: str, folder: str, variables: list[tuple[str, ...]]
) -> None:
    env = f'env:\n  - {{name: MINUTES, value: "{minutes}"}}\n  - {{name: BACKUP_DIR, value: "{folder}"}}\n'
    (backup,) = _found(tmp_path, SWITCHED, env)
    assert [s.variables for s in backup.switches] == variables
    assert (backup.on is False) is bool(variables)
