"""A pseudo-terminal to run the program on, and what stands on its screen in the end."""

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
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.cli.conftest import ROOT

ESCAPE = re.compile(r"\x1b\[([0-9;?]*)([A-Za-z])")


@dataclass(frozen=True)
class Shown:
    """What a terminal was sent, what a pipe beside it got, and the exit code."""

    sent: str
    piped: str
    code: int


def on_terminal(columns: int, *arguments: str, **environment: str) -> str:
    """Run the program on a pseudo-terminal of this width and return all that it was sent."""
    return shown_on(columns, *arguments, environment=environment).sent


def shown_on(
    columns: int,
    *arguments: str,
    pipe: str = "",
    at: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Shown:
    """Run the program on a pseudo-terminal; `pipe` names the stream that goes through a pipe instead."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    base = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "TERM": "xterm"}
    streams: dict[str, Any] = {"stdin": theirs, "stdout": theirs, "stderr": theirs}
    if pipe:
        streams[pipe] = subprocess.PIPE
    command = [sys.executable, "-m", "deploycheck", *arguments]
    with subprocess.Popen(command, cwd=at, env={**base, **(environment or {})}, **streams) as process:
        os.close(theirs)
        seen = b""
        while chunk := _read(ours):
            seen += chunk
        os.close(ours)
        piped = getattr(process, pipe).read() if pipe else b""
        code = process.wait(60)
    return Shown(seen.decode().replace("\r\n", "\n"), piped.decode(), code)


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError as error:  # the last program that had it open has ended
        if error.errno != errno.EIO:
            raise
        return b""


def plain(text: str) -> str:
    """Return text without what a terminal acts on."""
    return ESCAPE.sub("", text)


def left_on_screen(sent: str) -> str:
    """Return what stands on an endless screen after all of it: lines up, line ends, erased lines."""
    lines, row, column = [""], 0, 0
    for escape, letter, one in re.findall(r"\x1b\[([0-9;?]*)([A-Za-z])|([\s\S])", sent):
        if letter == "A":
            row = max(0, row - int(escape or 1))
        elif letter == "K":
            lines[row] = "" if escape == "2" else lines[row][:column]
        elif one == "\n":
            row, column = row + 1, 0
            lines += [""] * (row + 1 - len(lines))
        elif one == "\r":
            column = 0
        elif one:
            lines[row] = f"{lines[row][:column]:<{column}}{one}{lines[row][column + 1 :]}"
            column += 1
    return "\n".join(lines)


def too_wide(text: str, columns: int) -> list[str]:
    """Return the lines that do not fit, but for quoted source and what a location or a path makes long."""
    return [
        line
        for line in plain(text).split("\n")
        if len(line) > columns and not re.search(r"[\w.-]+/[\w./-]+|[\w-]+\.\w+:\d+|^ *\d* │ ", line)
    ]
