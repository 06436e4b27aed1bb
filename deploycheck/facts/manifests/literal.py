"""Shell syntax where no shell reads it: which words of a command stay as they are written."""

from __future__ import annotations

import json
import posixpath
import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.facts.manifests import wrappers
from deploycheck.facts.manifests.platforms import COMPOSE
from deploycheck.facts.manifests.scripts import SHELLS
from deploycheck.facts.manifests.shell import ASSIGNMENT, program, shell_syntax, unwrap

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from deploycheck.facts.manifests.model import Command, Manifest, Process, Word

OPERATORS = frozenset({"&&", "||", "|", ";", "&"})
"""What only a shell acts on, standing as a word of its own."""
_INLINE = re.compile(r"-\w*c|--command(?:=.*)?|--exec")
_BARE = re.compile(r"[\w@%+=:,./${}?-]+", re.ASCII)
REFERENCE = re.compile(r"\$(?:(?P<plain>[A-Za-z_]\w*)|\{(?P<name>[A-Za-z_]\w*)(?::?-(?P<default>[^{}]*))?\})")
"""A variable as a shell takes it; an operator other than a default does not match."""


@dataclass(frozen=True, slots=True)
class Unexpanded:
    """A command whose `words` reach the program with their shell syntax in them.

    `breaks` tells that it then cannot do its work for certain: a server or tool that is known to take
    such a word for what it says, or a word such as `&&`, which only a shell acts on.
    """

    command: Command
    words: tuple[Word, ...]
    breaks: bool


def unexpanded(manifest: Manifest, process: Process) -> Iterator[Unexpanded]:
    """Yield each command on a process's way to its program that has shell syntax and no shell."""
    last = process.command
    if last is None:
        return
    for command in (*last.via, last):
        words = tuple(w for w in shell_syntax(command) if not _spoken_for(manifest, command, w))
        name = program(command)
        if words and (name in _known() or _acted_on(words, command)):
            yield Unexpanded(command, words, name != "python" or _acted_on(words, command))


def _known() -> frozenset[str]:
    return wrappers.SERVERS | wrappers.WORKERS | wrappers.MIGRATORS | {"python"}


def _acted_on(words: Sequence[Word], command: Command) -> bool:
    """Tell whether one of the words is an operator, or an assignment where the program should stand."""
    return any(w.text in OPERATORS or (w is command.argv[0] and ASSIGNMENT.match(w.text)) for w in words)


def _spoken_for(manifest: Manifest, command: Command, word: Word) -> bool:
    """Tell whether somebody else reads a word: a shell's or Python's `-c`, or Compose from its host."""
    if (
        manifest.platform is COMPOSE
        and not word.written
        and "$" in word.text
        and word.at.path == manifest.path
    ):
        return True
    words = unwrap(command).words or command.words
    shells = posixpath.basename(words[0]) in SHELLS or any(
        posixpath.basename(w) in SHELLS for w in command.words
    )
    before = command.argv[: next(i for i, w in enumerate(command.argv) if w is word)]
    inline = any(_INLINE.fullmatch(w.text) for w in before) or bool(
        re.match(r"--(?:command|exec)=", word.text)
    )
    return inline and (
        shells or "--command" in command.text or "--exec" in command.text or program(command) == "python"
    )


def shell_text(command: Command) -> str:
    """Return a command as one line for a shell, which ends in the program and takes its place (`exec`)."""
    texts = [word.written or word.text for word in command.argv]
    parts = [text if text in OPERATORS else _shell_word(text) for text in texts]
    start = max((i + 1 for i, t in enumerate(texts) if t in {"&&", ";"}), default=0)
    if start < len(parts) and not {"|", "||", "&"} & set(texts) and not ASSIGNMENT.match(texts[start]):
        parts.insert(start, "exec")
    return " ".join(parts)


def _shell_word(text: str) -> str:
    if _BARE.fullmatch(text):
        return text
    if "$" not in text and "`" not in text:
        return shlex.quote(text)
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def wrapped_in_shell(command: Command, shell: str) -> tuple[str, ...]:
    """Return the words that run a command in a shell."""
    return (shell, "-c", shell_text(command))


def json_list(words: Sequence[str]) -> str:
    """Return words as Dockerfiles and one-line YAML lists take them."""
    return json.dumps(list(words), ensure_ascii=False)
