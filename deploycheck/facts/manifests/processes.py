"""Processes out of commands: what a process is for, and where it runs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from deploycheck.facts.manifests import wrappers
from deploycheck.facts.manifests.model import Command, Process, Role
from deploycheck.facts.manifests.scripts import follow
from deploycheck.facts.manifests.shell import program, unwrap

if TYPE_CHECKING:
    from deploycheck.facts.manifests.finder import Finder
    from deploycheck.findings import Location

_RELEASE = re.compile(
    r"(?:^|[-_])(?:release|migrations?|migrate|migrator|prestart|db-?init|init-?db)(?:$|[-_])"
)
_WORKER = re.compile(
    r"(?:^|[-_])(?:worker|workers|celery|beat|scheduler|flower|consumer|cron|clock|queue)(?:$|[-_\d])"
)


def process(
    name: str, command: Command | None, at: Location, finder: Finder, role: Role | None = None
) -> Process:
    """Make a process of a command, followed into its start script; `role` None is worked out."""
    followed = follow(command, finder) if command and command.argv else command
    directory = finder.directory
    if followed and followed.cd:
        directory = finder.enter(followed.cd).directory
    return Process(name, role or role_of(name, followed), followed, at, directory)


def role_of(name: str, command: Command | None) -> Role:
    """Work out what a process is for, from its program first and its name second."""
    started = program(command) if command else ""
    if started in wrappers.SERVERS:
        return Role.WEB
    if started in wrappers.WORKERS:
        return Role.WORKER
    words = unwrap(command).words if command else ()
    if started in wrappers.MIGRATORS or words[:3] == ("flask", "db", "upgrade"):
        return Role.RELEASE
    if _RELEASE.search(name.lower()):
        return Role.RELEASE
    return Role.WORKER if _WORKER.search(name.lower()) else Role.WEB
