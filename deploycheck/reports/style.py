"""How output may look where it goes: colour, width, glyphs. Decided by us, and never by a library."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TextIO

NARROWEST, PIPE, WIDEST = 40, 80, 100

_ASCII = str.maketrans(
    {
        "·": "-",
        "│": "|",
        "×": "x",
        "…": "...",
        "→": "->",
        "–": "-",
        "—": "-",
        "█": "#",
        "≥": ">=",
        "’": "'",
        "“": '"',
        "”": '"',
    }
)

_ACTING = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters, what ends a line or turns its direction, and halves of characters."""


class Unwritable(Exception):  # noqa: N818 - what stdout is, and the message says why
    """Stdout takes no output: its disk is full, say."""


@dataclass(frozen=True, slots=True)
class Style:
    """`fixes` shows remedies' patches, `verbose` adds what a developer of rules wants to see.

    `quiet` leaves out all but what fails the run, and the verdict; `aside` lists the findings that were
    set aside.
    """

    color: bool = False
    width: int = PIPE
    fixes: bool = False
    quiet: bool = False
    verbose: bool = False
    aside: bool = False


def wants_color(choice: str, environment: Mapping[str, str], *, is_terminal: bool) -> bool:
    """Decide on colour: `--color`, then a non-empty NO_COLOR, then FORCE_COLOR, then the terminal."""
    if choice != "auto":
        return choice == "always"
    if environment.get("NO_COLOR"):
        return False
    if force := environment.get("FORCE_COLOR"):
        return force.lower() not in {"0", "false", "no"}
    return is_terminal and environment.get("TERM") != "dumb"


def width_of(stream: TextIO) -> int:
    """Return how many columns to fill: 80 through a pipe, else the terminal's, within reason."""
    if not stream.isatty():
        return PIPE
    return max(NARROWEST, min(WIDEST, shutil.get_terminal_size((PIPE, 24)).columns))


def harmless(text: str) -> str:
    """Return one line with a sign for each character that a terminal would act on: a name may hold any."""
    return _ACTING.sub("\ufffd", text)


def write(stream: TextIO, text: str) -> None:
    """Write text whatever the stream's encoding: plain glyphs where it has no others, `?` at worst.

    A reader that has gone away (`| head`) ends the output quietly. Raises `Unwritable` for a stdout that
    takes no more; of such a stderr nobody can be told.
    """
    encoding = stream.encoding or "ascii"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        text = text.translate(_ASCII).encode(encoding, errors="replace").decode(encoding)
    with _quietly(stream):
        stream.write(text)
        stream.flush()


def write_exactly(stream: TextIO, text: str) -> None:
    """Write text as UTF-8 with its own line ends, whatever the encoding: a patch is exact or nothing."""
    with _quietly(stream):
        stream.flush()
        stream.buffer.write(text.encode())
        stream.flush()


@contextmanager
def _quietly(stream: TextIO) -> Iterator[None]:
    """Let a reader go away."""
    try:
        yield
    except BrokenPipeError:
        _lead_nowhere(stream)
    except OSError as error:
        _lead_nowhere(stream)
        if stream is sys.stdout:
            raise Unwritable(f"stdout cannot be written: {error.strerror}") from error


def _lead_nowhere(stream: TextIO) -> None:
    """Let a stream write to nothing: the interpreter flushes it at exit, and would complain then."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
