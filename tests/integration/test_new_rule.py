"""`new-rule` for real: what it writes is installed, tested by its own test, and run."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "fixtures" / "plugin"
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    return Path(shutil.copytree(EXAMPLE, tmp_path / "plugin", ignore=shutil.ignore_patterns("__pycache__")))


def _run(folder: Path, *words: str, path: str = "") -> subprocess.CompletedProcess[str]:
    paths = [p for p in (path, str(ROOT)) if p]
    return subprocess.run(
        [sys.executable, "-m", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_what_it_writes_for_a_plugin_passes_its_own_test_and_finds(plugin: Path, tmp_path: Path) -> None:
    done = _run(plugin, "deploycheck", "new-rule", "ACME002", "slow-start", "--severity", "high")
    assert (done.returncode, done.stderr) == (0, "")
    *_, line = done.stdout.splitlines()
    assert line == 'acme002 = "acme_rules.slow_start"'
    tested = _run(plugin, "pytest", "-q", "-p", "no:cacheprovider", path=str(plugin / "src"))
    assert tested.returncode == 0, tested.stdout
    assert "3 passed" in tested.stdout
    text = (plugin / "pyproject.toml").read_text()
    (plugin / "pyproject.toml").write_text(
        text.replace('acme = "acme_rules"', f'acme = "acme_rules"\n{line}')
    )
    site = tmp_path / "site"
    pip = ["pip", "install", "-q", "--no-deps", "--no-build-isolation", "--no-index", "--target", str(site)]
    installed = _run(tmp_path, *pip, str(plugin))
    assert installed.returncode == 0, installed.stderr
    bad = plugin / "tests" / "rules" / "ACME002" / "bad"
    options = ("--isolated", "--select", "ACME002", "--format", "json")
    ran = _run(bad, "deploycheck", *options, path=str(site))
    [finding] = json.loads(ran.stdout)["findings"]
    assert (finding["code"], finding["severity"]) == ("ACME002", "high")
    assert (finding["location"]["path"], finding["location"]["line"]) == ("app.yaml", 2)


def test_a_plugin_without_a_package_gets_one(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "shop-rules"\nversion = "1"\n')
    done = _run(tmp_path, "deploycheck", "new-rule", "SHOP001", "slow-start")
    assert (done.returncode, done.stderr) == (0, "")
    assert 'shop001 = "shop_rules.slow_start"' in done.stdout
    assert (tmp_path / "shop_rules" / "__init__.py").is_file()
    assert _run(tmp_path, "pytest", "-q", "-p", "no:cacheprovider", path=str(tmp_path)).returncode == 0


def test_a_rule_of_the_project_itself_runs_where_that_is_allowed(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("from flask import Flask\n\napp = Flask(__name__)\n")
    (tmp_path / "app.yaml").write_text("command: [flask, run]\n")
    refused = _run(tmp_path, "deploycheck", "new-rule", "SHOP001", "slow-start")
    assert refused.returncode == 2
    assert "--local" in refused.stderr
    done = _run(tmp_path, "deploycheck", "new-rule", "SHOP001", "slow-start", "--local")
    assert (done.returncode, done.stderr) == (0, "")
    line = next(line for line in done.stdout.splitlines() if line.startswith("plugins = "))
    (tmp_path / "deploycheck.toml").write_text(f"{line}\n")
    tested = _run(tmp_path, "pytest", "-q", "-p", "no:cacheprovider")
    assert tested.returncode == 0, tested.stdout
    options = ("--isolated", "--allow-plugins", "--select", "SHOP001", "--format", "json")
    [finding] = json.loads(_run(tmp_path, "deploycheck", *options).stdout)["findings"]
    assert (finding["code"], finding["location"]["path"]) == ("SHOP001", "app.yaml")
    second = _run(tmp_path, "deploycheck", "new-rule", "SHOP002", "another-start", "--local")
    assert (second.returncode, second.stderr) == (0, "")


def test_the_generated_test_fails_when_the_rule_is_wrong(plugin: Path) -> None:
    assert _run(plugin, "deploycheck", "new-rule", "ACME002", "slow-start").returncode == 0
    module = plugin / "src" / "acme_rules" / "slow_start.py"
    module.write_text(module.read_text().replace("not server.production", "server.production"))
    tested = _run(plugin, "pytest", "-q", "-p", "no:cacheprovider", path=str(plugin / "src"))
    assert tested.returncode == 1
    assert "2 failed" in tested.stdout


def test_what_it_writes_is_clean(plugin: Path) -> None:
    assert _run(plugin, "deploycheck", "new-rule", "ACME002", "slow-start").returncode == 0
    written = ["src/acme_rules/slow_start.py", "tests/test_acme002.py"]
    assert (
        _run(plugin, "ruff", "format", "--isolated", "--check", "--line-length", "110", *written).returncode
        == 0
    )
    assert _run(plugin, "ruff", "check", "--isolated", *written).returncode == 0
    typed = _run(plugin, "mypy", "--strict", "src/acme_rules/slow_start.py", path=str(plugin / "src"))
    assert typed.returncode == 0, typed.stdout


def test_what_it_writes_for_us_is_a_rule_of_ours(tmp_path: Path) -> None:
    repository = tmp_path / "deploycheck"
    repository.mkdir()
    shutil.copy(ROOT / "pyproject.toml", repository)
    skip = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "deploycheck", repository / "deploycheck", ignore=skip)
    refused = _run(repository, "deploycheck", "new-rule", "WRK099", "one-more")
    assert (refused.returncode, "--debt" in refused.stderr) == (2, True)
    done = _run(repository, "deploycheck", "new-rule", "WRK099", "one-more", "--debt", "DEPLOY-4")
    assert (done.returncode, done.stderr) == (0, "")
    line = done.stdout.splitlines()[-1]
    modules = repository / "deploycheck" / "checks" / "__init__.py"
    modules.write_text(
        modules.read_text().replace('    "wrk.processes",\n', f'{line}\n    "wrk.processes",\n')
    )
    code = (
        "from pathlib import Path; from deploycheck.rules import load; "
        "from deploycheck.testing import expected, found; rule = load().matching('WRK099')[0]; "
        "cases = [Path('fixtures/rules/WRK099', k) for k in ('bad', 'good')]; "
        "print([(found(rule, c), expected(rule, c)) for c in cases])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        cwd=repository,
        env={**os.environ, "PYTHONPATH": str(repository)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.strip() == "[(('app.yaml:2',), ('app.yaml:2',)), ((), ())]"


@pytest.mark.parametrize(
    ("code", "name", "said"),
    [
        ("CORS099", "any", "the family CORS is deploycheck's: take other letters"),
        ("CORS001", "any", "CORS001 is in use: any-origin of deploycheck"),
        ("acme2", "any", "is not a rule code"),
        ("ACME002", "Any Thing", "is not a rule name"),
        ("ACME002", "2-many", "begin with a letter"),
        ("ACME002", "class", "cannot name a function"),
    ],
)
def test_what_is_taken_or_ill_formed_is_refused(plugin: Path, code: str, name: str, said: str) -> None:
    before = sorted(plugin.rglob("*"))
    done = _run(plugin, "deploycheck", "new-rule", code, name)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert sorted(plugin.rglob("*")) == before


def test_nothing_is_overwritten(plugin: Path) -> None:
    test = plugin / "tests" / "test_acme002.py"
    test.parent.mkdir()
    test.write_text("# mine\n")
    before = sorted(plugin.rglob("*"))
    done = _run(plugin, "deploycheck", "new-rule", "ACME002", "slow-start")
    assert done.returncode == 2
    assert done.stderr == "deploycheck: tests/test_acme002.py is already there: nothing was written\n"
    assert (test.read_text(), sorted(plugin.rglob("*"))) == ("# mine\n", before)


def test_a_folder_that_is_no_plugin_is_refused(tmp_path: Path) -> None:
    done = _run(tmp_path, "deploycheck", "new-rule", "ACME002", "slow-start")
    assert done.returncode == 2
    assert done.stderr.startswith("deploycheck: no pyproject.toml here: go to the folder of a plug-in, or ")
