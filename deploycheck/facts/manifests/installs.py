"""Commands that install Python packages, and the files that they install from."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from deploycheck.facts.manifests.shell import program, unwrap

if TYPE_CHECKING:
    from deploycheck.facts.manifests.model import Command

_PROJECT = {
    "pdm": frozenset({"install", "sync"}),
    "pipenv": frozenset({"install", "sync"}),
    "pixi": frozenset({"install"}),
    "poetry": frozenset({"install", "sync"}),
    "rye": frozenset({"sync"}),
    "uv": frozenset({"sync", "pip", "export", "add", "tool"}),
}
_OTHER = {
    "conda": frozenset({"install", "env", "create"}),
    "mamba": frozenset({"install", "env", "create"}),
    "micromamba": frozenset({"install", "env", "create"}),
    "pip": frozenset({"install", "wheel"}),
    "pipx": frozenset({"install"}),
}


def is_install(command: Command) -> bool:
    """Tell whether a command installs Python packages."""
    name = program(command)
    verbs = [word for word in unwrap(command).words[1:] if not word.startswith("-")]
    return bool(verbs) and verbs[0] in (_PROJECT.get(name) or _OTHER.get(name) or ())


def install_files(command: Command) -> tuple[str, ...]:
    """Return the files that an install reads, as written: requirement files, or the project's own file."""
    name, words = program(command), unwrap(command).words
    listed = tuple(_listed(words))
    if listed:
        return listed
    if name == "pipenv":
        return ("Pipfile",)
    if name in {"pip", "uv"} and ("pip" in words[:2] or name == "pip"):
        return tuple(
            posixpath.normpath(posixpath.join(re.sub(r"\[.*\]$", "", word), "pyproject.toml"))
            for word in words[1:]
            if word.startswith((".", "/")) and not word.endswith((".whl", ".gz", ".txt"))
        )
    return ("pyproject.toml",) if name in _PROJECT else ()


def _listed(words: tuple[str, ...]) -> list[str]:
    found: list[str] = []
    for index, word in enumerate(words):
        if word in {"-r", "--requirement", "--requirements", "-f", "--file"} and index + 1 < len(words):
            found.append(words[index + 1])
        elif match := re.match(r"(?:--requirements?=|--file=|-r)(.+)", word):
            found.append(match[1])
    return [path for path in found if "$" not in path]
