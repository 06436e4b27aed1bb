from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import BAD, GOOD, Cli
from tests.fakes import written

ONLY = ("--select", "CORS001", "--isolated")
FILE = """
[[targets]]
path = "services/shop"
name = "shop"

[[targets]]
path = "services/desk"
rules = { CORS001 = "high" }

[profiles.staging]
fail-on = "high"
"""


@pytest.fixture
def monorepo(project: Path) -> Path:
    written(project / "services" / "shop", GOOD)
    written(project / "services" / "desk", BAD)
    return written(project, {"deploycheck.toml": FILE})


def test_each_target_has_its_report_and_the_worst_one_counts(cli: Cli, monorepo: Path) -> None:
    done = cli(str(monorepo), *ONLY)
    text = " ".join(done.stdout.split())  # a long path breaks the headline
    heads = [text.find(f"· {monorepo}/services/{name} · production") for name in ("shop", "desk")]
    assert 0 < heads[0] < heads[1]
    assert done.returncode == 0
    done = cli(str(monorepo), *ONLY, "--profile", "staging")
    assert done.returncode == 1
    assert " ".join(done.stdout.split()).count("· staging") == 2


def test_json_has_the_document_of_each(cli: Cli, monorepo: Path) -> None:
    document = json.loads(cli(str(monorepo), *ONLY, "--format", "json", "--fail-on", "high").stdout)
    assert (document["schema_version"], document["ready"], document["exit_code"]) == (1, False, 1)
    first, second = document["targets"]
    assert (first["target"], first["ready"]) == (f"{monorepo}/services/shop", True)
    assert [f["severity"] for f in second["findings"]] == ["high"]
    alone = json.loads(cli(str(monorepo), *ONLY, "--format", "json", "--target", "shop").stdout)
    assert alone.keys() == first.keys()


def test_concise_says_whose_lines_they_are(cli: Cli, monorepo: Path) -> None:
    lines = cli(str(monorepo), *ONLY, "--format", "concise").stdout.split("\n")
    assert [line for line in lines if line.endswith(":")] == [
        f"{monorepo}/services/shop:",
        f"{monorepo}/services/desk:",
    ]


def test_one_target_by_name_path_or_folder(cli: Cli, monorepo: Path) -> None:
    for arguments in (["--target", "services/desk"], ["--target=services/desk"]):
        assert cli(str(monorepo), *ONLY, "--fail-on=high", *arguments).returncode == 1
    assert cli(str(monorepo), *ONLY, "--fail-on=high", env={"DEPLOYCHECK_TARGET": "shop"}).returncode == 0
    # Named by its folder, it has the same configuration.
    done = cli(str(monorepo / "services" / "desk"), *ONLY)
    assert (done.returncode, "HIGH      CORS001" in done.stdout) == (0, True)


@pytest.mark.parametrize(
    ("others", "code"),
    [
        ({"services/shop/main.py": BAD["main.py"], "services/desk/old.py": "print 1\n"}, 1),
        ({"services/shop/old.py": "print 1\n"}, 3),
        ({"services/none/x.txt": "", "services/shop/old.py": "print 1\n"}, 3),
        ({"services/none/x.txt": ""}, 4),
    ],
)
def test_the_worst_exit_code(cli: Cli, monorepo: Path, others: dict[str, str], code: int) -> None:
    more = "[[targets]]\npath = 'services/none'\n" if "services/none/x.txt" in others else ""
    written(monorepo, {**others, "deploycheck.toml": FILE + more})
    done = cli(str(monorepo), *ONLY, "--format", "json")
    assert (done.returncode, json.loads(done.stdout)["exit_code"]) == (code, code)


@pytest.mark.parametrize(
    ("text", "arguments", "message"),
    [
        (FILE, ["--target", "shp"], "unknown target 'shp'; did you mean 'shop'?"),
        ("cpu = 1\n", ["--target", "shop"], "the configuration of this folder lists no targets"),
        (
            FILE + "[[targets]]\npath = 'services/gone'\n",
            [],
            "deploycheck.toml:13:1: there is no folder services/gone",
        ),
        (
            FILE + "[[targets]]\npath = 'services'\nselect = ['X']\n",
            [],
            "../deploycheck.toml:14:1 (target services): select: unknown rule",
        ),
    ],
)
def test_2_stops_before_anything_is_looked_at(
    cli: Cli, monorepo: Path, text: str, arguments: list[str], message: str
) -> None:
    written(monorepo, {"deploycheck.toml": text})
    done = cli(str(monorepo), "--isolated", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_format_of_one_target_is_refused_for_several(cli: Cli, monorepo: Path) -> None:
    done = cli(str(monorepo), *ONLY, "--format", "sarif")
    assert (done.returncode, json.loads(done.stdout)["version"]) == (2, "2.1.0")
    assert done.stderr == "deploycheck: --format sarif holds one target: pick it with --target\n"
    assert cli(str(monorepo), *ONLY, "--format", "sarif", "--target", "shop").returncode == 0


def test_the_other_commands_take_each_target_too(cli: Cli, monorepo: Path) -> None:
    boards = cli("debts", str(monorepo), "--isolated")
    assert boards.stdout.count("the debt board") == 2
    document = json.loads(cli("debts", str(monorepo), "--isolated", "--format", "json").stdout)
    assert (len(document["targets"]), document["exit_code"]) == (2, boards.returncode)
    markdown = cli("debts", str(monorepo), "--isolated", "--format", "markdown").stdout
    assert f"## Deployment debts of {monorepo}/services/desk" in markdown
    shown = json.loads(cli("config", str(monorepo), "--format", "json").stdout)["targets"]
    assert [s["target"] for s in shown] == [f"{monorepo}/services/{name}" for name in ("shop", "desk")]
    files = cli(str(monorepo), "--show-files", "--target", "shop").stdout.split()
    assert files == [
        f"{monorepo}/services/shop/{name}" for name in ("app.yaml", "main.py", "requirements.txt")
    ]


def test_a_target_inherits_no_path_of_another(cli: Cli, monorepo: Path) -> None:
    written(monorepo, {"deploycheck.toml": FILE + "[per-path-ignores]\n'services/shop/**' = ['CORS']\n"})
    assert cli(str(monorepo), *ONLY, "--fail-on", "high").returncode == 1
    written(monorepo, {"deploycheck.toml": FILE + "[per-path-ignores]\n'services/desk/**' = ['CORS']\n"})
    assert cli(str(monorepo), *ONLY, "--fail-on", "high").returncode == 0
