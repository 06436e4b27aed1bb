"""What the configuration says about rules and paths, by the program itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import BAD, GOOD, Cli
from tests.fakes import written

ONLY = ("--select", "CORS001", "--isolated", "--format", "json")


def _checked(cli: Cli, project: Path, configuration: str, *arguments: str) -> dict[str, Any]:
    written(project, {**BAD, "deploycheck.toml": configuration})
    document: dict[str, Any] = json.loads(cli(str(project), *(arguments or ONLY)).stdout)
    return document


@pytest.mark.parametrize(
    ("configuration", "severity"),
    [
        ("rules = { CORS001 = 'low' }", "low"),
        ("rules = { CORS = 'medium' }", "medium"),
        ("rules = { any-origin = 'high' }", "high"),
        ("rules = { CORS001 = 'low', CORS = 'high' }", "low"),
        ("rules = { CORS = 'high', any-origin = 'medium' }", "medium"),
        ("[rules.cors001]\nseverity = 'high'", "high"),
    ],
)
def test_a_rule_s_own_severity(cli: Cli, project: Path, configuration: str, severity: str) -> None:
    document = _checked(cli, project, configuration)
    assert [f["severity"] for f in document["findings"]] == [severity]


def test_off_is_off(cli: Cli, project: Path) -> None:
    document = _checked(
        cli, project, "rules = { CORS001 = 'off' }", "--select", "CORS", "--isolated", "--format", "json"
    )
    assert "CORS001" not in {rule["code"] for rule in document["rules"]}
    on = "rules = { CORS = 'off', CORS001 = 'critical' }"
    assert [r["code"] for r in _checked(cli, project, on, *ONLY)["rules"]] == ["CORS001"]


def test_critical_means_certain_whatever_the_file_says(cli: Cli, project: Path) -> None:
    main = BAD["main.py"].replace('["*"]', "origins")
    guess = 'import os\nif os.path.exists("/x"):\n    origins = ["*"]\nelse:\n    origins = ["https://a.example"]\n'
    written(
        project, {**BAD, "main.py": guess + main, "deploycheck.toml": "rules = { CORS001 = 'critical' }\n"}
    )
    findings = json.loads(cli(str(project), *ONLY).stdout)["findings"]
    assert [(f["confidence"], f["severity"]) for f in findings] == [("likely", "high")]


@pytest.mark.parametrize(
    ("configuration", "message"),
    [
        (
            "rules = { CORS01 = 'off' }",
            "deploycheck.toml:1:11: rules: unknown rule or family 'CORS01'; did you mean",
        ),
        ("\n[rules.COR]\nseverity = 'off'", "deploycheck.toml:2:1: rules: unknown rule or family 'COR'"),
        (
            "[per-path-ignores]\n'x' = ['LOG01']",
            "deploycheck.toml:2:1: per-path-ignores: unknown rule or family 'LOG01'; did you mean LOG001?",
        ),
        ("ignore = ['XYZ999']", "deploycheck.toml:1:1: ignore: unknown rule or family 'XYZ999'"),
        ("select = ['CORS001']\nrules = { CORS001 = 'off' }", "no rule is left to run"),
        ("format = 'jsn'", "deploycheck.toml:1:1: format: 'jsn' is not one of"),
    ],
)
def test_a_rule_that_does_not_exist_is_refused(
    cli: Cli, project: Path, configuration: str, message: str
) -> None:
    done = cli(str(written(project, {**GOOD, "deploycheck.toml": configuration})))
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


def test_what_is_ignored_in_a_path_is_counted_and_not_lost(cli: Cli, project: Path) -> None:
    ignoring = "per-path-ignores = { '/main.py' = ['CORS'] }"
    document = _checked(cli, project, ignoring)
    assert (document["exit_code"], document["findings"]) == (0, [])
    (aside,) = document["aside"]
    assert (aside["why"], aside["reason"], aside["code"]) == ("ignored", "/main.py", "CORS001")
    for format_ in ("terminal", "concise"):
        shown = cli(str(project), *ONLY[:3], "--format", format_).stdout
        assert "set aside: 1 ignored by the configuration" in shown


@pytest.mark.parametrize("pattern", ["legacy/**", "other.py", "main.py/", "/sub/main.py"])
def test_another_path_is_not_ignored(cli: Cli, project: Path, pattern: str) -> None:
    assert _checked(cli, project, f"per-path-ignores = {{ '{pattern}' = ['CORS001'] }}")["exit_code"] == 1


def test_another_rule_is_not_ignored(cli: Cli, project: Path) -> None:
    assert _checked(cli, project, "per-path-ignores = { '*.py' = ['CORS002', 'LOG'] }")["exit_code"] == 1


def test_a_debt_whose_findings_are_set_aside_is_not_paid(cli: Cli, project: Path) -> None:
    written(project, {**BAD, "deploycheck.toml": "per-path-ignores = { '*.py' = ['CORS'] }\n"})
    done = cli("debts", str(project), "--isolated", "--format", "json")
    debt = next(d for d in json.loads(done.stdout)["debts"] if d["id"] == "DEPLOY-2")
    told = {(c["mark"], c["reason"]) for c in debt["criteria"] if "CORS001" in c["rules"]}
    assert told == {("not met", None)}


def test_what_is_excluded_is_not_read(cli: Cli, project: Path) -> None:
    written(project, {**GOOD, "imported/old.py": "print 'python 2'\n"})
    assert cli(str(project), *ONLY).returncode == 3
    written(project, {"deploycheck.toml": "exclude = ['imported/']\n"})
    done = cli(str(project), *ONLY[:3])
    assert done.returncode == 0
    assert "1 path excluded by the configuration" in " ".join(done.stdout.split())


def test_patterns_count_from_the_file_s_folder(cli: Cli, project: Path) -> None:
    written(project, {f"api/{name}": text for name, text in BAD.items()})
    written(project, {"api/old/bad.py": "print 'python 2'\n"})
    written(
        project,
        {"deploycheck.toml": "exclude = ['/api/old']\nper-path-ignores = { '/api/*.py' = ['CORS'] }\n"},
    )
    assert cli(str(project / "api"), *ONLY).returncode == 0
    written(
        project, {"deploycheck.toml": "exclude = ['/old']\nper-path-ignores = { '/main.py' = ['CORS'] }\n"}
    )
    assert cli(str(project / "api"), *ONLY).returncode == 1


def test_show_files(cli: Cli, project: Path) -> None:
    written(
        project,
        {
            **GOOD,
            "imported/x.py": "",
            ".gitignore": "*.log\n",
            "a.log": "",
            "deploycheck.toml": "exclude = ['imported']\n",
        },
    )
    done = cli(str(project), "--show-files")
    own = [".gitignore", "app.yaml", "deploycheck.toml", "main.py", "requirements.txt"]
    assert done.stdout.split("\n") == [*(f"{project}/{name}" for name in own), ""]
    assert (done.returncode, done.stderr) == (0, "")
    (project / "dangling").symlink_to("gone")
    done = cli(str(project), "--show-files")
    assert (done.returncode, done.stderr.count("\n")) == (3, 1)
    assert "dangling" in done.stderr
