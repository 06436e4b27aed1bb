"""The exit codes are a contract; each has its cases here, run as users run the program."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import BAD, GOOD, ROOT, Cli
from tests.fakes import written

ONLY = ("--select", "CORS001", "--isolated")


def test_0_when_nothing_speaks_against_it(cli: Cli, project: Path) -> None:
    done = cli(str(written(project, GOOD)), *ONLY)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Ready: nothing found." in done.stdout


def test_1_when_something_was_found(cli: Cli, project: Path) -> None:
    done = cli(str(written(project, BAD)), *ONLY)
    assert (done.returncode, done.stderr) == (1, "")
    assert "CRITICAL  CORS001 any-origin" in done.stdout
    assert "Not ready: 1 critical." in done.stdout


def test_an_option_of_another_command_is_said_to_be_one(cli: Cli) -> None:
    done = cli("config", "--show-files")
    told = "deploycheck: no such option: --show-files; it is one of deploycheck itself, without config\n"
    assert (done.returncode, done.stderr) == (2, told)


def test_a_misspelt_command_is_not_only_taken_for_a_folder(cli: Cli) -> None:
    done = cli("explan")
    assert done.returncode == 4
    assert "explan does not exist: did you mean the command explain, or the folder" in done.stderr


def test_exit_zero_hides_1(cli: Cli, project: Path) -> None:
    done = cli(str(written(project, BAD)), *ONLY, "--exit-zero", "--format", "json")
    document = json.loads(done.stdout)
    assert (done.returncode, document["exit_code"], document["ready"]) == (0, 0, False)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--frmat", "json"], "no such option: --frmat. Did you mean --format?"),
        (["--format", "jsn"], "did you mean json?"),
        (["--fail-on", "hihg"], "did you mean high?"),
        (["--color", "sometimes"], "is not one of auto, always, never"),
        (["--select", "CORS01"], "unknown rule or family 'CORS01'; did you mean CORS001?"),
        (["--ignore", "cor"], "unknown rule or family 'cor'; did you mean CORS?"),
        (["--select", "CORS", "--ignore", "CORS"], "no rule is left to run"),
        (["--select", ","], "names no rule"),
        (["--env-file", "gone.env"], "--env-file gone.env: there is no such file"),
        (["--min-downgrade-coverage", "101"], "'101' is not a whole number from 0 to 100"),
        (["--min-downgrade-coverage", "most"], "'most' is not a whole number from 0 to 100"),
        (["a", "b"], "unexpected extra argument"),
    ],
)
def test_2_on_bad_usage(cli: Cli, project: Path, arguments: list[str], message: str) -> None:
    done = cli(*([] if "b" in arguments else [str(written(project, GOOD))]), *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("configuration", "message"),
    [
        ("slect = ['CORS']\n", "deploycheck.toml:1:1: unknown key 'slect'; did you mean 'select'?"),
        (
            "\nselect = ['COR']\n",
            "deploycheck.toml:2:1: select: unknown rule or family 'COR'; did you mean CORS?",
        ),
        (
            "min-downgrade-coverage = 101\n",
            "deploycheck.toml:1:1: min-downgrade-coverage must not be greater than 100",
        ),
        ("fail-on = 'never'\n", "deploycheck.toml:1:1: fail-on must be one of critical, high, medium, low"),
    ],
)
def test_2_on_bad_configuration(cli: Cli, project: Path, configuration: str, message: str) -> None:
    done = cli(str(written(project, {**GOOD, "deploycheck.toml": configuration})))
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


def test_3_when_an_input_could_not_be_read(cli: Cli, project: Path) -> None:
    done = cli(str(written(project, {**GOOD, "other.py": "print 'python 2'\n"})), *ONLY)
    assert done.returncode == 3
    assert "other.py:1" in done.stdout
    assert "incomplete: other.py" in " ".join(done.stdout.split())


def test_1_wins_over_3(cli: Cli, project: Path) -> None:
    assert cli(str(written(project, {**BAD, "other.py": "print 'python 2'\n"})), *ONLY).returncode == 1


@pytest.mark.parametrize("target", ["gone", "empty", "a file"])
def test_4_when_there_is_nothing_to_check(cli: Cli, project: Path, target: str) -> None:
    written(project, {"a file": "", "empty/.gitkeep": ""})
    done = cli(str(project / target), "--format", "json")
    document = json.loads(done.stdout)
    assert (done.returncode, document["exit_code"], document["ready"]) == (4, 4, False)
    assert document["error"]
    assert done.stderr.count("\n") == 1


def test_4_is_never_hidden(cli: Cli, project: Path) -> None:
    assert cli(str(project / "gone"), "--exit-zero").returncode == 4


@pytest.mark.parametrize("arguments", [["--frmat"], ["--select", "X"], ["--env-file", "gone"]])
def test_a_machine_format_gets_its_document_also_on_failure(
    cli: Cli, project: Path, arguments: list[str]
) -> None:
    done = cli(str(written(project, GOOD)), "--format=json", *arguments)
    assert (done.returncode, json.loads(done.stdout)["exit_code"]) == (2, 2)


def test_130_when_interrupted(project: Path) -> None:
    written(project, GOOD)
    code = (
        "import os, signal, sys\n"
        "from deploycheck.cli import main\n"
        "import deploycheck.engine as engine\n"
        "engine.run = lambda *a: os.kill(os.getpid(), signal.SIGINT) or __import__('time').sleep(9)\n"
        "sys.exit(main.run([sys.argv[1]]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(project)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert (done.returncode, done.stderr) == (130, "deploycheck: interrupted\n")


def test_a_fault_of_ours_is_one_line_and_3(project: Path) -> None:
    written(project, GOOD)
    code = (
        "import sys\n"
        "from deploycheck.cli import main\n"
        "import deploycheck.engine as engine\n"
        "def run(*a): raise KeyError('PASSWORD=s3ntinel-Hunter2')\n"
        "engine.run = run\n"
        "sys.exit(main.run(sys.argv[1:]))\n"
    )
    for extra in ([], ["--verbose"]):
        done = subprocess.run(
            [sys.executable, "-c", code, str(project), *extra],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 3
        assert "this is a fault of deploycheck" in done.stderr
        assert "s3ntinel" not in done.stderr
    assert "Traceback" in done.stderr


def test_a_reader_that_goes_away_is_no_error(project: Path) -> None:
    written(project, BAD)
    command = [sys.executable, "-m", "deploycheck", str(project), "--verbose", "--isolated"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(30) in {0, 1}


MIGRATED = {
    **GOOD,
    "alembic.ini": "[alembic]\nscript_location = migrations\n",
    "migrations/env.py": "from alembic import context\n\ncontext.run_migrations()\n",
    "migrations/versions/1.py": (
        "from alembic import op\n\nrevision = '1'\ndown_revision = None\n\n\n"
        "def upgrade():\n    op.rename_table('a', 'b')\n    op.rename_table('c', 'd')\n\n\n"
        "def downgrade():\n    op.rename_table('d', 'c')\n"
    ),
}


@pytest.mark.parametrize(
    ("arguments", "configuration", "code"),
    [
        (["--min-downgrade-coverage", "50"], "", 0),
        (["--min-downgrade-coverage", "51"], "", 1),
        (["--min-downgrade-coverage", "51", "--exit-zero"], "", 0),
        ([], "min-downgrade-coverage = 51\n", 1),
        (["--min-downgrade-coverage", "50"], "min-downgrade-coverage = 51\n", 0),
    ],
)
def test_1_when_downgrades_take_back_too_little(
    cli: Cli, project: Path, arguments: list[str], configuration: str, code: int
) -> None:
    written(project, {**MIGRATED, "deploycheck.toml": configuration})
    done = cli(str(project), *ONLY, *arguments)
    assert (done.returncode, done.stderr) == (code, "")
    assert "downgrade coverage 50 % (1 of 2)" in done.stdout
    missed = "downgrade coverage is 50 %, less than the 51 % asked for"
    assert (missed in " ".join(done.stdout.split())) is (code == 1 or "--exit-zero" in arguments)


def test_no_migrations_miss_no_coverage(cli: Cli, project: Path) -> None:
    done = cli(str(written(project, GOOD)), *ONLY, "--min-downgrade-coverage", "90", "--format", "concise")
    assert done.returncode == 0
    assert "no migration here has anything to take back" in done.stdout
