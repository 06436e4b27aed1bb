"""Which Python runs the project's code in a rehearsal."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deploycheck.rehearsal.options import OptionProblem

_FOLDERS = (".venv", "venv")
_PROGRAMS = ("bin/python", "Scripts/python.exe")


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python to run, and where it comes from, for the report."""

    path: str
    source: str


def chosen(root: Path, asked: str, environment: Mapping[str, str]) -> Interpreter:
    """Return the interpreter: the one asked for, the active virtual environment's, the project's, else ours.

    A virtual environment that stands in the project may be anybody's, but a rehearsal runs the code beside it
    in any case, and only in it are the packages that this code needs. Raises `OptionProblem` where `asked` is
    no program.
    """
    if asked:
        if not os.access(asked, os.X_OK) or Path(asked).is_dir():
            raise OptionProblem(f"--python: {asked} is no program that can be run")
        return Interpreter(str(Path(asked).absolute()), "--python")
    active = environment.get("VIRTUAL_ENV", "")
    if active and (program := _program(Path(active))):
        return Interpreter(program, "VIRTUAL_ENV")
    for folder in _FOLDERS:
        if program := _program(root / folder):
            return Interpreter(program, f"{folder} in the project")
    return Interpreter(sys.executable, "deploycheck's own")


def _program(environment: Path) -> str:
    """Return the Python of a virtual environment, empty where there is none."""
    # Not resolved: through the link of its own folder it finds the packages that are installed there.
    found = (environment.absolute() / name for name in _PROGRAMS)
    return next((str(path) for path in found if os.access(path, os.X_OK)), "")
