"""supervisord: the programs that its configuration starts, each with no shell."""

from __future__ import annotations

import fnmatch
import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from deploycheck.facts.manifests import wrappers
from deploycheck.facts.manifests.ini import Setting, settings
from deploycheck.facts.manifests.lexer import Places, blank_split
from deploycheck.facts.manifests.model import Command, Entry, Expansion, Process, Role, Source
from deploycheck.facts.manifests.processes import process, role_of
from deploycheck.facts.manifests.shell import by_offset, program, words
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from deploycheck.facts.manifests.finder import Finder
    from deploycheck.facts.manifests.image import Copied
    from deploycheck.sources.tree import Tree

_USUAL = ("/etc/supervisord.conf", "/etc/supervisor/supervisord.conf", "supervisord.conf")
_INCLUDED = "/etc/supervisor/conf.d/*.conf"
"""What Debian's own configuration includes."""
_NO_PYTHON = frozenset(
    {
        "caddy",
        "cron",
        "crond",
        "haproxy",
        "memcached",
        "mongod",
        "nginx",
        "node",
        "npm",
        "php-fpm",
        "postgres",
    }
    | {"redis-server", "rsyslogd", "sshd", "tail", "varnishd"}
)
_PAIR = re.compile(r"([A-Za-z_]\w*)=(\"(?:[^\"\\]|\\.)*\"|'[^']*'|[^,\s]*)")
_FROM_ENVIRONMENT = re.compile(r"%\(ENV_(\w+)\)[sd]")


def is_supervised(process_: Process) -> bool:
    """Tell whether a process is supervisord itself."""
    command = process_.command
    return command is not None and any(
        posixpath.basename(word) == "supervisord" for word in command.words[:3]
    )


def programs(supervisor: Process, finder: Finder, copies: Sequence[Copied] = ()) -> tuple[Process, ...]:
    """Return the processes that a supervisord starts; itself where no file of the project tells.

    `copies` are what an image holds of the project.
    """
    outer = supervisor.command
    if outer is None:
        return (supervisor,)
    made = [p for path in _configurations(outer, finder, copies) for p in _read(finder, path, outer)]
    if not made:
        return (supervisor,)
    serving = any(_started(p) in wrappers.SERVERS for p in made)
    return tuple(replace(p, role=_role(p, serving=serving), workdir=supervisor.workdir) for p in made)


def _started(process_: Process) -> str:
    return program(process_.command) if process_.command is not None else ""


def _role(process_: Process, *, serving: bool) -> Role:
    """Return what a program is for: beside a known server only that one takes requests."""
    started = _started(process_)
    if serving and started not in wrappers.SERVERS:
        return Role.WORKER
    return Role.WORKER if started in _NO_PYTHON else role_of(process_.name, process_.command)


def _configurations(command: Command, finder: Finder, copies: Sequence[Copied]) -> list[str]:
    """Return the project's files that hold the configuration."""
    given = _given(command.words)
    candidates = (given,) if given else _USUAL
    main = next((path for name in candidates if (path := finder.find(name)) is not None), None)
    if main is None:
        return _matching(_INCLUDED, finder, copies)
    found = [main]
    for setting in _settings(finder.tree, main)[1]:
        if setting.section == "include" and setting.key == "files":
            for pattern in setting.text.split():
                where = (
                    pattern if pattern.startswith("/") else posixpath.join(posixpath.dirname(main), pattern)
                )
                found += _matching(where, finder, copies)
    return list(dict.fromkeys(found))


def _given(given: Sequence[str]) -> str:
    for index, word in enumerate(given):
        if word in {"-c", "--configuration"} and index + 1 < len(given):
            return given[index + 1]
        if word.startswith(("-c/", "--configuration=")):
            return word.removeprefix("-c").partition("=")[2] or word.removeprefix("-c")
    return ""


def _matching(pattern: str, finder: Finder, copies: Sequence[Copied]) -> list[str]:
    """Return the project's files that lie where a glob of the image, or of the project, looks."""
    found = [
        c.source for c in copies if fnmatch.fnmatchcase(c.target, pattern) and finder.tree.exists(c.source)
    ]
    folder = posixpath.dirname(pattern)
    inside = finder.mapped(folder) if folder.startswith("/") else folder
    if inside is not None:
        tail = posixpath.join(inside, posixpath.basename(pattern))
        found += [f for f in finder.tree.files if fnmatch.fnmatchcase(f, tail)]
    return sorted(set(found))


def _settings(tree: Tree, path: str) -> tuple[Places, tuple[Setting, ...]]:
    try:
        return settings(path, tree.text(path))
    except ReadError:
        return Places(path, ""), ()


def _read(finder: Finder, path: str, outer: Command) -> Iterator[Process]:
    places, every = _settings(finder.tree, path)
    shared = _environment(places, [s for s in every if s.section == "supervisord"])
    for section in dict.fromkeys(s.section for s in every):
        kind, _, name = section.partition(":")
        own = [s for s in every if s.section == section]
        written = next((s for s in own if s.key == "command"), None)
        if kind not in {"program", "fcgi-program"} or written is None or not written.text.strip():
            continue
        entries = (*shared, *_environment(places, own))
        folder = next((s.text.strip() for s in own if s.key == "directory"), "")
        there = finder.enter(folder) if folder else finder
        yield process(
            name, _command(places, written, entries, outer), places.at(written.start, written.end), there
        )


def _command(places: Places, written: Setting, entries: tuple[Entry, ...], outer: Command) -> Command:
    tokens = blank_split(places.text, written.start, written.end)
    argv = tuple(
        replace(w, text=_FROM_ENVIRONMENT.sub(r"${\1}", w.text), written=w.text if "%(" in w.text else "")
        for w in words(tokens, by_offset(places))
    )
    names = frozenset(_FROM_ENVIRONMENT.findall(written.text))
    return Command(
        argv,
        shell=False,
        at=places.at(written.start, written.end),
        text=" ".join(written.text.split()),
        env=(*outer.env, *entries),
        before=outer.before,
        via=(*outer.via, replace(outer, before=())),
        certain=outer.certain,
        expands=names,
        expansion=Expansion.BRACES,
    )


def _environment(places: Places, own: Sequence[Setting]) -> tuple[Entry, ...]:
    found: list[Entry] = []
    for setting in own:
        if setting.key != "environment":
            continue
        for match in _PAIR.finditer(setting.text):
            at = places.at(setting.start + match.start(), setting.start + match.end())
            value = match[2].strip("\"'")
            if "%(" in value:
                found.append(Entry(match[1], None, at, Source.COMPUTED, written=value))
            else:
                found.append(Entry(match[1], value.replace("%%", "%"), at))
    return tuple(found)
