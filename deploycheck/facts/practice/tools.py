"""What a command is, whatever starts it: the tool's own name and words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from deploycheck.facts.manifests.wrappers import wrapped

if TYPE_CHECKING:
    from collections.abc import Sequence

_LAUNCHERS: dict[str, tuple[tuple[str, ...], ...]] = {
    "bun": (("x",),),
    "bunx": ((),),
    "npm": (("exec",), ("x",)),
    "npx": ((),),
    "pipx": (("run",),),
    "pnpm": (("exec",), ("dlx",)),
    "python": (("-m",),),
    "uv": (("tool", "run"),),
    "uvx": ((),),
    "yarn": (("exec",), ("dlx",), ("run",)),
    "rtx": (("exec",),),
}
_VALUED = frozenset(
    """-p --package --from --with --python -C --prefix --cwd --dir -w --workspace --filter -F
    --with-requirements --extra --group --env-file --project --directory --registry""".split()
)
_SILENT = frozenset({"echo", "printf", "cat", "grep", "which", "type", "command", "#", "rm", "cp", "ls"})


def bare(words: Sequence[str]) -> tuple[str, ...]:
    """Return a command without what only starts it (`uv run`, `npx --yes`, `python -m`), the name plain.

    `npx --yes audit-ci@7 --high` is `audit-ci --high`; nothing is left of `echo …`, which runs nothing.
    """
    rest = list(words)
    for _ in range(len(words)):
        count = wrapped(rest) or _launched(rest)
        if not 0 < count < len(rest):
            break
        rest = rest[count:]
    if not rest:
        return ()
    name = _name(rest[0])
    return () if name in _SILENT else (name, *rest[1:])


def _name(word: str) -> str:
    word = word if word.startswith("@") else word.rpartition("/")[2]
    word = word[0] + re.sub(r"(?:@|==)[\w.^~*-]*$", "", word[1:]) if word else word
    return re.sub(r"^(python|pip)[\d.]+$", r"\1", word.removesuffix(".exe").removesuffix(".cmd"))


def _launched(words: Sequence[str]) -> int:
    for verb in _LAUNCHERS.get(_name(words[0]), ()) if words else ():
        index = 1
        found = True
        for part in verb:
            index = _options(words, index, stop=part)
            found = found and words[index : index + 1] == [part]
            index += 1
        if found:
            return _options(words, index)
    return 0


def _options(words: Sequence[str], index: int, stop: str = "") -> int:
    while index < len(words) and words[index].startswith("-") and words[index] != stop:
        index += 2 if words[index] in _VALUED else 1
    return index


def plain(words: Sequence[str]) -> tuple[str, ...]:
    """Return a command's words that are no options, nor the value of one that takes another word."""
    found, index = list[str](), 0
    while index < len(words):
        if words[index].startswith("-") and index:
            index += 2 if words[index] in _VALUED else 1
            continue
        found.append(words[index])
        index += 1
    return tuple(found)
