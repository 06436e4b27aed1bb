from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from deploycheck.configuration import Configuration, ConfigurationError, load
from deploycheck.findings import Severity
from tests.fakes import written

WHOLE = """
[tool.deploycheck]
select = ["CORS", "ENV001"]
ignore = ["CORS006"]
fail-on = "high"
injected = ["PGHOST"]
environment = { DATABASE_ENV = "postgres", PORT = 8000 }
cpu = 2
memory = 6144
replicas = 3
max-connections = 97
min-downgrade-coverage = 90
"""


def test_every_key(tmp_path: Path) -> None:
    found = load(written(tmp_path, {"pyproject.toml": WHOLE}))
    assert found == Configuration(
        select=("CORS", "ENV001"),
        ignore=("CORS006",),
        fail_on=Severity.HIGH,
        injected=("PGHOST",),
        environment={"DATABASE_ENV": "postgres", "PORT": "8000"},
        cpu=2,
        memory=6144,
        replicas=3,
        max_connections=97,
        min_downgrade_coverage=90,
        file="pyproject.toml",
    )
    assert str(found.places["fail-on"]) == "pyproject.toml:5:1"


def test_a_file_of_its_own_needs_no_table(tmp_path: Path) -> None:
    assert load(written(tmp_path, {"deploycheck.toml": "replicas = 3\n"})).replicas == 3


def test_none_is_all_defaults(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    assert load(tmp_path) == Configuration()


def test_the_nearest_file_wins_whole(tmp_path: Path) -> None:
    written(
        tmp_path,
        {
            "deploycheck.toml": "replicas = 3\ncpu = 1\n",
            "api/pyproject.toml": "[tool.deploycheck]\ncpu = 4\n",
        },
    )
    found = load(tmp_path / "api")
    assert (found.cpu, found.replicas, found.file) == (4, None, "pyproject.toml")


def test_a_pyproject_without_the_table_is_passed_by(tmp_path: Path) -> None:
    written(
        tmp_path,
        {"deploycheck.toml": "replicas = 3\n", "api/pyproject.toml": "[project]\nname = 'deploycheck-x'\n"},
    )
    found = load(tmp_path / "api")
    assert (found.replicas, found.file) == (3, "../deploycheck.toml")


def test_the_search_ends_at_the_repository(tmp_path: Path) -> None:
    written(tmp_path, {"deploycheck.toml": "replicas = 3\n", "repo/.git/HEAD": "", "repo/api/x": ""})
    assert load(tmp_path / "repo" / "api").replicas is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("selct = []", "deploycheck.toml:1:1: unknown key 'selct'; did you mean 'select'?"),
        ("fail_on = 'high'", "deploycheck.toml:1:1: unknown key 'fail_on'; did you mean 'fail-on'?"),
        ("zzz = 1", "deploycheck.toml:1:1: unknown key 'zzz'; valid are select, ignore, fail-on"),
        (
            "fail-on = 'hihg'",
            "deploycheck.toml:1:1: fail-on must be one of critical, high, medium, low; did you mean 'high'?",
        ),
        ("select = 'CORS'", "deploycheck.toml:1:1: select must be a list"),
        ("cpu = 0", "deploycheck.toml:1:1: cpu must be greater than 0"),
        ("\ninjected = ['PG HOST']", "injected[0] is not the name of a variable"),
        ("environment = { A = true }", "environment.A must be text in quotes"),
        ("cpu = [", "deploycheck.toml:1:"),
    ],
)
def test_what_is_wrong_is_refused_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        load(written(tmp_path, {"deploycheck.toml": text}))
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_value_of_the_environment_is_never_quoted(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as raised:
        load(written(tmp_path, {"deploycheck.toml": "environment = { A = ['s3ntinel'] }"}))
    assert "s3ntinel" not in str(raised.value)


def test_a_broken_pyproject_that_is_not_ours_is_left_to_the_report(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    assert load(written(tmp_path, {"pyproject.toml": "[project\nname = 'deploycheck'"})) == Configuration()
    with pytest.raises(ConfigurationError, match=r"pyproject\.toml:2"):
        load(written(tmp_path, {"pyproject.toml": "[tool.deploycheck]\ncpu = \n"}))


def test_pydantic_is_imported_only_for_a_table(tmp_path: Path) -> None:
    code = "import sys, pathlib; from deploycheck.configuration import load; load(pathlib.Path(sys.argv[1]))"
    check = f"{code}; sys.exit('pydantic' in sys.modules)"
    (tmp_path / ".git").mkdir()
    assert subprocess.run([sys.executable, "-c", check, str(tmp_path)], check=False).returncode == 0
    written(tmp_path, {"deploycheck.toml": "cpu = 1"})
    assert subprocess.run([sys.executable, "-c", check, str(tmp_path)], check=False).returncode == 1
