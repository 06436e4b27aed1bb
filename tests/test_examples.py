"""Every rule's examples: a `bad*` case raises exactly that rule at the marked lines, a `good*` case nothing.

`fixtures/rules/<CODE>/<case>/` is a tiny project. The line that must be reported ends in the comment
`expect: <CODE>`, or the comment stands alone on the line above. `case.toml` at the case's root may say
`env`, `env_files`, `at`, `severity`, `confidence` and `args`; `database` names an SQL file that makes the
target database, on SQLite or, by `database_backend`, on PostgreSQL; `drift` is what the comparison finds.
With `rehearse = true` the case's migrations run (`deploycheck rehearse`), with `rehearse_args` after it.
"""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from deploycheck.cli import main
from deploycheck.pages import page_of
from deploycheck.rules import Rule, load
from tests.examples import (
    CASES,
    EXAMPLES,
    command_of,
    database_of,
    put_drift,
    put_environment,
    repository_of,
    settings_of,
)

RULES = load().rules


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
    settings = settings_of(case)
    root = repository_of(case, tmp_path)
    database = database_of(root, settings, request)
    put_drift(monkeypatch, settings)
    put_environment(monkeypatch, settings.get("env", {}))
    env_files = [word for file in settings.get("env_files", []) for word in ("--env-file", str(root / file))]
    isolated = [] if "env" in settings else ["--isolated"]
    arguments = [
        *command_of(root, settings, request),
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
