"""What the program prints on a terminal of each width, and through a pipe."""

from __future__ import annotations

import errno
import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from tests.cli.conftest import BAD, ROOT, Cli
from tests.fakes import written

_ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
WIDTHS = (80, 120, 200)
COMMANDS = (
    ("{project}", "--isolated"),
    ("{project}", "--isolated", "--verbose"),
    ("debts", "{project}", "--isolated"),
    ("explain", "CORS"),
    ("rules",),
)


def on_terminal(columns: int, *arguments: str, **environment: str) -> str:
    """Run the program on a pseudo-terminal of this width and return all that it was sent."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    base = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "TERM": "xterm"}
    command = [sys.executable, "-m", "deploycheck", *arguments]
    process = subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env={**base, **environment}
    )
    os.close(theirs)
    seen = b""
    while chunk := _read(ours):
        seen += chunk
    os.close(ours)
    process.wait(60)
    return seen.decode().replace("\r\n", "\n")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError as error:  # the last program that had it open has ended
        if error.errno != errno.EIO:
            raise
        return b""


def too_wide(text: str, columns: int) -> list[str]:
    """Return the lines that do not fit, but for quoted source and what a location or a path makes long."""
    return [
        line
        for line in _ESCAPE.sub("", text).split("\n")
        if len(line) > columns and not re.search(r"[\w.-]+/[\w./-]+|[\w-]+\.\w+:\d+|^ *\d* │ ", line)
    ]


@pytest.mark.parametrize("columns", WIDTHS)
@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_no_line_is_wider_than_the_terminal(project: Path, columns: int, arguments: tuple[str, ...]) -> None:
    written(project, BAD)
    text = on_terminal(columns, *(a.format(project=project) for a in arguments))
    assert text.strip()
    assert too_wide(text, columns) == []


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_a_pipe_has_80_columns_and_no_escape(cli: Cli, project: Path, arguments: tuple[str, ...]) -> None:
    written(project, BAD)
    called = [a.format(project=project) for a in arguments]
    outputs = {re.sub(r"[\d.]+ m?s\b", "", cli(*called, env={"COLUMNS": str(c)}).stdout) for c in WIDTHS}
    assert len(outputs) == 1
    (text,) = outputs
    assert "\x1b" not in text
    assert too_wide(text, 80) == []


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
    text = _ESCAPE.sub("", on_terminal(80, str(project), "--isolated", "--select", "CORS001"))
    assert f"{deep}/main.py:5" in text
