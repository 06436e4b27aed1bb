"""Flags go before variables, variables before the file, the file before the defaults."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path

import pytest

from deploycheck.cli.asking import Asked, Shown
from deploycheck.cli.settings import flag_of, variable_of
from tests.cli.conftest import BAD, GOOD, Cli
from tests.fakes import written

LOW = ("--select", "CORS001", "--isolated")


def test_fail_on_at_every_level(cli: Cli, project: Path) -> None:
    written(project, {**BAD, "deploycheck.toml": "rules = { CORS001 = 'high' }\n"})
    assert cli(str(project), *LOW).returncode == 0
    written(project, {"deploycheck.toml": "rules = { CORS001 = 'high' }\nfail-on = 'high'\n"})
    assert cli(str(project), *LOW).returncode == 1
    variable = {"DEPLOYCHECK_FAIL_ON": "critical"}
    assert cli(str(project), *LOW, env=variable).returncode == 0
    assert cli(str(project), *LOW, "--fail-on", "medium", env=variable).returncode == 1


def test_select_replaces_and_ignore_adds(cli: Cli, project: Path) -> None:
    written(project, {**GOOD, "deploycheck.toml": "select = ['APP']\nignore = ['CORS001']\n"})
    env = {"DEPLOYCHECK_SELECT": "CORS, WRK", "DEPLOYCHECK_IGNORE": "CORS002", "DEPLOYCHECK_FORMAT": "json"}

    def codes(*arguments: str) -> set[str]:
        return {rule["code"] for rule in json.loads(cli(str(project), *arguments, env=env).stdout)["rules"]}

    assert {code.rstrip("0123456789") for code in codes()} == {"CORS", "WRK"}
    assert {"CORS001", "CORS002"} & codes("--ignore", "CORS003") == set()
    assert codes("--select", "CORS", "--ignore", "CORS003") & {"CORS003", "WRK001"} == set()


def test_a_flag_can_be_taken_back(cli: Cli, project: Path) -> None:
    written(project, {**BAD, "deploycheck.toml": "exit-zero = true\n"})
    assert cli(str(project), *LOW).returncode == 0
    assert cli(str(project), *LOW, env={"DEPLOYCHECK_EXIT_ZERO": "0"}).returncode == 1
    assert cli(str(project), *LOW, "--no-exit-zero", env={"DEPLOYCHECK_EXIT_ZERO": "yes"}).returncode == 1


def test_how_it_is_shown_comes_from_everywhere_too(cli: Cli, project: Path) -> None:
    written(project, {**BAD, "deploycheck.toml": "format = 'concise'\ncolor = 'always'\n"})
    assert cli(str(project), *LOW).stdout.startswith("main.py:5:")
    assert "\x1b[" in cli(str(project), *LOW, "--format", "terminal").stdout
    env = {"DEPLOYCHECK_FORMAT": "terminal", "DEPLOYCHECK_COLOR": "never"}
    assert cli(str(project), *LOW, env=env).stdout.startswith("deploycheck ")


def test_env_files_of_the_file_are_production_s(cli: Cli, project: Path) -> None:
    main = BAD["main.py"].replace('["*"]', 'os.environ["ORIGINS"].split(",")')
    written(project, {**BAD, "main.py": f"import os\n{main}", "prod.env": "ORIGINS=*\n"})
    assert cli(str(project), *LOW).returncode == 0
    written(project, {"deploycheck.toml": "env-files = ['prod.env']\n"})
    assert cli(str(project), *LOW).returncode == 1
    written(project, {"other.env": "ORIGINS=https://shop.example\n"})
    other = str(project / "other.env")
    assert cli(str(project), *LOW, env={"DEPLOYCHECK_ENV_FILE": other}).returncode == 0


@pytest.mark.parametrize(
    ("file", "env", "message"),
    [
        ("env-files = ['gone.env']\n", {}, "deploycheck.toml:1:1: ../shop/gone.env: there is no such file"),
        ("", {"DEPLOYCHECK_ENV_FILE": "gone.env"}, "DEPLOYCHECK_ENV_FILE: gone.env: there is no such file"),
    ],
)
def test_an_env_file_that_is_not_there_is_told_with_who_names_it(
    cli: Cli, project: Path, file: str, env: dict[str, str], message: str
) -> None:
    done = cli(str(written(project, {**GOOD, "deploycheck.toml": file})), env=env)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        (
            {"DEPLOYCHECK_FAILON": "high"},
            "unknown variable DEPLOYCHECK_FAILON; did you mean DEPLOYCHECK_FAIL_ON?",
        ),
        (
            {"DEPLOYCHECK_FAIL_ON": "hihg"},
            "DEPLOYCHECK_FAIL_ON: 'hihg' is not one of critical, high, medium, low; did",
        ),
        ({"DEPLOYCHECK_FORMAT": "jsn"}, "DEPLOYCHECK_FORMAT: 'jsn' is not one of"),
        ({"DEPLOYCHECK_ISOLATED": "maybe"}, "DEPLOYCHECK_ISOLATED must be 1 or 0"),
        ({"DEPLOYCHECK_SELECT": ","}, "DEPLOYCHECK_SELECT names nothing"),
        (
            {"DEPLOYCHECK_SELECT": "CORS01"},
            "DEPLOYCHECK_SELECT: unknown rule or family 'CORS01'; did you mean CORS001?",
        ),
        (
            {"DEPLOYCHECK_MIN_DOWNGRADE_COVERAGE": "200"},
            "DEPLOYCHECK_MIN_DOWNGRADE_COVERAGE: '200' is not a whole",
        ),
        ({"DEPLOYCHECK_PROFILE": "staging"}, "unknown profile 'staging'"),
        ({"DEPLOYCHECK_SHOW_FILES": "1"}, "unknown variable DEPLOYCHECK_SHOW_FILES"),
    ],
)
def test_a_variable_that_is_wrong_is_refused(
    cli: Cli, project: Path, variables: dict[str, str], message: str
) -> None:
    done = cli(str(written(project, GOOD)), env=variables)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


def test_an_empty_variable_is_none(cli: Cli, project: Path) -> None:
    written(project, GOOD)
    env = {"DEPLOYCHECK_FAIL_ON": "", "DEPLOYCHECK_ISOLATED": " ", "DEPLOYCHECK_SELECT": "CORS001"}
    assert cli(str(project), env=env).returncode == 0


@pytest.mark.parametrize("how", ["variable", "file"])
def test_a_machine_gets_its_document_on_failure_however_it_asked(cli: Cli, project: Path, how: str) -> None:
    written(project, {**GOOD, "deploycheck.toml": "format = 'json'\n" if how == "file" else ""})
    env = {"DEPLOYCHECK_FORMAT": "json"} if how == "variable" else {}
    done = cli(str(project), "--select", "X", env=env)
    assert (done.returncode, json.loads(done.stdout)["exit_code"]) == (2, 2)
    assert cli(str(project), "--select", "X", "--format", "terminal", env=env).stdout == ""


def test_the_run_without_arguments_fails_in_one_line(cli: Cli) -> None:
    done = cli(env={"DEPLOYCHECK_FAIL_ON": "x"})
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)


def test_every_option_can_be_set_by_a_variable() -> None:
    from deploycheck.cli.apps import app_for

    known = {flag_of(each) for kind in (Asked, Shown) for each in fields(kind)}
    options = {o for p in vars(app_for([]))["params"] for o in p.opts if o.startswith("--")}
    assert options - known == {"--version", "--show-files"}
    assert known - options == set()
    names = [variable_of(each) for kind in (Asked, Shown) for each in fields(kind)]
    assert len(names) == len(set(names))


def test_two_files_in_one_folder_are_said(cli: Cli, project: Path) -> None:
    written(
        project,
        {
            **GOOD,
            "deploycheck.toml": "select = ['CORS001']\n",
            "pyproject.toml": "[tool.deploycheck]\ncpu = 1\n",
        },
    )
    done = cli(str(project))
    assert done.returncode == 0
    assert (
        done.stderr == "deploycheck: deploycheck.toml is used, and not pyproject.toml beside it: keep one\n"
    )
