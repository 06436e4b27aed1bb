"""Completion, in the shells themselves."""

from __future__ import annotations

import os
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


FISH = [
    (("ex",), {"explain"}),
    (("--quiet", "re"), set()),
    (("explain", "CORS00"), {c for c in CODES if c.startswith("CORS00")}),
    (("--fail-on", "c"), {"critical"}),
    (("--fail-on=c",), {"--fail-on=critical"}),
    (("--format", ""), set(FORMATS)),
    (("--format", "json,sar"), {"json,sarif"}),
    (("--select", "ENV001,CORS00"), {f"ENV001,{c}" for c in CODES if c.startswith("CORS00")}),
    (("rehearse", "--back"), {"--backend"}),
    (("rehearse", "--backend", ""), {"postgresql", "sqlite"}),
    (("completion", ""), {"bash", "zsh", "fish"}),
    (("--profile", ""), set()),
]


@pytest.mark.skipif(shutil.which("fish") is None, reason="no fish here")
@pytest.mark.parametrize(("words", "offered"), FISH)
def test_what_fish_offers(cli: Cli, tmp_path: Path, words: tuple[str, ...], offered: set[str]) -> None:
    file = tmp_path / "script.fish"
    made = cli("completion", "fish")
    assert (made.returncode, made.stderr) == (0, "")
    file.write_text(made.stdout)
    line = " ".join(("deploycheck", *words))
    done = subprocess.run(
        ["fish", "--no-config", "-c", f"source {file}; complete -C '{line}'"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    told = {row.partition("\t")[0] for row in done.stdout.splitlines()}
    assert {word for word in told if not word.endswith(("/", ".fish"))} == offered


@pytest.mark.skipif(shutil.which("zsh") is None, reason="no zsh here")
@pytest.mark.parametrize(
    ("line", "completed"),
    [
        ("deploycheck reh", "deploycheck rehearse"),
        ("deploycheck --fail-o", "deploycheck --fail-on"),
        ("deploycheck --fail-on cr", "deploycheck --fail-on critical"),
        ("deploycheck --fail-on=cr", "deploycheck --fail-on=critical"),
        ("deploycheck --format json,sar", "deploycheck --format json,sarif"),
        ("deploycheck explain VER00", "deploycheck explain VER00"),
        ("deploycheck --env-file onl", "deploycheck --env-file only.env"),
    ],
)
def test_what_zsh_makes_of_a_line(cli: Cli, tmp_path: Path, line: str, completed: str) -> None:
    script = tmp_path / "completion.zsh"
    script.write_text(cli("completion", "zsh").stdout)
    (tmp_path / "only.env").write_text("")
    assert _typed_in_zsh(script, line) == completed


def _typed_in_zsh(script: Path, line: str) -> str:
    """Type a line and a tab in a real zsh on a pseudo-terminal, and return what stands there then."""
    master, slave = os.openpty()
    shell = subprocess.Popen(
        ["zsh", "-f", "-i"],
        cwd=script.parent,
        env={"PATH": os.environ["PATH"], "HOME": str(script.parent), "TERM": "dumb"},
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
    )
    os.close(slave)
    try:
        begin = f"PS1=; autoload -Uz compinit; compinit -u -D; source {script}; bindkey '^I' complete-word\n"
        # The widget leaves the line in a file: what a terminal shows of it depends on too much.
        save = "save() { print -r -- $BUFFER > typed; exit }; zle -N save; bindkey '^X' save; print REA''DY\n"
        os.write(master, (begin + save).encode())
        _wait_for(master, b"READY")
        os.write(master, f"{line}\t\x18".encode())
        shell.wait(timeout=60)
    finally:
        shell.kill()
        shell.wait()
        os.close(master)
    return (script.parent / "typed").read_text().strip()


def _wait_for(terminal: int, words: bytes) -> None:
    seen = b""
    while words not in seen:
        seen += os.read(terminal, 4096)


def test_an_unknown_shell_is_refused(cli: Cli) -> None:
    done = cli("completion", "bsh")
    assert (done.returncode, done.stdout) == (2, "")
    assert "did you mean bash?" in done.stderr
    assert cli("--show-completion").returncode == 2
