"""Ways out of manifests: release phases, start scripts, and what the app itself does when it starts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from deploycheck.facts.deploying.model import Act, Origin, Task, Way
from deploycheck.facts.deploying.unfolding import Around, Unfolder
from deploycheck.facts.manifests.model import Role, Use
from deploycheck.facts.web.lifespan import startup_calls

if TYPE_CHECKING:
    from deploycheck.facts.deployment import Deployment
    from deploycheck.facts.manifests.model import Command, Manifest, Process
    from deploycheck.findings import Location


def of_manifests(
    manifests: Iterable[Manifest], deployments: Iterable[Deployment], unfolder: Unfolder
) -> Iterator[Way]:
    """Yield the release phases and start scripts of deployed manifests, each process once."""
    told: set[Location] = set()
    for deployment in _surest_first(deployments):
        if deployment.process is not None and deployment.process.at not in told:
            told.add(deployment.process.at)
            way = _start(deployment.name, deployment.process, Origin.START, unfolder)
            yield replace(way, deploys=not deployment.tentative)
    for manifest in manifests:
        if manifest.use in {Use.PART, Use.SERVICE}:
            continue
        for process in manifest.processes:
            if process.at in told or process.command is None:
                continue
            told.add(process.at)
            origin = Origin.RELEASE if process.role is Role.RELEASE else Origin.START
            name = " ".join(dict.fromkeys(n for n in (manifest.path, manifest.name, process.name) if n))
            way = _start(name, process, origin, unfolder)
            if origin is Origin.RELEASE or any(t.acts - {Act.SERVE} for t in way.tasks):
                yield replace(way, deploys=manifest.use is Use.PRODUCTION)


def _surest_first(deployments: Iterable[Deployment]) -> list[Deployment]:
    """Put the tentative last: what several deployments start counts as deployed when one of them is."""
    return sorted(deployments, key=lambda d: d.tentative)


def _start(name: str, process: Process, origin: Origin, unfolder: Unfolder) -> Way:
    return Way(name, origin, process.at, tuple(_of_process(process, unfolder)))


def _of_process(process: Process, unfolder: Unfolder) -> Iterator[Task]:
    command = process.command
    if command is None:
        return
    around = Around(process.directory)
    via = _before(command)
    for one in (*command.before, replace(command, before=())):
        # `cd` has already led to the process's folder; each command knows the scripts that led to it.
        inside = replace(around, via=tuple(v.at for v in one.via) or via)
        yield from unfolder.command(replace(one, cd=""), inside)
    for one in command.alternatives:
        yield from unfolder.command(replace(one, cd="", certain=False), around)
    for word in command.unfollowed:
        yield Task(word.text, word.at, via=via, certain=False, opaque=True)


def _before(command: Command) -> tuple[Location, ...]:
    return tuple(v.at for v in command.via)


def of_start_up(deployments: Iterable[Deployment], unfolder: Unfolder) -> Iterator[Way]:
    """Yield what the apps' own start-up code does to the database, each place once."""
    told: set[Location] = set()
    for deployment in _surest_first(deployments):
        app = deployment.app
        if app is None or not unfolder.code.leading.within(deployment.modules):
            continue
        tasks: list[Task] = []
        for call in startup_calls(deployment.program, app, deployment.modules, unfolder.code.names):
            around = Around(deployment.directory, tuple(c.location for c in call.chain))
            sites = (call.call.site,)
            for task in unfolder.code.sites(sites, around, deployment.environment, call.conditions):
                if task.at not in told:
                    told.add(task.at)
                    tasks.append(task)
        if any(t.acts for t in tasks):
            deploys = not deployment.tentative
            yield Way(f"{app.module.path} start-up", Origin.STARTUP, app.at, tuple(tasks), deploys)
