"""Describes what we take the project to be: each deployment, each history of migrations, the target."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.engine.budgets import budgets_of
from deploycheck.engine.facts import Fact, Section, Understood, database_of
from deploycheck.engine.migrations import migrations_of
from deploycheck.engine.target import target_facts
from deploycheck.python.modules import Role, role_of
from deploycheck.python.resolution import resolve
from deploycheck.sources.walk import EXCLUDED

if TYPE_CHECKING:
    from deploycheck.engine.migrations import Migrations
    from deploycheck.engine.rehearsed import Rehearsed
    from deploycheck.facts.deployments import Deployment
    from deploycheck.facts.server.model import Server
    from deploycheck.project import Project
    from deploycheck.python.values import Value


UNKNOWN_START = "only heads are judged as pending: --from or --database-url tells where the target stands"
_SHOWN = 3
"""How many heads are named: more than one is a finding of its own."""


def understand(project: Project) -> Understood:
    """Describe what will run, in the order of the project's deployments."""
    sections = tuple(
        Section(d.name, d.environment.label, tuple(_deployment_facts(project, d)))
        for d in project.deployments
    )
    migrations = migrations_of(project)
    facts = (*_histories(migrations), *target_facts(project), _read(project))
    return Understood(sections, facts, migrations, tuple(budgets_of(project)))


def _histories(migrations: tuple[Migrations, ...]) -> Iterator[Fact]:
    """Say of each history how long it is, where it ends, and how much of it can be taken back."""
    for history in migrations:
        heads = history.heads
        ends = f"{_number(len(heads), 'head')} {', '.join(heads[:_SHOWN])}" + (
            " …" if len(heads) > _SHOWN else ""
        )
        name = f"{history.name}: " if len(migrations) > 1 else ""
        value = f"{name}{_number(len(history.by_revision), 'revision')}, {ends}"
        yield Fact("migrations", value, _coverage(history))
        if history.rehearsed is not None:
            yield Fact("rehearsed", *_rehearsed(name, history.rehearsed))


def _coverage(history: Migrations) -> str:
    if history.percent is None:
        return "nothing for a downgrade to take back"
    unknown = f", {history.unknown} unknown" if history.unknown else ""
    return f"downgrade coverage {history.percent} % ({history.covered} of {history.invertible}{unknown})"


def _rehearsed(name: str, rehearsed: Rehearsed) -> tuple[str, str]:
    """Say on what a history was rehearsed, what of it was seen to be reversible, and how safely it ran."""
    if rehearsed.problem and not rehearsed.by_revision:
        return f"{name}not on {rehearsed.server}, as was asked", rehearsed.problem
    value = f"{name}on {rehearsed.server}"
    if rehearsed.percent is None:
        notes = [rehearsed.problem or "nothing to take back"]
    else:
        seen = f"{rehearsed.reversible} of {rehearsed.counted} revisions"
        notes = [f"downgrade coverage rehearsed {rehearsed.percent} % ({seen})"]
    if rehearsed.by_revision:
        notes += [f"from {rehearsed.start}"] if rehearsed.start else [UNKNOWN_START]
    notes += [rehearsed.guess] if rehearsed.guess else []
    notes += [f"stand-ins for {', '.join(rehearsed.stubbed)}"] if rehearsed.stubbed else []
    notes += [rehearsed.isolation] if rehearsed.isolation else []
    notes += [f"run by {rehearsed.python}"] if rehearsed.python else []
    return value, "; ".join(notes)


def _read(project: Project) -> Fact:
    python = [p for p in project.tree.files if p.endswith(".py")]
    tests = sum(role_of(p) is Role.TEST for p in python)
    count = (
        f"{_number(len(python), 'Python file')}, {_number(len(project.tree.files) - len(python), 'other')}"
    )
    excluded = sum(skipped.reason == EXCLUDED for skipped in project.tree.skipped)
    connected = "nothing was connected" if project.target is None else "the target was only looked at"
    notes = [f"nothing was run, {connected}"]
    if project.rehearsal is not None and any(h.revisions for h in project.rehearsal.histories):
        notes = ["the migrations were run, on throwaway databases only", connected]
    notes += [f"{tests} of them are tests"] if tests else []
    notes += [f"{_number(excluded, 'path')} excluded by the configuration"] if excluded else []
    return Fact("read", count, "; ".join(notes))


def _deployment_facts(project: Project, deployment: Deployment) -> Iterator[Fact]:
    platform = deployment.platform
    files = ", ".join(dict.fromkeys(m.path for m in deployment.manifests))
    yield Fact("platform", f"{platform.name} ({files})" if files else platform.name, _size(deployment))
    command = deployment.process.command if deployment.process else None
    if deployment.server is not None:
        yield _server(deployment, deployment.server)
    elif command is not None:
        yield Fact("web", command.text or " ".join(command.words), "no server that deploycheck knows")
    yield from dict.fromkeys(database_of(opened) for opened in deployment.selection.now.opened)
    yield from _connections(project, deployment)
    if deployment.release is not None and deployment.release.command is not None:
        yield Fact("release", deployment.release.command.text or " ".join(deployment.release.command.words))


def _size(deployment: Deployment) -> str:
    """Say what the container has, and who says so."""
    said = any(m.cpu or m.memory for m in deployment.manifests)
    cpu, memory = deployment.cpu, deployment.memory
    parts = ([f"{cpu:g} vCPU"] if cpu else []) + ([f"{memory / 1024:.3g} GB"] if memory else [])
    return ", ".join(parts) + ("" if said or not parts else " (platform default)")


def _server(deployment: Deployment, server: Server) -> Fact:
    target = server.target
    name = f"{server.program} {target}" if target else server.program
    workers = _said(server.workers, deployment)
    notes = [f"{workers} worker{'' if workers == '1' else 's'}"]
    if server.worker_class is not None:
        notes.append(_said(server.worker_class, deployment).rpartition(".")[2])
    host, port = _said(server.host, deployment), _said(server.port, deployment)
    notes.append(host if port == "None" else f"{host}:{port}")
    return Fact("web", name, ", ".join(notes))


def _connections(project: Project, deployment: Deployment) -> Iterator[Fact]:
    """Say how many connections it opens at most, with the sum, and how many the server takes."""
    found = project.connections(deployment)
    if found.budget is not None:
        yield Fact("connections", found.text, found.note)


def _said(value: Value, deployment: Deployment) -> str:
    """Write a value as production will have it: as data, as `$NAME`, or as one of several."""
    resolved = resolve(value, deployment.environment)
    if resolved.known:
        return str(resolved.data)
    possible = list(dict.fromkeys(str(p.data) for p in resolved.possibilities() if p.known))
    if possible:
        return " or ".join(possible)
    names = value.variable_names()
    return f"${names[0]}" if names else "unknown"


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
