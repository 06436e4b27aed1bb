"""`--database-url` and `--database-env`: from what the user names to the database as it was seen."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from deploycheck.cli.errors import Stop
from deploycheck.engine.report import ExitCode

if TYPE_CHECKING:
    from deploycheck.database.urls import Address
    from deploycheck.facts.target import Target
    from deploycheck.project import Project

_FROM = "env:"


def observed(
    project: Project, url: str | None, *, from_environment: bool, compare: str | None = None
) -> Target | None:
    """Look at the database that the user names, if any. Raises `Stop` when it cannot be looked at.

    With `compare`, a Python that has the project's requirements (empty for the usual one), the models are
    compared with it, by the project's own code.
    """
    if url is None and not from_environment:
        if compare is not None:
            raise Stop("--compare-models needs --database-url or --database-env", ExitCode.USAGE)
        return None
    if url is not None and from_environment:
        raise Stop("--database-url and --database-env name two databases: give one of them", ExitCode.USAGE)
    from deploycheck.database.errors import BadUrl, Unreachable
    from deploycheck.database.looking import look
    from deploycheck.facts.migrations.version_names import version_name

    try:
        address = _named(url) if url is not None else _of_production(project)
        wanted = [version_name(d, project.deployments) for d in project.script_directories]
        target = look(address, wanted)
    except BadUrl as error:
        option = "--database-url" if url is not None else "--database-env"
        raise Stop(f"{option}: {error}", ExitCode.USAGE, str(project.root)) from error
    except Unreachable as error:
        raise Stop(str(error), ExitCode.INCOMPLETE, str(project.root)) from error
    return target if compare is None else _compared(project, target, address, compare)


def _compared(project: Project, target: Target, address: Address, python: str) -> Target:
    from deploycheck.rehearsal.comparing import compared
    from deploycheck.rehearsal.interpreter import chosen
    from deploycheck.rehearsal.options import OptionProblem

    try:
        return compared(project, target, address, chosen(project.root, python, os.environ).path)
    except OptionProblem as problem:
        raise Stop(str(problem), ExitCode.USAGE) from problem


def _named(url: str) -> Address:
    """Return the address of a URL, or of the one that a variable of this shell holds (`env:NAME`)."""
    from deploycheck.database.urls import address_of

    if not url.startswith(_FROM):
        return address_of(url)
    name = url.removeprefix(_FROM)
    held = os.environ.get(name)
    if not held:
        raise Stop(f"--database-url {url}: this shell sets no variable {name}", ExitCode.USAGE)
    return address_of(held)


def _of_production(project: Project) -> Address:
    """Return the address of the one database that production's environment tells."""
    from deploycheck.database.urls import address_of, of_server
    from deploycheck.facts.databases.opened import libpq_parameters, urls_of

    urls = urls_of(project.script_directories, project.deployments)
    found = {a.shown: a for a in (address_of(u.text, str(project.root / u.folder)) for u in urls)}
    if not found:
        libpq = [libpq_parameters(d.environment) for d in project.deployments]
        found = {a.shown: a for a in (of_server(p) for p in libpq if p)}
    if len(found) == 1:
        return next(iter(found.values()))
    if found:
        raise Stop(
            f"--database-env: production opens several databases ({', '.join(sorted(found))}): name one with "
            "--database-url",
            ExitCode.USAGE,
        )
    raise Stop(f"--database-env: {_why_not(project)}", ExitCode.USAGE)


def _why_not(project: Project) -> str:
    """Say what is missing to tell production's database."""
    from deploycheck.facts.databases.opened import missing_for

    missing = missing_for(project.script_directories, project.deployments)
    if missing:
        labels = dict.fromkeys(d.environment.label for d in project.deployments)
        where = f" ({'; '.join(labels)})" if labels else ""
        names = ", ".join(missing)
        return f"production's environment{where} gives no value to {names}: give it in a file to --env-file"
    return "no code here tells which database production opens: name it with --database-url"
