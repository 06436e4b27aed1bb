"""The examples of the rules in `fixtures/rules`, made ready to be looked at."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tomllib
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

from deploycheck.database import looking

if TYPE_CHECKING:
    import pytest

    from tests.postgres import Postgres

EXAMPLES = Path(__file__).parents[1] / "fixtures" / "rules"
KEYS = frozenset(
    {
        *("env", "env_files", "at", "severity", "confidence", "args"),
        *("database", "database_backend", "drift"),
        *("rehearse", "rehearse_args"),
    }
)
CASES = sorted(path for path in EXAMPLES.glob("*/*") if path.is_dir())


def settings_of(case: Path) -> dict[str, Any]:
    """Return what a case's own file says."""
    file = case / "case.toml"
    settings = tomllib.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    assert set(settings) <= KEYS, file
    return settings


def command_of(root: Path, settings: dict[str, Any], request: pytest.FixtureRequest) -> list[str]:
    """Return the command, where the case's migrations run on the one PostgreSQL of all tests."""
    if not settings.get("rehearse"):
        return [str(root)]
    make: Postgres = request.getfixturevalue("postgres")
    return ["rehearse", str(root), "--server", make(), *settings.get("rehearse_args", [])]


def database_of(root: Path, settings: dict[str, Any], request: pytest.FixtureRequest) -> list[str]:
    """Make the case's target database, and return the option that names it."""
    if "database" not in settings:
        return []
    script = (root / settings["database"]).read_text(encoding="utf-8")
    if settings.get("database_backend", "sqlite") == "sqlite":
        file = root.parent / "target.db"
        with closing(sqlite3.connect(file)) as connection:
            connection.executescript(script)
        return ["--database-url", f"sqlite:///{file}"]
    make: Postgres = request.getfixturevalue("postgres")
    url = make()
    with psycopg.connect(url, autocommit=True) as server:
        for statement in filter(str.strip, script.split(";\n")):
            server.execute(statement.encode())
    return ["--database-url", url]


def put_drift(monkeypatch: pytest.MonkeyPatch, settings: dict[str, Any]) -> None:
    """Put what a case says of the comparison into what is seen: it runs in a process of its own."""
    if "drift" in settings:
        real = looking.look
        drift = tuple(settings["drift"])
        monkeypatch.setattr(looking, "look", lambda *given: replace(real(*given), drift=drift))


def repository_of(case: Path, tmp_path: Path) -> Path:
    """Copy a case into a repository of its own, where no configuration or .gitignore of ours reaches it."""
    root = tmp_path / case.name
    shutil.copytree(case, root, symlinks=True, ignore=shutil.ignore_patterns("case.toml", "__pycache__"))
    (root / ".git").mkdir(exist_ok=True)
    return root


def put_environment(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> None:
    """Leave nothing of this shell's environment but what a process needs, and set what a case sets."""
    for name in list(os.environ):
        if name not in {"PATH", "HOME", "PYTHONPATH"} and not name.startswith(("PYTEST", "COV")):
            monkeypatch.delenv(name)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
