from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from deploycheck.configuration import Configuration
from tests.cli.conftest import GOOD, Cli
from tests.fakes import written

FILE = """
fail-on = "high"
environment = { MODE = "live", SECRET_KEY = "s3ntinel-one", DB = "postgresql://app:s3ntinel2@db/x" }
ignore = ["VER001"]
rules = { CORS001 = "off" }
backups = "nightly, postgresql://app:s3ntinel3@db/x"

[profiles.staging]
environment.MODE = "test"
replicas = 2
"""


def _values(text: str) -> dict[str, Any]:
    return {v["name"]: v for v in json.loads(text)["values"]}


def test_every_value_has_its_origin(cli: Cli, project: Path) -> None:
    written(project, {**GOOD, "deploycheck.toml": FILE})
    env = {"DEPLOYCHECK_ISOLATED": "1", "DEPLOYCHECK_PROFILE": "staging"}
    done = cli("config", str(project), "--format", "json", "--ignore", "VER002", "--verbose", env=env)
    assert (done.returncode, done.stderr) == (0, "")
    values = _values(done.stdout)
    told = {name: (v["value"], [o["source"] for o in v["origins"]]) for name, v in values.items()}
    assert told["fail-on"] == ("high", ["file"])
    assert told["ignore"] == (["VER002", "VER001"], ["flag", "file"])
    assert told["isolated"] == (True, ["variable"])
    assert told["verbose"] == (True, ["flag"])
    assert told["color"] == ("auto", ["default"])
    assert told["profile"] == ("staging", ["variable"])
    assert told["replicas"] == (2, ["profile"])
    assert told["environment.MODE"] == ("test", ["profile"])
    assert told["rules.CORS001"] == ("off", ["file"])
    assert told["cpu"] == (None, ["default"])
    (origin,) = values["replicas"]["origins"]
    assert origin == {
        "source": "profile",
        "name": "staging",
        "path": "deploycheck.toml",
        "line": 10,
        "column": 1,
    }


def test_it_shows_every_key_and_masks_secrets(cli: Cli, project: Path) -> None:
    written(project, {**GOOD, "deploycheck.toml": FILE})
    for format_ in ("terminal", "json"):
        done = cli("config", str(project), "--format", format_)
        assert "s3ntinel" not in done.stdout + done.stderr
        assert "postgresql://app:***@db/x" in done.stdout
    names = {name.partition(".")[0] for name in _values(done.stdout)}
    assert {*Configuration.KEYS} - names == {"env-files", "per-path-ignores"} - names
    assert "env-file" in names


def test_it_reads_like_a_table(cli: Cli, project: Path) -> None:
    written(
        project, {**GOOD, "pyproject.toml": "[tool.deploycheck]\nreplicas = 3\n", "deploycheck.toml": FILE}
    )
    lines = cli("config", str(project)).stdout.split("\n")
    assert lines[0].endswith("· production · deploycheck.toml (pyproject.toml beside it is not used)")
    assert ["fail-on", "high", "deploycheck.toml:2:1"] in [line.split() for line in lines]
    assert ["memory", "-", "default"] in [line.split() for line in lines]


def test_nothing_asked_for_is_not_zero(cli: Cli, project: Path) -> None:
    written(project, {**GOOD, "deploycheck.toml": "min-downgrade-coverage = 0\n"})
    lines = [line.split() for line in cli("config", str(project)).stdout.split("\n")]
    assert ["min-downgrade-coverage", "0", "deploycheck.toml:1:1"] in lines


def test_without_a_file_all_is_default(cli: Cli, project: Path) -> None:
    done = cli("config", str(written(project, GOOD)), "--format", "json")
    document = json.loads(done.stdout)
    assert (document["file"], document["profile"]) == (None, "production")
    assert {o["source"] for v in document["values"] for o in v["origins"]} == {"default"}


def test_it_refuses_what_a_check_refuses(cli: Cli, project: Path) -> None:
    written(project, {**GOOD, "deploycheck.toml": "slect = []\n"})
    done = cli("config", str(project))
    assert (done.returncode, done.stdout) == (2, "")
    assert "unknown key 'slect'; did you mean 'select'?" in done.stderr
    assert cli("config", str(project), "--fail-on", "x").returncode == 2
    assert cli("config", str(project / "gone")).returncode == 4


def test_its_help_has_the_options_of_the_check(cli: Cli) -> None:
    done = cli("config", "--help", env={"COLUMNS": "100"})
    for word in ("--fail-on [critical|high|medium|low]", "--env-file FILE", "[terminal|json]", "[PATH]"):
        assert word in done.stdout


def test_a_suppression_reads_like_one(cli: Cli, project: Path) -> None:
    entry = (
        'rule = "CORS001", path = "main.py", reason = "a public page, and it stays so", until = 2999-01-31'
    )
    written(project, {**GOOD, "deploycheck.toml": f"suppress = [{{{entry}}}]\n"})
    (value,) = [
        v
        for v in json.loads(cli("config", str(project), "--format", "json").stdout)["values"]
        if v["name"] == "suppress"
    ]
    assert value["value"] == [
        {
            "rule": "CORS001",
            "path": "main.py",
            "reason": "a public page, and it stays so",
            "until": "2999-01-31",
        }
    ]
    text = " ".join(cli("config", str(project)).stdout.split())
    assert (
        "suppress rule CORS001, path main.py, reason a public page, and it stays so, until 2999-01-31" in text
    )


def test_a_value_acts_on_no_terminal(cli: Cli, project: Path) -> None:
    done = cli("config", str(written(project, GOOD)), "--since", "a\nb\x1b[31m")
    assert (done.returncode, "\x1b" in done.stdout) == (0, False)
    assert "a\ufffdb\ufffd[31m" in done.stdout
