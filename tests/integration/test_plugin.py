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
    assert "ACME001   high      development-server" in run(site, "rules").stdout
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


GOOD = (EXAMPLE / "src" / "acme_rules" / "__init__.py").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import nowhere_to_be_found\n", "ModuleNotFoundError: No module named 'nowhere_to_be_found'"),
        ("raise ZeroDivisionError('on import')\n", "ZeroDivisionError: on import"),
        ("def x(:\n", "SyntaxError"),
        ("DEPLOYCHECK_API = 99\n", "is written for API 99, and this deploycheck has 1"),
        (GOOD.replace("ACME001", "CORS900"), "may have no rule CORS900: the family CORS is deploycheck's"),
        (GOOD.replace("**Fix.**", "Fix:"), "the docstring of ACME001 (odd_rules) has no Fix"),
    ],
)
def test_a_broken_one_is_one_line_that_names_it(tmp_path: Path, run: Run, text: str, said: str) -> None:
    site = tmp_path / "site"
    site.mkdir()
    done = run(_plugin(site, text))
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert said in done.stderr
    assert "docstring" in said or "odd_rules of odd 2.1" in done.stderr


def test_two_may_not_share_a_family(site: Path, tmp_path: Path, run: Run) -> None:
    other = tmp_path / "other"
    other.mkdir()
    _plugin(other, GOOD.replace("ACME001", "ACME002").replace("development-server", "other"))
    done = run(Path(f"{site}{os.pathsep}{other}"), "rules")
    assert done.returncode == 2
    assert (
        "may have no rule ACME002: the family ACME is plug-in 'acme' (acme_rules of acme-rules 1.0)'s"
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
