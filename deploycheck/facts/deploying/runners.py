"""Commands that run recipes: just, make, npm and its like, task, poe, pdm, hatch, tox, nox."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deploycheck.facts.builds import BuildFile, Builds, Recipe


@dataclass(frozen=True, slots=True)
class Called:
    """A recipe that a command runs, and the arguments it gets."""

    file: BuildFile
    recipe: Recipe
    arguments: tuple[str, ...] = ()


_JUST_VALUED = frozenset(
    """-f --justfile -d --working-directory --shell --shell-arg --color --set -E --dotenv-path
    --dotenv-filename""".split()
)
_MAKE_VALUED = frozenset("-f --file --makefile -C --directory -j -I -o -W -l --eval".split())
_NPM_VALUED = frozenset("-C --prefix --cwd --dir -w --workspace --filter -F".split())
_OWN_WORDS = frozenset(
    """add audit ci config create dlx exec init install link list login outdated pack publish remove set
    up update upgrade version why workspace workspaces x cache""".split()
)
_PYTHON = {
    "poetry": ("taskipy", "poe"),
    "pdm": ("pdm",),
    "hatch": ("hatch",),
    "rye": ("rye",),
    "pixi": ("pixi",),
    "pipenv": ("pipenv",),
}


def called(builds: Builds, words: Sequence[str], directory: str) -> tuple[Called, ...]:
    """Return the recipes that a command runs in a folder, in order; none for a command that runs none.

    A recipe that is not there is passed over.
    """
    words = list(words)
    name = words[0].rpartition("/")[2] if words else ""
    if name in _PYTHON:
        rest = words[2:] if words[1:2] == ["run"] else words[1:]
        return _plain(builds, [name, *rest], directory, _PYTHON[name])
    read = _READERS.get(name)
    return read(builds, words, directory) if read is not None else ()


def _options(words: Sequence[str], valued: frozenset[str]) -> tuple[dict[str, str], list[str]]:
    """Part words into options (their last value) and the rest in order."""
    options: dict[str, str] = {}
    plain: list[str] = []
    rest = iter(words)
    for word in rest:
        if word == "--":
            plain += rest
        elif not word.startswith("-"):
            plain.append(word)
        else:
            name, equals, value = word.partition("=")
            if not equals and name in valued:
                value = next(rest, "")
            options[name] = value
    return options, plain


def _folder(directory: str, given: str) -> str:
    path = posixpath.normpath(posixpath.join(directory, given))
    return "" if path == "." or path.startswith("..") else path


def _just(builds: Builds, words: Sequence[str], directory: str) -> tuple[Called, ...]:
    options, plain = _options(words[1:], _JUST_VALUED)
    plain = [w for w in plain if not re.match(r"[A-Za-z_][\w-]*=", w)] if not _takes_equals(plain) else plain
    given = options.get("-f") or options.get("--justfile")
    if plain and "/" in plain[0] and "::" not in plain[0]:
        folder, _, first = plain[0].rpartition("/")
        directory, plain = _folder(directory, folder), [first, *plain[1:]]
    file = builds.at("just", posixpath.join(directory, given)) if given else builds.nearest("just", directory)
    if file is None:
        return ()
    found: list[Called] = []
    names = plain or [file.default]
    while names:
        name, names = names[0], names[1:]
        while name not in file.recipes and names and f"{name}::{names[0]}" in _prefixes(file.recipes):
            name, names = f"{name}::{names[0]}", names[1:]
        recipe = file.recipes.get(name)
        if recipe is None:
            continue
        count = len(recipe.parameters)
        found.append(Called(file, recipe, tuple(names[:count])))
        names = names[count:]
    return tuple(found)


def _takes_equals(plain: Sequence[str]) -> bool:
    return bool(plain) and "=" not in plain[0]


def _prefixes(recipes: dict[str, Recipe]) -> frozenset[str]:
    return frozenset(
        "::".join(name.split("::")[:n]) for name in recipes for n in range(1, name.count("::") + 2)
    )


def _make(builds: Builds, words: Sequence[str], directory: str) -> tuple[Called, ...]:
    options, plain = _options(words[1:], _MAKE_VALUED)
    joined = next((o[2:] for o in options if o.startswith("-C") and len(o) > 2), "")  # noqa: PLR2004 - `-Cdir`
    folder = _folder(directory, options.get("-C") or options.get("--directory") or joined)
    given = options.get("-f") or options.get("--file") or options.get("--makefile")
    file = builds.at("make", posixpath.join(folder, given)) if given else builds.nearest("make", folder)
    if file is None or "-n" in options or "--dry-run" in options:
        return ()
    names = [w for w in plain if not re.match(r"[\w.-]+[:?+]?=", w)] or [file.default]
    arguments = tuple(w for w in plain if "=" in w)
    return tuple(Called(file, r, arguments) for n in names if (r := file.recipes.get(n)) is not None)


def _npm(builds: Builds, words: Sequence[str], directory: str) -> tuple[Called, ...]:
    options, plain = _options(words[1:], _NPM_VALUED)
    given = next((options[o] for o in ("-C", "--prefix", "--cwd", "--dir") if o in options), "")
    folder = _folder(directory, given)
    selected = next((options[o] for o in ("-w", "--workspace", "--filter", "-F") if o in options), "")
    if plain[:1] == ["workspace"] and len(plain) > 2:  # noqa: PLR2004 - its name and a script
        selected, plain = plain[1], plain[2:]
    if plain[:1] in (["run"], ["run-script"]):
        plain = plain[1:]
    elif not plain or plain[0] in _OWN_WORDS:
        return ()
    files = [f for f in builds.of_tool("npm") if f.directory == folder]
    if selected:
        files = [
            f for f in builds.of_tool("npm") if f.directory.rpartition("/")[2] == selected.rpartition("/")[2]
        ]
    file = files[0] if files else None
    recipe = file.recipes.get(plain[0]) if file is not None and plain else None
    return (Called(file, recipe),) if file is not None and recipe is not None else ()


def _plain(
    builds: Builds, words: Sequence[str], directory: str, tools: tuple[str, ...]
) -> tuple[Called, ...]:
    options, plain = _options(words[1:], frozenset({"-d", "--dir", "-t", "--taskfile", "-C", "-e", "--env"}))
    folder = _folder(directory, options.get("-d") or options.get("--dir") or options.get("-C") or "")
    for tool in tools:
        for name in plain[:1] if tool != "task" else plain:
            if (found := builds.find(tool, folder, name)) is not None:
                return (Called(*found, tuple(plain[1:])),)
    return ()


def _tasks(builds: Builds, words: Sequence[str], directory: str) -> tuple[Called, ...]:
    return _plain(builds, words, directory, ("task", "taskipy"))


def _poe(builds: Builds, words: Sequence[str], directory: str) -> tuple[Called, ...]:
    return _plain(builds, words, directory, ("poe",))


def _environments(builds: Builds, words: Sequence[str], directory: str) -> tuple[Called, ...]:
    tool = words[0].rpartition("/")[2]
    options, _ = _options(words[1:], frozenset({"-e", "-s", "--session", "-c", "-f"}))
    names = options.get("-e") or options.get("-s") or options.get("--session") or ""
    found = (builds.find(tool, directory, name) for name in names.split(","))
    return tuple(Called(*f) for f in found if f is not None)


_READERS: dict[str, Callable[[Builds, Sequence[str], str], tuple[Called, ...]]] = {
    "just": _just,
    **dict.fromkeys(("make", "gmake"), _make),
    **dict.fromkeys(("npm", "yarn", "pnpm", "bun"), _npm),
    **dict.fromkeys(("task", "go-task"), _tasks),
    **dict.fromkeys(("poe", "poethepoet"), _poe),
    **dict.fromkeys(("tox", "nox"), _environments),
}
