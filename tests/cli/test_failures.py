"""Whatever goes wrong around the program: its exit code, one plain line, and no traceback."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from deploycheck.engine.packages import DISTRIBUTIONS
from tests.cli.conftest import BAD, ROOT, Cli
from tests.fakes import written

ONLY = "--select CORS001 --isolated --format"


def shell(command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run the program (`$D`) in a shell, which can close and redirect what Python cannot."""
    return subprocess.run(
        ["bash", "-c", command],
        cwd=cwd,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "D": f"{sys.executable} -m deploycheck"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_every_dependency_has_its_hint() -> None:
    document = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    needed = {re.split("[>=<]", line)[0] for line in document["project"]["dependencies"]}
    assert needed <= set(DISTRIBUTIONS.values())


@pytest.mark.parametrize("package", ["typer", "yaml", "rich"])
@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("raise ModuleNotFoundError('gone', name=__name__)", "is not installed"),
        ("import nothing_of_this_name", "cannot be imported"),
        ("raise RuntimeError('half of it is there')", "cannot be imported"),
    ],
)
def test_a_broken_dependency_is_named(cli: Cli, tmp_path: Path, package: str, what: str, said: str) -> None:
    written(tmp_path / "shop", BAD)
    written(tmp_path, {f"broken/{package}/__init__.py": what})
    path = f"{tmp_path / 'broken'}:{ROOT}"
    done = cli(str(tmp_path / "shop"), "--isolated", env={"PYTHONPATH": path})
    name = DISTRIBUTIONS[package]
    hint = f"python -m pip install --force-reinstall '{name}'"
    told = f"deploycheck: {name} {said}, which deploycheck needs: {hint}\n"
    assert (done.returncode, done.stdout, done.stderr) == (3, "", told)


@pytest.mark.parametrize("command", ["$D", "$D .", "$D config", "$D debts"])
def test_a_working_directory_that_is_gone(tmp_path: Path, command: str) -> None:
    done = shell(f"mkdir gone && cd gone && rmdir ../gone && {command}", tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (4, 1)
    assert "the working directory cannot be read" in done.stderr


@pytest.mark.parametrize(
    ("redirected", "code"),
    [(">&-", 1), ("<&-", 1), ("2>&-", 1), ("<&- >&- 2>&-", 1), ("| true; exit ${PIPESTATUS[0]}", 1)],
)
def test_a_closed_stream_changes_no_exit_code(project: Path, redirected: str, code: int) -> None:
    written(project, BAD)
    done = shell(f"$D . {ONLY} concise {redirected}", project)
    assert (done.returncode, done.stderr) == (code, "")


@pytest.mark.parametrize(
    "arguments", ["--version", "--help", f". {ONLY} json", f". {ONLY} terminal", "rules"]
)
def test_a_full_disk_is_told_and_never_0(project: Path, arguments: str) -> None:
    written(project, BAD)
    done = shell(f"$D {arguments} >/dev/full", project)
    assert (done.returncode, done.stderr) == (
        3,
        "deploycheck: stdout cannot be written: No space left on device\n",
    )


@pytest.mark.parametrize("arguments", ["--version", "--help"])
def test_help_to_a_reader_that_is_gone_is_no_finding(project: Path, arguments: str) -> None:
    done = shell(f"export PYTHONUNBUFFERED=1; (sleep 0.2; $D {arguments}; echo $? >&2) | true", project)
    assert done.stderr == "0\n"


@pytest.mark.parametrize("argument", ["x" * 100_000, "--" + "x" * 100_000, "--select=" + "x" * 100_000])
def test_a_huge_argument_ends_at_once(cli: Cli, argument: str) -> None:
    done = cli(argument)
    assert done.returncode in {2, 4}
    assert done.stderr.count("\n") == 1


def test_a_name_that_a_terminal_would_act_on_is_shown_harmless(cli: Cli) -> None:
    done = cli("a\nb\x1b[31m")
    assert (done.returncode, done.stderr.count("\n"), "\x1b" in done.stderr) == (4, 1, False)


@pytest.mark.parametrize("format_", ["terminal", "json", "sarif", "junit", "gitlab", "markdown"])
def test_a_folder_whose_name_is_no_utf8(cli: Cli, tmp_path: Path, format_: str) -> None:
    root = tmp_path / "caf\udce9"
    root.mkdir()
    done = cli(str(written(root, BAD)), "--select", "CORS001", "--isolated", "--format", format_)
    assert (done.returncode, done.stderr) == (1, "")


def test_without_docstrings_the_pages_are_whole(cli: Cli) -> None:
    page = cli("explain", "CORS001").stdout
    assert "Why" in page
    assert cli("explain", "CORS001", env={"PYTHONOPTIMIZE": "2"}).stdout == page


def test_warnings_as_errors_end_nothing(cli: Cli, project: Path) -> None:
    done = cli(str(written(project, BAD)), "--isolated", env={"PYTHONWARNINGS": "error"})
    assert (done.returncode, done.stderr) == (1, "")
