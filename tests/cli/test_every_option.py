"""Whatever is given to any option of any command: one plain line, a documented exit code, no traceback.

The cases are made from the commands' own options, so that a new option is covered by itself.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import pytest

from deploycheck.cli.apps import app_for
from deploycheck.cli.asking import Asked, Shown
from deploycheck.cli.main import COMMANDS, run
from deploycheck.cli.settings import variable_of
from deploycheck.configuration import Configuration
from tests.cli.conftest import GOOD
from tests.cli.test_failures import shell
from tests.cli.test_secrets import S
from tests.fakes import written

ARGUMENTS = {
    "": ["shop"],
    "explain": ["CORS001"],
    "completion": ["bash"],
    "new-rule": ["SHOP001", "a-rule"],
    "rules": [],
}
"""What each command takes; a folder where nothing stands here."""

VALUES = (
    "",
    "folder",
    "binary",
    "utf16",
    "nowhere/x",
    "9" * 400,
    "-1",
    "[bold]\x1b[31m\nx[/]",
    "\udcff",
    f"postgresql://app:{S}@[",
    "x" * 5000,
)
FILES = ("json=folder", "json=nowhere/x", "json=/dev/full", f"json={'x' * 300}", "json=binary/x")


def parameters() -> Iterator[Any]:
    """Yield every argument and option of every command, with the command's name."""
    for name in ("", *COMMANDS):
        application: Any = app_for([name] if name else [])
        command = application.commands[name] if name else application
        for each in command.params:
            yield pytest.param(name, each, id=f"{name or 'check'} {max(each.opts, key=len)}")


@dataclass(frozen=True)
class Ended:
    arguments: list[str]
    code: int
    out: str
    err: str

    @property
    def problem(self) -> str:
        """What is wrong with how it ended, or nothing."""
        told = self.out + self.err
        lines = self.err.count("\n")
        if self.code not in range(5):
            return f"exit code {self.code}"
        if "Traceback" in told or "fault of deploycheck" in told:
            return "a crash"
        if S in told:
            return "a secret is told"
        if "\x1b" in told:
            return "a terminal would act on it"
        if self.code == 2 and (lines != 1 or not self.err.startswith("deploycheck: ")):
            return "not one line that says what is wrong"
        return "too many lines" if lines > 1 else ""


@pytest.fixture
def ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Iterator[Any]:
    """Run a command line in a folder with files of every kind."""
    written(tmp_path, {"binary": bytes(range(256)), "utf16": "A=1\n".encode("utf-16"), "folder/x": ""})
    written(tmp_path / "shop", {**GOOD, ".git/HEAD": ""})
    for name in os.environ:
        if name.startswith(("DEPLOYCHECK_", "PG", "GIT_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("DEPLOYCHECK_SELECT", "CORS001")
    monkeypatch.chdir(tmp_path)

    def ran(arguments: list[str]) -> Ended:
        code = run(arguments)
        out, err = capfd.readouterr()
        return Ended([a[:40] for a in arguments], code, out, err)

    yield ran
    gc.enable()


def _files(root: Path) -> list[str]:
    return sorted(str(p.relative_to(root)) for p in root.rglob("*"))


def lines_for(name: str, parameter: Any) -> Iterator[list[str]]:
    """Yield command lines that give one parameter each bad value."""
    given = ARGUMENTS.get(name, ["shop"])
    command = [name] if name else []
    option = max(parameter.opts, key=len)
    if parameter.param_type_name == "argument":
        places = {"code": 0, "path": 0, "shell": 0, "name": 1}
        at = places[parameter.name]
        yield from ([*command, *given[:at], value, *given[at + 1 :]] for value in VALUES)
    elif parameter.is_flag:
        yield from ([*command, *given, f"{option}={value}"] for value in ("", "x"))
    else:
        values = (*VALUES, *FILES) if option == "--format" else VALUES
        yield from ([*command, *given, option, value] for value in values)
        yield from ([*command, *given, option, "x", option, "y"], [*command, *given, option])


@pytest.mark.parametrize(("name", "parameter"), list(parameters()))
def test_an_option_takes_or_refuses_anything(ended: Any, tmp_path: Path, name: str, parameter: Any) -> None:
    before = _files(tmp_path)
    every = [ended(line) for line in lines_for(name, parameter)]
    assert every
    assert [(each.arguments, each.problem, each.err) for each in every if each.problem] == []
    assert _files(tmp_path) == before


@pytest.mark.parametrize("field", [*fields(Asked), *fields(Shown)], ids=lambda field: str(field.name))
def test_a_variable_takes_or_refuses_anything(
    ended: Any, monkeypatch: pytest.MonkeyPatch, field: Any
) -> None:
    monkeypatch.delenv("DEPLOYCHECK_SELECT")
    every = []
    for value in VALUES:
        monkeypatch.setenv(variable_of(field), value)
        every += [ended(["shop", *([] if field.name == "select" else ["--select", "CORS001"])])]
    assert [(each.arguments, each.problem, each.err) for each in every if each.problem] == []


TOML = (
    *('""', '"a\\u0000b"', '"\\u001b[31m"', f'"{"x" * 5000}"', '"nowhere/x"', '"folder"', '"../../.."'),
    *(
        "-1",
        "0",
        "9" * 400,
        "1e400",
        "nan",
        "true",
        "2024-01-01",
        "[]",
        "{}",
        "[[]]",
        '["a\\u0000b"]',
        '[""]',
    ),
    *('["nowhere/x"]', '["folder"]', '["[", "**/x["]', '{x = "a"}', '{"a\\u0000b" = ["CORS001"]}', "[{}]"),
)


@pytest.mark.parametrize("key", [*Configuration.KEYS, "profiles", "targets"])
def test_a_key_takes_or_refuses_anything(ended: Any, tmp_path: Path, key: str) -> None:
    every = []
    for value in TOML:
        written(tmp_path / "shop", {"deploycheck.toml": f"{key} = {value}\n"})
        every += [(value[:40], ended(line)) for line in (["shop"], ["config", "shop"])]
    assert [(value, each.arguments, each.problem, each.err) for value, each in every if each.problem] == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
@pytest.mark.parametrize("option", ["--env-file", "--baseline"])
def test_a_file_that_may_not_be_read(ended: Any, tmp_path: Path, option: str) -> None:
    (tmp_path / "binary").chmod(0)
    end = ended(["shop", option, "binary"])
    assert (end.code, end.problem) == (2, "")


@pytest.mark.parametrize("name", ["", *COMMANDS])
@pytest.mark.parametrize(("where", "code"), [(">/dev/full", 3), (">&-", 0)])
def test_an_output_that_takes_nothing(tmp_path: Path, name: str, where: str, code: int) -> None:
    written(tmp_path / "shop", GOOD)
    if name == "new-rule":
        written(
            tmp_path,
            {"pyproject.toml": '[project]\nname = "rules-of-ours"\n', "rules_of_ours/__init__.py": ""},
        )
    arguments = " ".join([name, *ARGUMENTS.get(name, ["shop"])])
    done = shell(f"export DEPLOYCHECK_SELECT=CORS001; $D {arguments} {where}", tmp_path)
    assert done.returncode == code, done.stderr
    full = "deploycheck: stdout cannot be written: No space left on device\n"
    assert done.stderr.replace("deploycheck: rehearsing", "") == (full if code else "")
