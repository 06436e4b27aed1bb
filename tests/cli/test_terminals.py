"""What the program prints on a terminal of each width, and through a pipe."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cli.conftest import BAD, Cli
from tests.cli.screens import on_terminal, plain, too_wide
from tests.fakes import written

WIDTHS = (80, 120, 200)
COMMANDS = (
    ("{project}", "--isolated"),
    ("{project}", "--isolated", "--verbose"),
    ("debts", "{project}", "--isolated"),
    ("config", "{project}"),
    ("explain", "CORS"),
    ("rules",),
)
AT_80 = (("init", "{project}", "--yes"), ("--help",), ("rehearse", "--help"))


@pytest.mark.parametrize("columns", WIDTHS)
@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_no_line_is_wider_than_the_terminal(project: Path, columns: int, arguments: tuple[str, ...]) -> None:
    written(project, BAD)
    text = on_terminal(columns, *(a.format(project=project) for a in arguments))
    assert text.strip()
    assert too_wide(text, columns) == []


@pytest.mark.parametrize("arguments", AT_80, ids=" ".join)
def test_nor_of_what_is_asked_for_once(project: Path, arguments: tuple[str, ...]) -> None:
    written(project, BAD)
    text = on_terminal(80, *(a.format(project=project) for a in arguments))
    assert text.strip()
    assert too_wide(text, 80) == []


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_a_pipe_has_80_columns_and_no_escape(cli: Cli, project: Path, arguments: tuple[str, ...]) -> None:
    written(project, BAD)
    called = [a.format(project=project) for a in arguments]
    outputs = {re.sub(r"[\d.]+ m?s\b", "", cli(*called, env={"COLUMNS": str(c)}).stdout) for c in WIDTHS}
    assert len(outputs) == 1
    (text,) = outputs
    assert "\x1b" not in text
    assert too_wide(text, 80) == []


@pytest.mark.parametrize("columns", [20, 50])
@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_a_narrow_terminal_loses_no_word(project: Path, columns: int, arguments: tuple[str, ...]) -> None:
    written(project, BAD)
    called = [a.format(project=project) for a in arguments]
    narrow, usual = (_words(on_terminal(width, *called)) for width in (columns, 80))
    assert narrow == usual


def _words(text: str) -> str:
    return "".join(re.sub(r"(?m)^[\d.]+ s$", "", plain(text)).split())


def test_prose_fits_a_narrow_terminal() -> None:
    text = on_terminal(40, "explain", "CORS001")
    assert [line for line in text.split("\n") if len(line) > 40] == []


@pytest.mark.parametrize(
    ("environment", "option", "colored"),
    [
        ({}, "auto", True),
        ({"NO_COLOR": "1"}, "auto", False),
        ({"NO_COLOR": ""}, "auto", True),
        ({"TERM": "dumb"}, "auto", False),
        ({"FORCE_COLOR": "0"}, "auto", False),
        ({"NO_COLOR": "1"}, "always", True),
        ({}, "never", False),
    ],
)
def test_color_on_a_terminal(
    project: Path, environment: dict[str, str], option: str, *, colored: bool
) -> None:
    written(project, BAD)
    text = on_terminal(
        80, str(project), "--isolated", "--select", "CORS001", "--color", option, **environment
    )
    assert ("\x1b[" in text) is colored


def test_a_location_is_never_cut(project: Path) -> None:
    deep = "/".join(["a_folder_with_quite_a_long_name"] * 4)
    written(project, {**BAD, f"{deep}/main.py": BAD["main.py"]})
    (project / "main.py").unlink()
    written(project, {"app.yaml": BAD["app.yaml"].replace("main:app", f"{deep.replace('/', '.')}.main:app")})
    text = plain(on_terminal(80, str(project), "--isolated", "--select", "CORS001"))
    assert f"{deep}/main.py:5" in text
