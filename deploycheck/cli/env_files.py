"""The `--env-file`s: files of NAME=value that production will have, wherever they are."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from deploycheck.cli.errors import Stop
from deploycheck.engine.report import ExitCode
from deploycheck.sources import dotenv
from deploycheck.sources.errors import ReadError
from deploycheck.sources.text import decode, read_bytes

Variables = Mapping[str, str | None]


def read_env_files(files: list[Path], outside: Mapping[str, str]) -> tuple[tuple[str, Variables], ...]:
    """Return each file's name and variables. `outside` fills in `${NAME}`s.

    Raises `Stop` for a file that is not there, cannot be read, or has a line that is not NAME=value.
    """
    return tuple((str(file), _read(file, outside)) for file in files)


def _read(file: Path, outside: Mapping[str, str]) -> Variables:
    shown = str(file)
    try:
        text = decode(read_bytes(os.path.realpath(file), shown), shown).text
    except ReadError as error:
        raise Stop(f"--env-file {shown}: {error.reason}", ExitCode.USAGE) from error
    entries, notes = dotenv.parse(text, shown)
    for note in notes:
        raise Stop(f"--env-file {note.at}: {note.text}", ExitCode.USAGE)
    return dotenv.interpolate(entries, outside)
