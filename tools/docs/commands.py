"""The help of every command, as it is printed in 80 columns."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from deploycheck.cli.main import COMMANDS
from tools.docs.text import fenced

ROOT = Path(__file__).parents[2]


def help_text(*command: str) -> str:
    """Return what `deploycheck COMMAND --help` prints."""
    done = subprocess.run(
        [sys.executable, "-m", "deploycheck", *command, "--help"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={"COLUMNS": "80", "PYTHONUTF8": "1"},
    )
    return done.stdout


def commands() -> dict[str, str]:
    """Return the block of all commands: the check first, then the others in their order."""
    parts = [f"## deploycheck\n\n{fenced(help_text(), 'text')}"]
    parts += [f"## deploycheck {name}\n\n{fenced(help_text(name), 'text')}" for name in COMMANDS]
    return {"commands": "\n\n".join(parts)}
