"""How a process's command really starts the app: which server, what it serves, with which options."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploycheck.facts.manifests import shell
from deploycheck.facts.server import gunicorn, uvicorn
from deploycheck.facts.server.layers import Around
from deploycheck.facts.server.targets import Start
from deploycheck.facts.server.words import arguments

if TYPE_CHECKING:
    from collections.abc import Callable

    from deploycheck.facts.manifests.model import Command
    from deploycheck.facts.server.model import Server
    from deploycheck.python.program import Program
    from deploycheck.python.values import Lookup
    from deploycheck.sources.tree import Tree

READERS: dict[str, Callable[[Start], Server | None]] = {
    "gunicorn": gunicorn.read,
    "uvicorn": uvicorn.read,
}
"""What reads the command of each program that serves web requests."""


def read_server(
    program: Program, tree: Tree, command: Command, directory: str, lookup: Lookup | None = None
) -> Server | None:
    """Return the server that a process's command starts, or None when it starts none.

    `directory` is the process's working directory in the project. `lookup` is its environment: it decides
    which config file and which app a command means where variables name them; without it, those stay open.
    Options are values for any environment. Never raises for any command.
    """
    unwrapped = shell.unwrap(command)
    reader = READERS.get(shell.program(unwrapped))
    if reader is None:
        return None
    around = Around(lookup, unwrapped.env)
    words = arguments(unwrapped)[1:]
    start = Start(program, tree, unwrapped, words, directory, around, command.at)
    return reader(start)
