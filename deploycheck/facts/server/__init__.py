"""How a process's command really starts the app: which server, what it serves, with which options."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from deploycheck.facts.manifests import shell
from deploycheck.facts.server import (
    fastapi_cli,
    flask_cli,
    granian,
    gunicorn,
    hypercorn,
    others,
    python_script,
    uvicorn,
    waitress,
)
from deploycheck.facts.server.layers import Around
from deploycheck.facts.server.targets import Start
from deploycheck.facts.server.words import arguments
from deploycheck.facts.server.worker_settings import other_worker_settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from deploycheck.facts.manifests.model import Command
    from deploycheck.facts.server.model import Server
    from deploycheck.python.program import Program
    from deploycheck.python.values import Lookup
    from deploycheck.sources.tree import Tree

READERS: dict[str, Callable[[Start], Server | None]] = {
    "daphne": others.daphne,
    "fastapi": fastapi_cli.read,
    "flask": flask_cli.read,
    "granian": granian.read,
    "gunicorn": gunicorn.read,
    "hypercorn": hypercorn.read,
    "streamlit": others.streamlit,
    "uvicorn": uvicorn.read,
    "waitress-serve": waitress.read,
    **{name: partial(others.unread, name) for name in sorted(others.UNREAD)},
}
"""What reads the command of each program that serves web requests."""

_SAME = {"fastapi_cli": "fastapi", "waitress": "waitress-serve"}
_PYTHON = frozenset({"pypy", "python"})


def read_server(
    program: Program, tree: Tree, command: Command, directory: str, lookup: Lookup | None = None
) -> Server | None:
    """Return the server that a process's command starts, or None when it starts none.

    `directory` is the process's working directory in the project. `lookup` is its environment: it decides
    which config file, app or branch a command means where variables do; without it, those stay open.
    Options are values for any environment. Never raises for any command.
    """
    unwrapped = shell.unwrap(command)
    if not unwrapped.argv:
        return None
    around = Around(lookup, unwrapped.env)
    words = arguments(unwrapped)
    start = Start(program, tree, unwrapped, words[1:], directory, around, command.at)
    name = shell.program(unwrapped)
    reader = READERS.get(_SAME.get(name, name))
    if reader is not None:
        return reader(start)
    if name in _PYTHON or name.endswith(".py"):
        start = (
            start
            if name in _PYTHON
            else Start(program, tree, unwrapped, words, directory, around, command.at)
        )
        return python_script.read(start, READERS)
    return python_script.read_script(start, name, READERS)


__all__ = ["READERS", "other_worker_settings", "read_server"]
