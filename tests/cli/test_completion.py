"""Completion, in the shells themselves."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from deploycheck.reports import FORMATS
from deploycheck.rules import load
from tests.cli.conftest import Cli

CODES = set(load().by_code)


@pytest.fixture
def script(cli: Cli, tmp_path: Path) -> Path:
    done = cli("completion", "bash")
    assert (done.returncode, done.stderr) == (0, "")
    file = tmp_path / "completion.bash"
    file.write_text(done.stdout)
    return file


def _completed(script: Path, *words: str) -> set[str]:
    """Return what bash offers for the last of some words."""
    quoted = " ".join(f"'{word}'" for word in ("deploycheck", *words))
    program = (
        f"source {script}\nCOMP_WORDS=({quoted})\nCOMP_CWORD={len(words)}\n"
        "_deploycheck\nprintf '%s\\n' \"${COMPREPLY[@]}\"\n"
    )
    done = subprocess.run(
        ["bash", "--norc", "--noprofile", "-c", program],
        cwd=script.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    return set(done.stdout.split())


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (("reh",), {"rehearse"}),
        (("--fail-on", ""), {"critical", "high", "medium", "low"}),
        (("--fail-on", "=", "cr"), {"critical"}),
        (("--format", ""), set(FORMATS)),
        (("--format", "=", ""), set(FORMATS)),
        (("rules", "--format", ""), {"terminal", "json"}),
        (("--color", "a"), {"auto", "always"}),
        (("--select", "CORS00"), {c for c in CODES if c.startswith("CORS00")}),
        (("--select", "ENV001,CORS00"), {f"ENV001,{c}" for c in CODES if c.startswith("CORS00")}),
        (("explain", "VER"), {"VER", *(c for c in CODES if c.startswith("VER"))}),
        (("--fail",), {"--fail-on"}),
        (("rehearse", "--back"), {"--backend"}),
        (("rehearse", "--backend", ""), {"postgresql", "sqlite"}),
        (("completion", ""), {"bash", "zsh", "fish"}),
        (
            ("new-rule", "--debt", "DEPLOY-1"),
            {"DEPLOY-1", "DEPLOY-10", "DEPLOY-11", "DEPLOY-12", "DEPLOY-13"},
        ),
        (("--profile", ""), set()),
    ],
)
def test_what_bash_offers(script: Path, words: tuple[str, ...], offered: set[str]) -> None:
    assert _completed(script, *words) == offered


def test_folders_and_files_are_the_shells_own(script: Path) -> None:
    (script.parent / "shop").mkdir()
    (script.parent / "shop.env").write_text("")
    assert _completed(script, "sho") == {"shop"}
    assert _completed(script, "--env-file", "sho") == {"shop", "shop.env"}
    assert {"rules", "shop"} <= _completed(script, "")


def test_every_option_of_the_help_is_offered(script: Path, cli: Cli) -> None:
    import re

    told = set(re.findall(r"--[a-z][a-z-]+", cli("--help").stdout.split("Other commands")[0]))
    assert told - _completed(script, "--") <= {"--config"}


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_is_what_the_shell_takes(cli: Cli, tmp_path: Path, shell: str) -> None:
    text = cli("--show-completion", shell).stdout
    assert text == cli("completion", shell).stdout
    assert "CORS001" in text
    if shutil.which(shell) is None:
        pytest.skip(f"no {shell} here")
    file = tmp_path / "script"
    file.write_text(text)
    subprocess.run([shell, "-n", file], check=True)


def test_an_unknown_shell_is_refused(cli: Cli) -> None:
    done = cli("completion", "bsh")
    assert (done.returncode, done.stdout) == (2, "")
    assert "did you mean bash?" in done.stderr
    assert cli("--show-completion").returncode == 2
