from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from deploycheck import __version__
from deploycheck.reports import FORMATS
from tests.cli.conftest import BAD, GOOD, ROOT, Cli
from tests.fakes import written


def test_the_version_needs_nothing(cli: Cli) -> None:
    code = "import sys; from deploycheck.cli.main import run; run(['--version']); print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    version, modules = done.stdout.splitlines()
    assert version == f"deploycheck {__version__}"
    assert not {"typer", "rich", "pydantic", "yaml", "sqlalchemy"} & set(modules.split())
    assert cli(".", "--version").stdout == f"deploycheck {__version__}\n"


HEAVY = {
    *("sqlalchemy", "alembic", "psycopg", "pydantic", "click", "fastapi", "sqlglot"),
    *("jinja2", "lxml", "jsonschema", "tomlkit", "ruamel.yaml", "rich.progress"),
}


@pytest.mark.parametrize("format_", FORMATS)
def test_a_static_run_imports_nothing_heavy(project: Path, format_: str) -> None:
    written(project, BAD)
    code = (
        "import sys; from deploycheck.cli.main import run\n"
        "code = run([*sys.argv[1:], '--isolated'])\n"
        "sys.stderr.write(' '.join(sorted(sys.modules))); sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(project), "--format", format_],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in {0, 1}, done.stderr
    assert not HEAVY & set(done.stderr.split())


def test_help_shows_everything(cli: Cli) -> None:
    done = cli("--help", env={"COLUMNS": "100"})
    assert done.returncode == 0
    for word in ("--fix-suggestions", "deploycheck rules", "deploycheck explain CODE", "130", "--env-file"):
        assert word in done.stdout
    for command in ("rules", "explain"):
        assert f"Usage: deploycheck {command}" in cli(command, "--help").stdout


def test_every_option_has_its_hint() -> None:
    from deploycheck.cli.apps import app_for
    from deploycheck.cli.usage import OPTIONS

    parameters = vars(app_for([]))["params"]
    known = {o for p in parameters for o in p.opts if o.startswith("--")}
    assert known | {"--help"} == set(OPTIONS)


def test_every_option_of_a_command_of_its_own_has_its_hint() -> None:
    from deploycheck.cli.apps import app_for
    from deploycheck.cli.usage import OF_OTHERS

    commands = vars(app_for(["rules"]))["commands"]
    for name, options in OF_OTHERS.items():
        known = {o for p in commands[name].params for o in p.opts if o.startswith("--")}
        assert known | {"--help"} == set(options)


def test_a_folder_named_like_a_command(cli: Cli, project: Path, tmp_path: Path) -> None:
    written(tmp_path / "elsewhere" / "rules", GOOD)
    assert "· ./rules" not in cli("rules").stdout
    assert cli("./rules", "--select", "CORS001").returncode == 0


def test_the_configuration_of_the_target_counts(cli: Cli, project: Path) -> None:
    written(project, {**BAD, "deploycheck.toml": "select = ['CORS', 'WRK']\nignore = ['CORS001']\n"})
    document = json.loads(cli(str(project), "--format", "json").stdout)
    codes = {rule["code"] for rule in document["rules"]}
    assert "CORS002" in codes
    assert "CORS001" not in codes
    assert all(code.startswith(("CORS", "WRK")) for code in codes)
    only = json.loads(cli(str(project), "--format", "json", "--select", "APP").stdout)
    assert {rule["code"][:3] for rule in only["rules"]} == {"APP"}


def test_select_takes_commas_and_repeats(cli: Cli, project: Path) -> None:
    written(project, GOOD)
    done = cli(str(project), "--format=json", "--select", "cors001,any-origin", "--select", "WRK001")
    assert [rule["code"] for rule in json.loads(done.stdout)["rules"]] == ["CORS001", "WRK001"]


def test_an_env_file_counts(cli: Cli, project: Path, tmp_path: Path) -> None:
    main = BAD["main.py"].replace('["*"]', 'os.environ["ORIGINS"].split(",")')
    written(project, {**BAD, "main.py": f"import os\n{main}"})
    written(tmp_path, {"prod.env": "ORIGINS=*\n", "other.env": "ORIGINS=https://shop.example\n"})
    files = [str(tmp_path / name) for name in ("prod.env", "other.env")]
    only = ("--select", "CORS001", "--isolated")
    assert cli(str(project), *only, "--env-file", files[0]).returncode == 1
    assert cli(str(project), *only, "--env-file", files[0], "--env-file", files[1]).returncode == 0
    shell = {"ORIGINS": "*"}
    assert cli(str(project), *only[:2], env=shell).returncode == 1
    assert cli(str(project), *only, env=shell).returncode == 0


def test_fix_suggestions_are_patches_that_git_takes(cli: Cli, project: Path) -> None:
    written(project, BAD)
    subprocess.run(["git", "init", "-q", str(project)], check=True)
    done = cli(str(project), "--isolated", "--format", "json")
    patches = [f["patch"] for f in json.loads(done.stdout)["findings"] if f["patch"]]
    assert patches
    for patch in patches:
        subprocess.run(["git", "apply", "--check", "-"], cwd=project, input=patch.encode(), check=True)
    shown = cli(str(project), "--isolated", "--fix-suggestions").stdout
    assert all(patch in shown for patch in patches)


@pytest.mark.parametrize("format_", FORMATS)
def test_the_same_tree_gives_the_same_bytes(cli: Cli, project: Path, format_: str) -> None:
    written(project, BAD)
    worlds = (
        {"PYTHONHASHSEED": "0", "LC_ALL": "C", "TZ": "UTC"},
        {"PYTHONHASHSEED": "4242", "LC_ALL": "de_DE.UTF-8", "TZ": "Asia/Tokyo", "COLUMNS": "200"},
    )
    outputs = {
        _without_time(cli(str(project), "--isolated", "--format", format_, env=e).stdout) for e in worlds
    }
    assert len(outputs) == 1


def _without_time(text: str) -> str:
    lines = text.split("\n")
    return "\n".join(line for line in lines if '"seconds"' not in line and not line.endswith(" s"))


def test_ascii_stdout_is_no_crash(cli: Cli, project: Path) -> None:
    done = cli(str(written(project, BAD)), "--isolated", env={"PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"})
    assert done.returncode == 1
    assert done.stdout.isascii()


def test_forced_color_and_none(cli: Cli, project: Path) -> None:
    written(project, GOOD)
    assert "\x1b[" in cli(str(project), env={"FORCE_COLOR": "1"}).stdout
    assert "\x1b[" not in cli(str(project), env={"FORCE_COLOR": "0"}).stdout
    assert "\x1b[" not in cli(str(project), "--color=never", env={"FORCE_COLOR": "1"}).stdout


def test_the_installed_command_is_the_same() -> None:
    script = Path(sys.executable).parent / "deploycheck"
    if not script.exists():
        pytest.skip("deploycheck is not installed in this environment")
    done = subprocess.run(
        [script, "--version"], capture_output=True, text=True, check=True, env=dict(os.environ)
    )
    assert done.stdout == f"deploycheck {__version__}\n"
