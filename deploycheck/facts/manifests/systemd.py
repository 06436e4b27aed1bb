"""systemd units: no shell runs ExecStart, and systemd itself puts `$X` and `${X}` in."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from deploycheck.facts.manifests.containers import is_ours
from deploycheck.facts.manifests.finder import Finder
from deploycheck.facts.manifests.ini import Setting, settings
from deploycheck.facts.manifests.lexer import Places, blank_split
from deploycheck.facts.manifests.model import (
    Command,
    Entry,
    Expansion,
    Manifest,
    Process,
    Role,
)
from deploycheck.facts.manifests.platforms import SYSTEMD
from deploycheck.facts.manifests.processes import process, role_of
from deploycheck.facts.manifests.quantities import megabytes, number, seconds
from deploycheck.facts.manifests.shell import by_offset, references, words
from deploycheck.facts.manifests.uses import stage_of
from deploycheck.findings import Location
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from deploycheck.sources.tree import Tree

_BEFORE = re.compile(r"[-@:+!|]+")


def read(tree: Tree) -> tuple[Manifest, ...]:
    """Return what each unit of the tree that starts Python runs."""
    found = (_read_file(tree, path) for path in tree.matching("*.service"))
    return tuple(manifest for manifest in found if manifest is not None)


def _read_file(tree: Tree, path: str) -> Manifest | None:
    try:
        text = tree.text(path)
    except ReadError:
        return None
    if "ExecStart" not in text or "{{" in text or "{%" in text:
        return None
    places, every = settings(path, text)
    own = [s for s in every if s.section == "Service"]
    given = {s.key: s.text.strip() for s in own}
    directory = folder_of(tree, given.get("WorkingDirectory", ""))
    environment, open_env = _environment(places, own)
    finder = Finder(tree, directory)
    processes = tuple(_processes(places, own, finder, environment))
    web = next((p for p in processes if p.role is not Role.RELEASE), None)
    if web is None or not is_ours(web.command):
        return None
    memory = given.get("MemoryMax") or given.get("MemoryLimit") or ""
    quota = number(given.get("CPUQuota", "").rstrip("%"))
    return Manifest(
        SYSTEMD,
        path,
        Location(path),
        processes=processes,
        environment=environment,
        cpu=quota / 100,
        memory=megabytes(memory),
        grace=seconds(given.get("TimeoutStopSec", "")),
        open_env=open_env,
        directory=directory,
        use=stage_of(path),
        # Where the project lies on that machine is not told for certain.
        certain=False,
    )


def folder_of(tree: Tree, path: str) -> str:
    """Return the project's folder that a folder of the server most likely is: one by the same last names."""
    parts = [part for part in path.strip("\"' ").split("/") if part]
    for start in range(len(parts)):
        candidate = "/".join(parts[start:])
        if tree.is_directory(candidate):
            return candidate
    return ""


def _processes(
    places: Places, own: Sequence[Setting], finder: Finder, environment: Sequence[Entry]
) -> list[Process]:
    kind = next((s.text.strip() for s in own if s.key == "Type"), "")
    found: list[Process] = []
    for setting in own:
        if setting.key not in {"ExecStart", "ExecStartPre"} or not setting.text.strip():
            continue
        command = _command(places, setting, environment)
        name = posixpath.basename(places.path).removesuffix(".service")
        role = role_of(name, command)
        if setting.key == "ExecStartPre":
            if role_of("", command) is not Role.RELEASE:
                continue
            role = Role.RELEASE
        elif kind == "oneshot" and role is Role.WEB:
            role = Role.WORKER
        made = process(name, command, command.at, finder, role)
        found.append(made if made.command is None else replace(made, role=role))
    return found


def _command(places: Places, setting: Setting, environment: Sequence[Entry]) -> Command:
    skipped = _BEFORE.match(setting.text)
    start = setting.start + (skipped.end() if skipped else 0)
    joined = re.sub(r"\\\n", "  ", places.text)
    tokens = blank_split(joined, start, setting.end)
    text = " ".join(joined[start : setting.end].split())
    names = frozenset({*(e.name for e in environment), *references(text)})
    return Command(
        words(tokens, by_offset(places)),
        shell=False,
        at=places.at(start, setting.end),
        text=text,
        expands=names,
        expansion=Expansion.BRACES,
    )


def _environment(places: Places, own: Sequence[Setting]) -> tuple[tuple[Entry, ...], bool]:
    """Return the variables of `Environment=`, and whether files on the server give others."""
    entries: list[Entry] = []
    is_open = False
    for setting in own:
        if setting.key == "Environment":
            for token in blank_split(places.text, setting.start, setting.end):
                name, equals, value = token.text.partition("=")
                if equals:
                    entries.append(Entry(name, value, places.at(token.start, token.end)))
        elif setting.key in {"EnvironmentFile", "PassEnvironment", "LoadCredential"}:
            is_open = True
    return tuple(entries), is_open
