"""`deploycheck rehearse [PATH]`: the check, after the migrations have run on a throwaway database."""

from __future__ import annotations

import gc
import os
import re
import sys
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deploycheck.cli import options
from deploycheck.cli.asking import Asked, Shown, outputs_for, shown_for, split, style_for
from deploycheck.cli.errors import Stop, documents_for
from deploycheck.cli.examining import prepared, ran, run_earlier, settle
from deploycheck.cli.options import Fixes, fixes_of, one_of, seconds, server_url
from deploycheck.cli.outputs import show
from deploycheck.cli.patching import show_patch
from deploycheck.configuration.origins import DEFAULT
from deploycheck.engine.report import ExitCode

if TYPE_CHECKING:
    from deploycheck.cli.examining import Settled
    from deploycheck.project import Project
    from deploycheck.rehearsal.options import Options, Progress
    from deploycheck.rehearsal.servers import Servers

_LOOKED_AT = 1 << 20
BACKENDS = ("postgresql", "sqlite")

EPILOG = """\b
This runs the project's own migrations, in a process apart, with an
environment made of nothing; every connection is led to the throwaway
database or refused. Which Python runs them: --python, else VIRTUAL_ENV's,
else .venv or venv in the project, else deploycheck's. The report says which.

\b
Exit codes are those of deploycheck: 3 also means that something could not
be rehearsed.
"""


def rehearse(  # noqa: PLR0913 - each is an option of the command line
    path: options.Path = ".",
    *,
    server: Annotated[
        str,
        typer.Option(
            metavar="URL",
            callback=server_url,
            help="A PostgreSQL to make throwaway databases on. [default: an embedded one]",
            show_default=False,
        ),
    ] = "",
    start: Annotated[
        str,
        typer.Option("--from", metavar="REVISION", help="Where the target stands.", show_default=False),
    ] = "",
    backend: Annotated[
        str | None,
        typer.Option(help="Rehearse on this one. [default: production's]", **one_of(BACKENDS)),
    ] = None,
    history: Annotated[
        str,
        typer.Option(metavar="NAME", help="One of several histories: its folder.", show_default=False),
    ] = "",
    python: Annotated[
        str,
        typer.Option(metavar="FILE", help="The Python with the project's requirements.", show_default=False),
    ] = "",
    timeout: Annotated[
        str, typer.Option(metavar="SECONDS", callback=seconds, help="How long one revision may take.")
    ] = "60",
    format_: options.Format = None,
    fail_on: options.FailOn = None,
    exit_zero: Annotated[bool | None, typer.Option("--exit-zero", help="Exit with 0 instead of 1.")] = None,
    select: options.Select = None,
    ignore: options.Ignore = None,
    env_file: options.EnvFile = None,
    isolated: Annotated[
        bool | None, typer.Option("--isolated", help="Leave this shell's environment out.")
    ] = None,
    database_url: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Look at this database too, read-only: it says where the target stands.",
        ),
    ] = None,
    database_env: Annotated[
        bool | None,
        typer.Option("--database-env", help="Look at the database that production's environment names."),
    ] = None,
    allow_plugins: options.AllowPlugins = None,
    fix_suggestions: options.FixSuggestions = None,
    color: options.Color = None,
    quiet: Annotated[
        bool | None, typer.Option("--quiet", help="Show only what fails the run, and the verdict.")
    ] = None,
    verbose: Annotated[
        bool | None,
        typer.Option("--verbose", help="Show what became of each revision, each rule, and tracebacks."),
    ] = None,
) -> int:
    """Run the migrations up, down and up again on a throwaway database, and check the project.

    On the backend that production uses: a PostgreSQL of our own that is gone afterwards, or a file of SQLite.
    """
    from deploycheck.cli.narrowing import begun, narrowed
    from deploycheck.cli.progress import progress_on
    from deploycheck.rehearsal.options import Options
    from deploycheck.rehearsal.servers import Servers

    started = time.perf_counter()
    gc.disable()  # as for the check: what is made lives to the end
    asked = Asked(
        select=split("--select", select),
        ignore=split("--ignore", ignore),
        fail_on=fail_on,
        exit_zero=exit_zero,
        env_files=tuple(env_file or ()),
        isolated=isolated,
        database_url=database_url,
        database_env=database_env,
        allow_plugins=allow_plugins,
    )
    how = Options(
        server=server,
        start=start,
        backend=backend or "",
        history=history,
        python=python,
        timeout=float(timeout),
        environment=dict(os.environ),
    )
    wanted = Shown(
        format=tuple(format_ or ()),
        color=color,
        fix_suggestions=fix_suggestions,
        quiet=quiet,
        verbose=verbose,
    )
    shown, said = shown_for(path, asked, wanted)
    outputs = outputs_for(shown, said)
    with documents_for(shown.format):
        settled = _comparing(settle(path, asked))
        with Servers(server) as servers:
            if not server and backend != "sqlite" and _mentions_postgresql(path):
                servers.expect_postgresql()
            project = prepared(settled, python=python)
            progress = progress_on(sys.stderr, quiet=bool(shown.quiet), color=shown.color or "auto")
            _rehearse(project, how, path, servers, progress)
        earlier = partial(run_earlier, settled, project)
        report = narrowed(ran(settled, project), project, settled, earlier, begun((settled,)))
        report = replace(report, seconds=time.perf_counter() - started)
        show((report,), outputs, style_for(shown), report.exit_code)
        if fixes_of(shown.fix_suggestions) is Fixes.PATCH:
            show_patch((report,))
    return report.exit_code


def _comparing(settled: Settled) -> Settled:
    """Let the models be compared with whatever database is looked at, unless somebody says otherwise.

    It runs the project's code, which a rehearsal was asked to do.
    """
    resolved = settled.resolved
    if resolved.origins["compare_models"] != (DEFAULT,):
        return settled
    options = resolved.options
    looks = options.database_url is not None or bool(options.database_env)
    return replace(settled, resolved=replace(resolved, options=replace(options, compare_models=looks)))


def _mentions_postgresql(path: str) -> bool:
    """Tell whether the files that name a project's database or its driver do: one is started early then."""
    names = ("requirements.txt", "pyproject.toml", "alembic.ini", "uv.lock", "app.yaml")
    for name in names:
        try:
            with Path(path, name).open("rb") as file:
                text = file.read(_LOOKED_AT)
        except OSError:
            continue
        if re.search(rb"psycopg|asyncpg|pg8000|postgres", text):
            return True
    return False


def _rehearse(project: Project, how: Options, path: str, servers: Servers, progress: Progress) -> None:
    """Rehearse a project and keep what was seen. Raises `Stop` for an option that names what is not there."""
    from deploycheck.rehearsal.conductor import rehearse as rehearsed
    from deploycheck.rehearsal.options import OptionProblem

    try:
        project.rehearsal = rehearsed(project, how, progress, servers)
    except OptionProblem as problem:
        raise Stop(str(problem), ExitCode.USAGE, path) from problem
