"""Every rule's examples: a `bad*` case raises exactly that rule at the marked lines, a `good*` case nothing.

`fixtures/rules/<CODE>/<case>/` is a tiny project. The line that must be reported ends in the comment
`expect: <CODE>`, or the comment stands alone on the line above. `case.toml` at the case's root may say
`env`, `env_files`, `at`, `severity`, `confidence` and `args`; `database` names an SQL file that makes the
target database, on SQLite or, by `database_backend`, on PostgreSQL; `drift` is what the comparison finds in it.
With `rehearse = true` the case's migrations run (`deploycheck rehearse`), with `rehearse_args` after the path.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import subprocess
import tomllib
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from deploycheck.cli import main
from deploycheck.database import looking
from deploycheck.pages import page_of
from deploycheck.rules import Rule, load
from tests.postgres import Postgres

EXAMPLES = Path(__file__).parents[1] / "fixtures" / "rules"
RULES = load().rules
KEYS = frozenset(
    {
        *("env", "env_files", "at", "severity", "confidence", "args"),
        *("database", "database_backend", "drift"),
        *("rehearse", "rehearse_args"),
    }
)
CASES = sorted(path for path in EXAMPLES.glob("*/*") if path.is_dir())


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_a_rule_has_examples_and_a_page(rule: Rule) -> None:
    kinds = {path.name[:4].rstrip("_-0123456789") for path in (EXAMPLES / rule.code).glob("*")}
    assert "bad" in kinds, f"fixtures/rules/{rule.code} has no bad* case"
    assert "good" in kinds, f"fixtures/rules/{rule.code} has no good* case"
    assert not page_of(rule).problem, f"the docstring of {rule.code} {page_of(rule).problem}"
    assert rule.debt or rule.last, "only what judges suppressions pays off no debt"


def test_no_example_is_without_its_rule() -> None:
    assert {case.parent.name for case in CASES} <= {rule.code for rule in RULES}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}-{case.name}")
def test_an_example(
    case: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    request: pytest.FixtureRequest,
) -> None:
    code = case.parent.name
    settings = _settings(case)
    root = _repository(case, tmp_path)
    database = _database(root, settings, request)
    _compared(monkeypatch, settings)
    _environment(monkeypatch, settings.get("env", {}))
    env_files = [word for file in settings.get("env_files", []) for word in ("--env-file", str(root / file))]
    isolated = [] if "env" in settings else ["--isolated"]
    arguments = [
        *_rehearsing(root, settings, request),
        "--select",
        code,
        "--format",
        "json",
        *env_files,
        *isolated,
        *database,
        *settings.get("args", []),
    ]
    exit_code = main.run(arguments)
    captured = capsys.readouterr()
    document = json.loads(captured.out)
    assert exit_code in {0, 1}, captured.err + captured.out
    assert [rule["outcome"] for rule in document["rules"] if rule["outcome"] == "crashed"] == [], document[
        "rules"
    ]
    found = document["findings"]
    places = sorted({f"{f['location']['path']}:{f['location']['line']}" for f in found})
    assert places == sorted(_expected(root, code, settings)), json.dumps(found, indent=2)
    assert bool(found) is case.name.startswith("bad")
    _must_be(found, settings)
    for patch in (f["patch"] for f in found if f["patch"]):
        subprocess.run(["git", "apply", "--check", "-"], cwd=root, input=patch.encode(), check=True)


def _settings(case: Path) -> dict[str, Any]:
    file = case / "case.toml"
    settings = tomllib.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    assert set(settings) <= KEYS, file
    return settings


def _rehearsing(root: Path, settings: dict[str, Any], request: pytest.FixtureRequest) -> list[str]:
    """Return the command, where the case's migrations run on the one PostgreSQL of all tests."""
    if not settings.get("rehearse"):
        return [str(root)]
    make: Postgres = request.getfixturevalue("postgres")
    return ["rehearse", str(root), "--server", make(), *settings.get("rehearse_args", [])]


def _database(root: Path, settings: dict[str, Any], request: pytest.FixtureRequest) -> list[str]:
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


def _compared(monkeypatch: pytest.MonkeyPatch, settings: dict[str, Any]) -> None:
    """Put what a case says of the comparison into what is seen: it runs in a process of its own."""
    if "drift" in settings:
        real = looking.look
        drift = tuple(settings["drift"])
        monkeypatch.setattr(looking, "look", lambda *given: replace(real(*given), drift=drift))


def _repository(case: Path, tmp_path: Path) -> Path:
    """Copy a case into a repository of its own, where no configuration or .gitignore of ours reaches it."""
    root = tmp_path / case.name
    shutil.copytree(case, root, symlinks=True, ignore=shutil.ignore_patterns("case.toml", "__pycache__"))
    (root / ".git").mkdir(exist_ok=True)
    return root


def _environment(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> None:
    for name in list(os.environ):
        if name not in {"PATH", "HOME", "PYTHONPATH"} and not name.startswith(("PYTEST", "COV")):
            monkeypatch.delenv(name)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


def _expected(root: Path, code: str, settings: dict[str, Any]) -> set[str]:
    """Return the places that are marked, as `path:line`."""
    marks = set(settings.get("at", []))
    for file in sorted(path for path in root.rglob("*") if path.is_file() and not path.is_symlink()):
        try:
            lines = file.read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(lines, 1):
            match = re.search(rf"(\S?)\s*(?:#|//|--|;|<!--)\s*expect: (?:[A-Z]+\d+,? )*{code}\b", line)
            if match:
                alone = not match[1]
                marks.add(f"{file.relative_to(root).as_posix()}:{number + alone}")
    return marks


def _must_be(found: list[dict[str, Any]], settings: dict[str, Any]) -> None:
    for key in ("severity", "confidence"):
        if key in settings:
            assert {finding[key] for finding in found} == {settings[key]}
