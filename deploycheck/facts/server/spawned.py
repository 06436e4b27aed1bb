"""Code that starts a server's program: `subprocess.run([...])`, `os.execvp(...)`."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from deploycheck.facts.manifests.model import Command, Word
from deploycheck.facts.server.words import Argument, argument
from deploycheck.python.values import Listing, Literal, Text, Value, peel

if TYPE_CHECKING:
    from deploycheck.facts.server.model import Server
    from deploycheck.facts.server.targets import Start
    from deploycheck.python.program import Call

_EXEC = frozenset({"os.execl", "os.execlp", "os.execv", "os.execve", "os.execvp", "os.execvpe"})
SPAWNING = _EXEC | frozenset(
    {
        "os.system",
        "subprocess.Popen",
        "subprocess.call",
        "subprocess.check_call",
        "subprocess.run",
    }
)
"""Functions that run another program."""


def spawned(
    start: Start, call: Call, readers: Mapping[str, Callable[[Start], Server | None]]
) -> Server | None:
    """Read the command line that code hands to the operating system."""
    words = [*_words(call)]
    if words and words[0].text is None and len(words) > 2 and words[1].text == "-m":  # noqa: PLR2004 - an interpreter and `-m`
        words = words[2:]
    name = (words[0].text or "").rpartition("/")[2] if words else ""
    reader = readers.get(name)
    if reader is None or name.startswith("python"):
        return None
    inner = replace(start, arguments=tuple(words[1:]), at=call.location)
    server = reader(inner)
    return replace(server, entry=call.module.path) if server is not None else None


def _words(call: Call) -> Iterator[Argument]:
    arguments = call.arguments()
    first = peel(arguments.positional[0]) if arguments.positional else None
    at = call.location
    if call.name in _EXEC:
        listed = arguments.positional[1:]
        vector = peel(listed[0]) if listed and call.name not in {"os.execl", "os.execlp"} else None
        items = vector.items if isinstance(vector, Listing) else () if vector is not None else listed
        yield from (_item(i, call) for i in items)
    elif isinstance(first, Listing):
        yield from (_item(i, call) for i in first.items)
    elif isinstance(first, Literal) and isinstance(first.data, str):
        try:
            texts = shlex.split(first.data)
        except ValueError:
            return
        command = Command((), True, at)  # noqa: FBT003 - a shell runs the text
        yield from (argument(Word(t, first.at or at), command) for t in texts)


def _item(value: Value, call: Call) -> Argument:
    found = peel(value)
    at = found.at or value.at or call.location
    if isinstance(found, Text):
        return Argument(found.parts, at)
    if isinstance(found, Literal):
        return Argument((Literal(str(found.data), at=at),), at)
    return Argument((value,), at)
