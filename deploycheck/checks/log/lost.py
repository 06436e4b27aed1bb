"""Records that never appear."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.checks.applies import a_server, a_web_app, answering_app
from deploycheck.checks.log.form import OWN_LOGGING
from deploycheck.facts.logs.records import MODULE_LEVEL, Written, information
from deploycheck.facts.logs.servers import QUIET
from deploycheck.facts.logs.setups import Logging, logging_of
from deploycheck.findings import Draft, Edit, Fix, Location, Severity, Step
from deploycheck.rules import Reads, rule

if TYPE_CHECKING:
    from deploycheck.facts.deployments import Deployment
    from deploycheck.facts.logs.model import Setup
    from deploycheck.facts.web.apps import App
    from deploycheck.project import Project
    from deploycheck.python.modules import Module

SHOWN = 3
SHOWING = "logging.basicConfig(level=logging.INFO)"
SETS_LEVEL = re.compile(r"\.setLevel\(")
MIGRATES = re.compile(r"\bcommand\.upgrade\(")
"""Alembic's own env.py usually calls fileConfig, in the process that migrates."""

OTHERS = re.compile(r"^\s*(import|from) (loguru|structlog)\b", re.MULTILINE)
"""Libraries that print by themselves: what goes past them is not what the app logs."""


@rule(
    "LOG004",
    "lost-records",
    severity=Severity.MEDIUM,
    debt="DEPLOY-7",
    reads=Reads.PYTHON | Reads.MANIFESTS,
    requires=(a_server, a_web_app),
)
def lost_records(project: Project) -> Iterator[Draft]:
    """Production prints none of what the app logs at level INFO.

    **Why.** Python's root logger lets WARNING and worse through until somebody configures it. uvicorn and
    gunicorn configure their own loggers only, so `logger.info("using PostgreSQL")` says nothing, and a
    start-up without a word looks like any other.

    **Fix.** `logging.basicConfig(level=logging.INFO)` or a `dictConfig` with a root logger, where production
    passes by: the app's module or factory. What stands under `if __name__ == "__main__"` is not run by
    gunicorn or uvicorn.

    **Silent when** anything that production runs, or may run, configures logging in a way that shows INFO or
    cannot be read; when the records go to the server's own logger or Flask's `app.logger`; when the app logs
    with loguru or structlog.

    Source: Python 3.11's logging (WARNING, handler of last resort), uvicorn 0.54 and gunicorn 27.0.1, tried.
    """
    told: set[Location] = set()
    for deployment in project.deployments:
        server, app = deployment.server, answering_app(deployment)
        if server is None or app is None or server.program not in QUIET or not deployment.whole:
            continue
        logging = logging_of(deployment, project.tree)
        if app.at in told or app.kind in OWN_LOGGING or not _keeps_quiet(logging):
            continue
        lost = information(logging.reach, SHOWN)
        if lost:
            told.add(app.at)
            yield _lost(project, deployment, app, logging, lost)


def _keeps_quiet(logging: Logging) -> bool:
    """Tell whether nothing that production may run shows records of level INFO."""
    acting = [s for s in logging.run if s.kind != "formatter"]
    if any(s.kind != "basic" or s.shows_info is not False for s in acting):
        return False
    texts = [m.text for m in logging.reach.modules]
    if any(MIGRATES.search(t) or OTHERS.search(t) for t in texts):
        return False
    handled = bool(acting) or any(MODULE_LEVEL.search(t) for t in texts)
    return not (handled and any(SETS_LEVEL.search(t) for t in texts))


def _lost(
    project: Project, deployment: Deployment, app: App, logging: Logging, lost: tuple[Written, ...]
) -> Draft:
    basic = next(iter(logging.run), None)
    idle = [s for s in logging.setups if s.reached is False and s.kind != "formatter"]
    server = deployment.server.program if deployment.server is not None else "the server"
    return Draft(
        message=_message(basic, server),
        at=basic.at if basic is not None else app.at,
        subject="INFO records",
        trail=(
            *(Step(one.text, one.at) for one in lost),
            *(Step(f"{s.text}  (production does not run it)", s.at) for s in idle[:SHOWN]),
            *((Step(f"{basic.text}  (no level, so WARNING)", basic.at),) if basic is not None else ()),
        ),
        certain=not deployment.tentative,
        fix=_fix(project, app, basic),
    )


def _fix(project: Project, app: App, basic: Setup | None) -> Fix:
    if basic is None:
        remedy = f"call {SHOWING} in the app's module or factory"
        return Fix(remedy, _configured(app.module))
    return Fix("give basicConfig level=logging.INFO", _with_level(project, basic.at))


def _with_level(project: Project, at: Location) -> tuple[Edit, ...]:
    """Return the edit that gives a `logging.basicConfig(…)` its level; none where it is called otherwise."""
    line = project.tree.lines(at.path)[at.line - 1]
    head, call, rest = line.partition("logging.basicConfig(")
    if not call or len(head) != at.column - 1 or not rest:
        return ()
    comma = "" if rest.startswith(")") else ", "
    return (Edit(at.path, at.line, at.line, f"{head}{call}level=logging.INFO{comma}{rest}"),)


def _configured(module: Module) -> tuple[Edit, ...]:
    """Return the edits that configure logging below a module's first imports; none where it has none."""
    imports: list[ast.stmt] = []
    for statement in module.tree.body:
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            imports.append(statement)
        elif imports:
            break
    plain = [s for s in imports if not isinstance(s, ast.ImportFrom) or s.module != "__future__"]
    if not plain:
        return ()
    end = imports[-1].end_lineno or imports[-1].lineno
    named = any(
        isinstance(s, ast.Import) and any(a.name == "logging" and not a.asname for a in s.names)
        for s in plain
    )
    first = plain[0].lineno
    added = () if named else (Edit(module.path, first, first - 1, "import logging"),)
    return (*added, Edit(module.path, end + 1, end, f"\n{SHOWING}"))


def _message(basic: Setup | None, server: str) -> str:
    if basic is not None:
        return "Production prints none of the app's INFO records: basicConfig without a level keeps WARNING."
    return f"Production prints none of the app's INFO records: {server} configures its own loggers only."
