"""Secrets where nobody looks for one: in what a rehearsal runs, in our own files, in a rule that crashes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from deploycheck.reports import FORMATS
from tests.cli.conftest import BAD, Cli
from tests.cli.test_rehearse import MAKE, history
from tests.cli.test_secrets import S
from tests.fakes import written

URL = f"postgresql://app:{S}@db.example/prod"
FILES = [name for name in FORMATS if name != "terminal"]
EVERYWHERE = ("--format", ",".join(["terminal", *(f"{name}=out.{name}" for name in FILES)]))

PLUGIN = """\
from deploycheck.findings import Severity
from deploycheck.rules import Reads, rule

{begin}
@rule("OPS001", "ops-rule", severity=Severity.HIGH, debt="DEPLOY-1", reads=Reads.NOTHING)
def ops_rule(project):
    \"\"\"Production will do something.

    **Why.** It is so.

    **Fix.** Do otherwise.

    **Silent when** it is not.

    Source: https://example.org
    \"\"\"
    password = "{S}"
    raise RuntimeError("password={S} at {URL}")
    yield
"""


def told(cli: Cli, tmp_path: Path, *arguments: str) -> str:
    """Run a command that ends without a traceback of Python's own, and return all that it gave out."""
    done = cli(*arguments)
    assert done.returncode in {0, 1, 2, 3}, done.stderr
    assert "fault of deploycheck: " not in done.stderr
    written_too = [p.read_text(encoding="utf-8") for p in (tmp_path / "elsewhere").iterdir()]
    return "\n".join([done.stdout, done.stderr, *written_too])


@pytest.mark.parametrize("option", [(), ("--verbose",), ("--fix-suggestions",)], ids=str)
def test_what_a_rehearsal_runs(cli: Cli, project: Path, tmp_path: Path, option: tuple[str, ...]) -> None:
    role = f"\"CREATE ROLE app PASSWORD '{S}'\""
    history(project, MAKE, (f"op.execute({role})", f"op.execute('x {URL}')"), url="sqlite:///shop.db")
    env = project / "migrations" / "env.py"
    env.write_text(f'PASSWORD = "{S}"\nURL = "{URL}"\n{env.read_text(encoding="utf-8")}', encoding="utf-8")
    text = told(cli, tmp_path, "rehearse", str(project), "--isolated", *EVERYWHERE, *option)
    assert "MIG201" in text
    assert S not in text


def test_an_env_py_that_raises_with_it(cli: Cli, project: Path, tmp_path: Path) -> None:
    history(project, MAKE)
    (project / "migrations" / "env.py").write_text(f"raise RuntimeError('cannot reach {URL}')\n")
    text = told(cli, tmp_path, "rehearse", str(project), "--isolated", "--verbose", *EVERYWHERE)
    assert "cannot reach postgresql://app:***@db.example/prod" in text
    assert S not in text


@pytest.mark.parametrize(
    "case",
    [
        (f'pasword = "{S}"\n', "unknown key 'pasword'"),
        (f'database-url = "{URL}"\n', "unknown key 'database-url'"),
        (f'"{URL}" = 1\n', "unknown key"),
        (f'fail-on = "{S}"\n', "fail-on must be one of"),
        (f'select = ["{URL}"]\n', "unknown rule"),
        (f'environment = {{SECRET_KEY = ["{S}"]}}\n', "SECRET_KEY"),
        (f'password = "{S}\n', "deploycheck.toml:1"),
        (f'env-files = ["{URL}"]\n', "shop/postgresql:/app:***@db.example"),
        (f'baseline = "{URL}"\n', "baseline"),
        (f'plugins = ["{S}"]\n', "plugins"),
        (f'suppress = [{{rule = "CORS001", path = "a", reason = "password={S}", util = 1}}]\n', "util"),
        (f'[profiles."{URL}"]\n', "profiles"),
    ],
)
@pytest.mark.parametrize("command", ["", "config", "debts"])
def test_a_configuration_that_is_refused(
    cli: Cli, project: Path, tmp_path: Path, command: str, case: tuple[str, str]
) -> None:
    configuration, said = case
    written(project, {**BAD, "deploycheck.toml": configuration})
    text = told(cli, tmp_path, *([command] if command else []), str(project))
    assert said in text
    assert S not in text


@pytest.mark.parametrize("name", ["deploycheck.toml", "pyproject.toml"])
@pytest.mark.parametrize(
    "arguments",
    [
        ("{project}", "--verbose", *EVERYWHERE),
        ("{project}", "--verbose", "--show-suppressed"),
        ("{project}", "--fix-suggestions=patch"),
        ("{project}", "--show-files"),
        ("config", "{project}"),
        ("config", "{project}", "--format", "json"),
    ],
    ids=lambda arguments: " ".join(arguments)[:50],
)
def test_a_configuration_that_is_taken(
    cli: Cli, project: Path, tmp_path: Path, name: str, arguments: tuple[str, ...]
) -> None:
    keys = (
        f'backups = "nightly, password={S}"\nrate-limits = "{URL}"\n'
        f'environment = {{SECRET_KEY = "{S}", DATABASE_URL = "{URL}", PGPASSWORD = "{S}"}}\n'
        f'suppress = [{{rule = "CORS001", path = "main.py", reason = "see {URL}, password={S}"}}]\n'
    )
    head = "[tool.deploycheck]\n" if name == "pyproject.toml" else ""
    code = f"{BAD['main.py']}ECHO = True  # deploycheck: ignore[APP001] password={S} of {URL}\n"
    written(project, {**BAD, name: head + keys, "main.py": code})
    text = told(cli, tmp_path, *(a.format(project=project) for a in arguments))
    assert S not in text


@pytest.mark.parametrize("line", [f"SECRET_KEY {S}", f"password={S}", f"# {URL}\n{URL}"])
@pytest.mark.parametrize("extra", [(), ("--write-baseline",)], ids=str)
def test_a_baseline_of_other_things(
    cli: Cli, project: Path, tmp_path: Path, line: str, extra: tuple[str, ...]
) -> None:
    written(project, {**BAD, "known.txt": f"{line}\n"})
    given = ("--baseline", str(project / "known.txt"), *extra)
    text = told(cli, tmp_path, str(project), "--isolated", "--verbose", *EVERYWHERE, *given)
    assert "known.txt:" in text
    assert S not in text


@pytest.mark.parametrize("line", [f"SECRET_KEY {S}", f"export {URL}", f"PASSWORD='{S}", f"={S}", f"\x00{S}"])
def test_an_env_file_with_odd_lines(cli: Cli, project: Path, tmp_path: Path, line: str) -> None:
    written(project, {**BAD, "prod.env": f"A=1\n{line}\n"})
    given = ("--env-file", str(project / "prod.env"))
    text = told(cli, tmp_path, str(project), "--verbose", *EVERYWHERE, *given)
    assert re.search(r"prod\.env", text)
    assert S not in text


@pytest.mark.parametrize(
    "begin", ["", f'raise RuntimeError("password={S} at {URL}")\n'], ids=["run", "import"]
)
def test_a_plug_in_that_crashes(cli: Cli, project: Path, tmp_path: Path, begin: str) -> None:
    plugin = PLUGIN.format(begin=begin, S=S, URL=URL)
    written(project, {**BAD, "deploycheck.toml": 'plugins = ["ops"]\n', "ops.py": plugin})
    text = told(cli, tmp_path, str(project), "--isolated", "--allow-plugins", "--verbose", *EVERYWHERE)
    assert "RuntimeError" in text
    assert S not in text


def test_a_patch_shows_no_secret_of_the_lines_around_it(cli: Cli, project: Path, tmp_path: Path) -> None:
    lines = BAD["main.py"].replace("app = FastAPI()\n", f'SECRET_KEY = "{S}"\napp = FastAPI()\n')
    written(project, {**BAD, "main.py": lines})
    for how in ("--fix-suggestions", "--fix-suggestions=patch"):
        text = told(cli, tmp_path, str(project), "--isolated", "--select", "CORS001", how)
        assert S not in text
