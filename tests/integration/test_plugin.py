"""A plug-in, installed for real beside us; and what becomes of one that breaks the rules for rules."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "fixtures" / "plugin"
APP = {
    "app.py": "from flask import Flask\napp = Flask(__name__)\n",
    "Procfile": "web: flask run --host 0.0.0.0\n",
}
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder into which pip has installed the example."""
    folder = tmp_path_factory.mktemp("site")
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation", "--no-index"]
    done = subprocess.run([*pip, "--target", folder, EXAMPLE], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def run(tmp_path: Path) -> Run:
    for name, text in APP.items():
        (tmp_path / name).write_text(text)

    def started(site: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "deploycheck", *arguments],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": f"{site}{os.pathsep}{ROOT}"},
            capture_output=True,
            text=True,
            check=False,
        )

    return started


def test_its_rule_is_a_rule_like_any_other(site: Path, run: Run) -> None:
    [line] = [x for x in run(site, "rules").stdout.splitlines() if x.startswith("ACME")]
    assert line.split() == "ACME001 high development-server from acme-rules 1.0".split()
    listed = json.loads(run(site, "rules", "--format", "json").stdout)["rules"]
    assert {r["from"] for r in listed if r["code"] != "ACME001"} == {"deploycheck"}
    assert [r["from"] for r in listed if r["code"] == "ACME001"] == ["acme-rules 1.0"]
    assert "one request after the other" in run(site, "explain", "ACME001").stdout
    document = json.loads(run(site, "--isolated", "--select", "ACME", "--format", "json").stdout)
    assert [(f["code"], f["location"]["path"]) for f in document["findings"]] == [("ACME001", "Procfile")]


def _plugin(folder: Path, text: str, name: str = "odd") -> Path:
    """Write an installed distribution by hand."""
    (folder / f"{name}_rules.py").write_text(text)
    info = folder / f"{name}-2.1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 2.1\n")
    (info / "entry_points.txt").write_text(f"[deploycheck.rules]\n{name} = {name}_rules\n")
    return folder


ANOTHER = """
@rule("ACME001", "another", severity=Severity.LOW)
def another(project: Project) -> Iterator[Draft]:
    \"\"\"It happens.\"\"\"
    yield from ()
"""
GOOD = (EXAMPLE / "src" / "acme_rules" / "__init__.py").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import nowhere_to_be_found\n", "ModuleNotFoundError: No module named 'nowhere_to_be_found'"),
        ("raise ZeroDivisionError('on import')\n", "ZeroDivisionError: on import"),
        ("def x(:\n", "SyntaxError"),
        ("raise SystemExit(0)\n", "do not load: SystemExit: 0"),
        ("from deploycheck.checks.env.backend import silent_fallback\n", "has no rule"),
        (GOOD + ANOTHER, "has two rules with the code ACME001"),
        ("DEPLOYCHECK_API = 99\n", "is written for API 99, and this deploycheck has 1"),
        (GOOD.replace("ACME001", "CORS900"), "may have no rule CORS900: the family CORS is deploycheck's"),
        (GOOD.replace("**Fix.**", "Fix:"), "the docstring of ACME001 (odd_rules of odd 2.1) has no Fix"),
    ],
)
def test_a_broken_one_is_one_line_that_names_it(tmp_path: Path, run: Run, text: str, said: str) -> None:
    site = tmp_path / "site"
    site.mkdir()
    done = run(_plugin(site, text))
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert said in done.stderr
    assert "odd_rules of odd 2.1" in done.stderr


def test_two_may_not_share_a_family(site: Path, tmp_path: Path, run: Run) -> None:
    other = tmp_path / "other"
    other.mkdir()
    _plugin(other, GOOD.replace("ACME001", "ACME002").replace("development-server", "other"))
    done = run(Path(f"{site}{os.pathsep}{other}"), "rules")
    assert done.returncode == 2
    assert (
        "plug-in 'odd' (odd_rules of odd 2.1) may have no rule ACME002: the family ACME is acme-rules 1.0's"
        in done.stderr
    )


def test_one_that_crashes_is_crashed_and_the_rest_goes_on(tmp_path: Path, run: Run) -> None:
    site = tmp_path / "site"
    site.mkdir()
    _plugin(site, GOOD.replace("    for deployment in", "    1 / 0\n    for deployment in"))
    done = run(site, "--isolated", "--select", "ACME,APP", "--format", "json")
    outcomes = {r["code"]: r["outcome"] for r in json.loads(done.stdout)["rules"]}
    assert outcomes["ACME001"] == "crashed"
    assert outcomes["APP004"] == "passed"
    assert done.returncode in {1, 3}


def test_entries_of_one_distribution_share_a_family(tmp_path: Path, run: Run) -> None:
    site = tmp_path / "site"
    site.mkdir()
    _plugin(site, GOOD)
    other = GOOD.replace("ACME001", "ACME002").replace('"development-server"', '"other"')
    (site / "more_rules.py").write_text(other)
    with (site / "odd-2.1.dist-info" / "entry_points.txt").open("a") as file:
        file.write("more = more_rules\n")
    done = run(site, "rules")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("from odd 2.1") == 2


# -- what a configuration names ------------------------------------------------------------------------

NAMED = 'plugins = ["ops.checks"]\n'


def _ops(folder: Path, text: str = GOOD) -> Path:
    """Write a plug-in into the project itself, which tells when it is imported."""
    (folder / "deploycheck.toml").write_text(NAMED)
    (folder / "ops").mkdir()
    (folder / "ops" / "checks.py").write_text(f"open('imported', 'w').close()\n{text}" if text else "")
    return folder / "imported"


def test_code_of_the_project_runs_only_when_who_runs_the_check_allows_it(tmp_path: Path, run: Run) -> None:
    imported = _ops(tmp_path, GOOD.replace("from __future__ import annotations\n", ""))
    refused = run(tmp_path / "nowhere", "--isolated", "--select", "APP")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr == (
        "deploycheck: deploycheck.toml:1:1: plugins: ops.checks is code of the project, and a check runs "
        "none: --allow-plugins lets it, or install it beside deploycheck\n"
    )
    assert not imported.exists()
    allowed = run(
        tmp_path / "nowhere", "--isolated", "--allow-plugins", "--select", "ACME", "--format", "json"
    )
    assert [f["code"] for f in json.loads(allowed.stdout)["findings"]] == ["ACME001"]
    assert imported.exists()
    assert not list(tmp_path.rglob("__pycache__"))
    listed = run(tmp_path / "nowhere", "rules", "--allow-plugins").stdout
    assert "from deploycheck.toml" in listed
    assert (
        "one request after the other"
        in run(tmp_path / "nowhere", "explain", "ACME001", "--allow-plugins").stdout
    )


def test_a_variable_allows_it_too_and_the_file_cannot(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    imported = _ops(tmp_path, "")
    (tmp_path / "deploycheck.toml").write_text(f"allow-plugins = true\n{NAMED}")
    refused = run(tmp_path / "nowhere")
    assert (refused.returncode, imported.exists()) == (2, False)
    assert "unknown key 'allow-plugins'" in refused.stderr
    (tmp_path / "deploycheck.toml").write_text(NAMED)
    monkeypatch.setenv("DEPLOYCHECK_ALLOW_PLUGINS", "1")
    done = run(tmp_path / "nowhere")
    assert done.returncode == 2
    assert "plug-in 'ops.checks' (deploycheck.toml) has no rule" in done.stderr


def test_what_the_project_calls_as_we_do_takes_nobodys_place(tmp_path: Path, run: Run) -> None:
    _ops(tmp_path)
    for name in ("typer", "yaml", "pydantic", "checks"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('the project was imported')\n")
    done = run(tmp_path / "nowhere", "--isolated", "--select", "APP", "--ignore", "APP002")
    assert "the project was imported" not in done.stderr + done.stdout
    assert "plugins: ops.checks is code of the project" in done.stderr


def test_an_entry_point_that_lies_in_the_project_is_not_installed(tmp_path: Path, run: Run) -> None:
    _plugin(tmp_path, "raise SystemExit('the project was imported')\n")
    done = run(tmp_path / "nowhere", "rules")
    assert (done.returncode, done.stderr) == (0, "")
    assert "from odd" not in done.stdout
