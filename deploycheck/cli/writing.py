"""Files that a command writes: as a whole or not at all."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

_STREAMS = ("/dev/", "/proc/")
"""Below these, a name stands for something that is open, and never for a file's place."""


def replace_file(file: str | Path, text: str) -> None:
    """Write a file as a whole: beside its place first, and then there. Raises `OSError`.

    A reader never sees half of it, a write that fails leaves what was there, and a link stays one. A pipe
    or a device is written into.
    """
    named = Path(file)
    content = text.encode()
    if os.path.abspath(named).startswith(_STREAMS) or (named.exists() and not named.is_file()):  # noqa: PTH100
        with named.open("wb") as stream:
            stream.write(content)
        return
    real = Path(os.path.realpath(named))
    beside = real.with_name(f".deploycheck.{os.urandom(8).hex()}.tmp")  # in containers all are process 1
    try:
        beside.write_bytes(content)
        if real.exists():
            shutil.copymode(real, beside)
        beside.replace(real)
    except OSError:
        beside.unlink(missing_ok=True)
        raise


def new_file(file: Path, text: str) -> None:
    """Write a file that is not there yet, and the folders above it. Raises `OSError`, also where it is."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("x", encoding="utf-8", newline="\n") as opened:
        opened.write(text)
