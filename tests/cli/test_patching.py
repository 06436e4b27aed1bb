"""`--fix-suggestions`: diffs on the terminal, or one patch on stdout that git takes from where one stands."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from deploycheck.cli.main import spelled_out
from tests.cli.conftest import BAD, ROOT, Cli

MAIN = "main.py"


def _written(root: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(text.encode())


def _in(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the program as one who stands in a folder."""
    return subprocess.run(
        [sys.executable, "-m", "deploycheck", *arguments, "--isolated", "--fix-suggestions=patch"],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def _apply(folder: Path, patch: str) -> None:
    subprocess.run(["git", "apply", "-"], cwd=folder, input=patch.encode(), check=True)


@pytest.mark.parametrize("stands", [".", "services", "services/shop"])
@pytest.mark.parametrize("repository", [True, False])
def test_git_takes_the_patch_where_the_user_stands(tmp_path: Path, stands: str, *, repository: bool) -> None:
    target = tmp_path / "services" / "shop"
    _written(target, BAD)
    if repository:
        subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    here = tmp_path / stands
    done = _in(here, os.path.relpath(target, here))
    assert done.returncode == 1
    assert done.stdout.startswith("diff --git a/")
    assert "run git apply there" not in done.stderr
    _apply(here, done.stdout)
    assert (target / MAIN).read_text() != BAD[MAIN]
    assert not _in(here, os.path.relpath(target, here), "--select", "CORS001").stdout


def test_from_elsewhere_it_says_where_to_apply(cli: Cli, project: Path) -> None:
    _written(project, BAD)
    done = cli(str(project), "--isolated", "--fix-suggestions=patch")
    assert f"deploycheck: its paths count from {project}: run git apply there" in done.stderr
    _apply(project, done.stdout)


def test_several_targets_make_one_patch(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    for name in ("shop", "desk"):
        _written(tmp_path / name, BAD)
    _written(tmp_path, {"deploycheck.toml": '[[targets]]\npath = "shop"\n[[targets]]\npath = "desk"\n'})
    done = _in(tmp_path, ".", "--select", "CORS001")
    assert done.stdout.count("diff --git ") == 2
    _apply(tmp_path, done.stdout)
    assert not _in(tmp_path, ".", "--select", "CORS001").stdout


def test_what_is_left_out_is_said_on_stderr_and_nothing_else_is_on_stdout(cli: Cli, project: Path) -> None:
    wide = (
        'app.add_middleware(CORSMiddleware, allow_origins=["http://shop.example", "http://localhost:1"], '
        "allow_credentials=True)\n"
    )
    _written(project, {**BAD, MAIN: BAD[MAIN].rsplit("\n", 2)[0] + "\n" + wide})
    done = cli(str(project), "--isolated", "--fix-suggestions=patch", "--select", "CORS")
    assert done.stdout.startswith("diff --git ")
    assert "deploycheck 0" not in done.stdout
    left_out = [line for line in done.stderr.splitlines() if "is left out" in line]
    assert left_out
    assert all(line.startswith("deploycheck: CORS00") for line in left_out)
    assert all(line.endswith("; run again after applying") for line in left_out)


def test_no_patch_is_an_empty_stdout(cli: Cli, project: Path) -> None:
    _written(project, BAD)
    done = cli(str(project), "--isolated", "--fix-suggestions=patch", "--select", "MIG")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_another_format_needs_a_file_beside_the_patch(cli: Cli, project: Path, tmp_path: Path) -> None:
    _written(project, BAD)
    done = cli(str(project), "--isolated", "--fix-suggestions=patch", "--format", "concise")
    assert done.returncode == 2
    assert done.stdout == ""
    assert "both go to stdout: give that a file, as in concise=FILE" in done.stderr
    file = tmp_path / "out.json"
    done = cli(str(project), "--isolated", "--fix-suggestions=patch", "--format", f"json={file}")
    assert done.stdout.startswith("diff --git ")
    assert json.loads(file.read_text())["findings"]


def test_a_bare_option_means_the_terminal(cli: Cli, project: Path) -> None:
    _written(project, BAD)
    for arguments, env in (
        (["--fix-suggestions"], {}),
        (["--fix-suggestions=terminal"], {}),
        ([], {"DEPLOYCHECK_FIX_SUGGESTIONS": "1"}),
        ([], {"DEPLOYCHECK_FIX_SUGGESTIONS": "terminal"}),
    ):
        shown = cli(str(project), "--isolated", *arguments, env=env).stdout
        assert "# CORS001 any-origin\ndiff --git a/main.py b/main.py\n" in shown
    off = cli(
        str(project), "--isolated", "--no-fix-suggestions", env={"DEPLOYCHECK_FIX_SUGGESTIONS": "patch"}
    )
    assert "diff --git" not in off.stdout
    wrong = cli(str(project), "--fix-suggestions=pach")
    assert wrong.returncode == 2
    assert "did you mean patch?" in wrong.stderr


def test_what_stands_behind_two_dashes_is_no_option() -> None:
    assert spelled_out(["--fix-suggestions", "--", "--fix-suggestions"]) == [
        "--fix-suggestions=terminal",
        "--",
        "--fix-suggestions",
    ]
    assert spelled_out(["--fix-suggestions=patch", "x"]) == ["--fix-suggestions=patch", "x"]


def test_a_suppressed_finding_is_no_part_of_the_patch(cli: Cli, project: Path) -> None:
    reason = "  # deploycheck: ignore[CORS001, CORS002] a public API\n"
    _written(project, {**BAD, MAIN: BAD[MAIN].rstrip("\n") + reason})
    assert not cli(str(project), "--isolated", "--fix-suggestions=patch", "--select", "CORS001").stdout


@pytest.mark.parametrize("stands", [".", "services", "services/shop"])
def test_one_findings_own_patch_counts_from_the_repository(tmp_path: Path, stands: str) -> None:
    target = tmp_path / "services" / "shop"
    _written(target, BAD)
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    done = subprocess.run(
        [
            *(sys.executable, "-m", "deploycheck", os.path.relpath(target, tmp_path / stands)),
            *("--isolated", "--format", "json", "--select", "CORS001"),
        ],
        cwd=tmp_path / stands,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    [finding] = json.loads(done.stdout)["findings"]
    assert finding["location"]["path"] == MAIN
    assert f"+++ b/services/shop/{MAIN}" in finding["patch"]
    _apply(tmp_path / stands, finding["patch"])
    assert (target / MAIN).read_text() != BAD[MAIN]


def test_from_a_folder_that_git_would_not_leave_it_says_where_to_apply(tmp_path: Path) -> None:
    _written(tmp_path, {**BAD, "docs/index.md": "# Shop\n"})
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    done = _in(tmp_path / "docs", "..")
    assert "run git apply in ..: from here it passes over" in done.stderr
    _apply(tmp_path, done.stdout)
    assert (tmp_path / MAIN).read_text() != BAD[MAIN]
    assert "git apply in" not in _in(tmp_path, ".").stderr
