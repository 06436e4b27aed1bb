"""`init` as its users run it: what it shows, what it writes, and what it leaves as it is."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import BAD, GOOD, ROOT
from tests.fakes import written

Run = Callable[..., subprocess.CompletedProcess[str]]
PYPROJECT = '# of the shop\n[project]\nname = "shop" # its name\n\n[tool.ruff]\nline-length = 100\n'
FORGES = {
    ".gitlab-ci.yml": ("vendor.gitlab-ci", "stages: [test]\n"),
    "azure-pipelines.yml": ("vendor.azure-pipelines", "trigger: [main]\n"),
    ".circleci/config.yml": ("vendor.circle-ci", "version: 2.1\n"),
    "bitbucket-pipelines.yml": ("vendor.bitbucket-pipelines", "image: python:3.13\n"),
}


@pytest.fixture
def run(project: Path) -> Run:
    def started(*arguments: str, at: Path = project) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "deploycheck", *arguments],
            cwd=at,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    return started


def _state(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def _valid(schema: list[str], file: Path) -> None:
    program = Path(sys.executable).with_name("check-jsonschema")
    done = subprocess.run([program, *schema, file], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_it_shows_all_and_writes_nothing_by_itself(project: Path, run: Run) -> None:
    written(project, {**BAD, "pyproject.toml": PYPROJECT})
    (project / ".github").mkdir()
    before = _state(project)
    done = run("init", "--baseline")
    assert (done.returncode, done.stderr) == (0, "")
    for line in (
        "+[tool.deploycheck]",
        '+fail-on = "critical"',
        '+baseline = "deploycheck-baseline.txt"',
        "+++ b/.github/workflows/deploycheck.yml",
        "+++ b/deploycheck-baseline.txt",
    ):
        assert line in done.stdout.splitlines()
    assert done.stdout.endswith("nothing was written: --yes writes it\n")
    assert _state(project) == before


def test_its_diff_is_what_it_writes(project: Path, run: Run) -> None:
    written(project, {**BAD, "pyproject.toml": PYPROJECT})
    (project / ".github").mkdir()
    before = _state(project)
    shown = run("init", "--baseline").stdout
    patch = shown[: shown.rindex("nothing was written")]
    assert run("init", "--baseline", "--yes").returncode == 0
    after = _state(project)
    for name in after.keys() - before.keys():
        (project / name).unlink()
    (project / "pyproject.toml").write_bytes(before["pyproject.toml"])
    subprocess.run(["git", "apply", "-"], cwd=project, input=patch, text=True, check=True)
    assert _state(project) == after


def test_what_it_writes_is_valid_and_the_gate_is_open_afterwards(project: Path, run: Run) -> None:
    written(project, {**BAD, "pyproject.toml": PYPROJECT})
    (project / ".github").mkdir()
    assert run("--isolated").returncode == 1
    done = run("init", "--baseline", "--yes")
    assert done.stdout.splitlines()[-1] == (
        "wrote deploycheck-baseline.txt, pyproject.toml, .github/workflows/deploycheck.yml"
    )
    _valid(["--builtin-schema", "vendor.github-workflows"], project / ".github/workflows/deploycheck.yml")
    text = (project / "pyproject.toml").read_text()
    assert text.startswith(PYPROJECT)
    assert run("--isolated").returncode == 0
    assert run(str(project), "--isolated", at=project.parent).returncode == 0


def test_without_a_pyproject_there_is_a_file_of_our_own(project: Path, run: Run) -> None:
    written(project, GOOD)
    assert run("init", "--yes").stdout.endswith("wrote deploycheck.toml\n")
    file = project / "deploycheck.toml"
    assert file.read_text() == 'fail-on = "critical"\n'
    assert "deploycheck.toml" in run("config").stdout
    schema = project.parent / "table.json"
    schema.write_bytes((ROOT / "docs" / "deploycheck.schema.json").read_bytes())
    _valid(["--schemafile", str(schema)], file)


def test_what_is_there_is_never_overwritten(project: Path, run: Run) -> None:
    mine = {
        "deploycheck.toml": "fail-on = 'low'\n",
        "deploycheck-baseline.txt": "# mine\n",
        ".github/workflows/deploycheck.yml": "name: mine\n",
    }
    written(project, {**BAD, **mine})
    before = _state(project)
    done = run("init", "--baseline", "--yes")
    assert (done.returncode, done.stderr) == (0, "")
    assert "deploycheck.toml configures deploycheck already, and is left as it is" in done.stdout
    assert "deploycheck-baseline.txt is already there, and is left as it is" in done.stdout
    assert ".github/workflows/deploycheck.yml is already there, and is left as it is" in done.stdout
    assert done.stdout.endswith("nothing to write\n")
    assert _state(project) == before


def test_a_table_in_a_folder_above_is_the_configuration(project: Path, run: Run) -> None:
    written(project, {"pyproject.toml": "[tool.deploycheck]\nfail-on = 'low'\n"})
    written(project / "api", GOOD)
    done = run("init", "api", "--yes")
    assert "pyproject.toml configures deploycheck already" in done.stdout
    assert "api/" not in done.stdout


@pytest.mark.parametrize("forge", FORGES)
def test_a_job_for_a_file_of_theirs_is_shown_and_valid(project: Path, run: Run, forge: str) -> None:
    schema, text = FORGES[forge]
    written(project, {**GOOD, forge: text})
    done = run("init", "--yes")
    assert (done.returncode, (project / forge).read_text()) == (0, text)
    lines = done.stdout.splitlines()
    start = lines.index(f"add to {forge} (it is yours, and is left as it is):")
    end = next(i for i, line in enumerate(lines) if line.startswith("--- "))
    job = project.parent / Path(forge).name
    job.write_text(text + "\n".join(lines[start + 1 : end]) + "\n")
    assert "deploycheck . --isolated" in job.read_text()
    # Azure's schema has an expression that is none of Unicode's.
    _valid(["--regex-variant", "nonunicode", "--builtin-schema", schema], job)


@pytest.mark.parametrize(
    ("remote", "file"),
    [
        ("git@github.com:acme/shop.git", ".github/workflows/deploycheck.yml"),
        ("https://gitlab.acme.example/acme/shop.git", ".gitlab-ci.yml"),
        ("https://me:token@gitlab.com/acme/shop.git", ".gitlab-ci.yml"),
        ("git@ssh.dev.azure.com:v3/acme/shop/shop", "azure-pipelines.yml"),
        ("ssh://git@bitbucket.org/acme/shop.git", "bitbucket-pipelines.yml"),
        ("https://git.acme.example/github/shop.git", None),
    ],
)
def test_without_ci_files_the_remote_tells_the_forge(
    project: Path, run: Run, remote: str, file: str | None
) -> None:
    written(project, GOOD)
    subprocess.run(["git", "init", "-q", "."], cwd=project, check=True)
    subprocess.run(["git", "remote", "add", "origin", remote], cwd=project, check=True)
    done = run("init", "--yes")
    assert (done.returncode, done.stderr) == (0, "")
    assert "token" not in done.stdout
    if file is None:
        assert "no job is made" in done.stdout
    else:
        assert "where yours comes from" in done.stdout
        assert "deploycheck . --isolated" in (project / file).read_text()
    assert {p.name for p in project.rglob("*.yml")} == ({Path(file).name} if file else set())


def test_a_file_of_another_ci_goes_before_the_remote(project: Path, run: Run) -> None:
    written(project, {**GOOD, ".circleci/config.yml": "version: 2.1\n"})
    subprocess.run(["git", "init", "-q", "."], cwd=project, check=True)
    url = "https://github.com/acme/shop.git"
    subprocess.run(["git", "remote", "add", "origin", url], cwd=project, check=True)
    done = run("init", "--yes")
    assert "add to .circleci/config.yml" in done.stdout
    assert not (project / ".github").exists()


def test_the_action_is_used_where_one_is_named(project: Path, run: Run) -> None:
    written(project, {"api/app.py": "", ".github/CODEOWNERS": ""})
    assert run("init", "api", "--action", "acme/deploycheck@v1", "--yes").returncode == 0
    workflow = project / ".github/workflows/deploycheck.yml"
    _valid(["--builtin-schema", "vendor.github-workflows"], workflow)
    assert "uses: acme/deploycheck@v1\n        with:\n          path: api\n" in workflow.read_text()
    assert "contents: read" in workflow.read_text()


def test_a_pipeline_that_has_it_already_is_left(project: Path, run: Run) -> None:
    written(project, {**GOOD, ".github/workflows/ci.yml": "# runs deploycheck\n"})
    assert ".github/workflows/ci.yml runs deploycheck already" in run("init").stdout


@pytest.mark.parametrize(
    ("files", "code", "said"),
    [
        ({"pyproject.toml": "[tool.ruff\n"}, 2, "pyproject.toml cannot be extended"),
        ({"deploycheck.toml": "a = [\n"}, 2, "deploycheck.toml"),
        ({}, 4, "no Python web app"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    project: Path, run: Run, files: dict[str, str], code: int, said: str
) -> None:
    written(project, {**(GOOD if files else {}), **files})
    before = _state(project)
    done = run("init", "--yes", *([] if files else ["--baseline"]))
    assert (done.returncode, len(done.stderr.splitlines())) == (code, 1), done.stderr
    assert said in done.stderr
    assert _state(project) == before


@pytest.mark.parametrize(("answer", "writes"), [(b"y\n", True), (b"n\n", False), (b"\n", False)])
def test_on_a_terminal_it_asks(project: Path, answer: bytes, writes: bool) -> None:
    written(project, GOOD)
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "deploycheck", "init"],
        cwd=project,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    ) as process:
        os.close(theirs)
        os.write(ours, answer)
        said = b""
        try:
            while piece := os.read(ours, 4096):
                said += piece
        except OSError:  # how Linux tells that the other end is closed
            pass
    os.close(ours)
    assert process.returncode == 0
    assert b"Write this?" in said
    assert (project / "deploycheck.toml").exists() is writes
