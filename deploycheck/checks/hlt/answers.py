"""What a health endpoint does beside answering: it tells too much, or holds everybody up."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.checks.applies import a_web_app
from deploycheck.facts.editing import rewritten
from deploycheck.facts.health.serving import own_endpoints
from deploycheck.findings import Draft, Edit, Fix, Location, Severity, Step
from deploycheck.python.syntax import nodes_in
from deploycheck.rules import Reads, rule

if TYPE_CHECKING:
    from deploycheck.facts.deployment import Deployment
    from deploycheck.facts.health import Endpoint, Touch
    from deploycheck.project import Project

_TEXT = re.compile(r"(?:str|repr)\((\w+)\)")


@rule(
    "HLT005",
    "leaks-detail",
    severity=Severity.MEDIUM,
    debt="DEPLOY-3",
    reads=Reads.PYTHON,
    requires=(a_web_app,),
)
def leaks_detail(project: Project) -> Iterator[Draft]:
    """Whoever calls the health endpoint reads the text of the exception.

    **Why.** Health endpoints are open to everybody. A driver's error names the host, the port, the user and
    the database, at times the statement; a traceback names files and versions.

    **Fix.** Log the exception, and answer with a word (`"database": "unavailable"`) and 503.

    **Silent when** the endpoint asks for a login or key first, a test of a debug setting stands before the
    text, or only the exception's class is shown.

    Source: the text followed from the handler into what is returned.
    """
    told = set[Location]()
    for deployment in project.deployments:
        for endpoint in own_endpoints(deployment):
            leaks = {a.leak for a in (*endpoint.down, *endpoint.answers) if a.leak is not None}
            for leak in sorted(leaks - told) if not endpoint.guarded else ():
                told.add(leak)
                yield _leak(project, deployment, endpoint, leak)


def _leak(project: Project, deployment: Deployment, endpoint: Endpoint, leak: Location) -> Draft:
    line = project.tree.lines(leak.path)[leak.line - 1]
    text = line[leak.column - 1 : leak.end_column - 1] if leak.end_line == leak.line else ""
    match = _TEXT.fullmatch(text)
    inside = line[: leak.column - 1].rstrip().endswith("{") or 'f"' in line or "f'" in line
    edits = rewritten(project.tree, leak, f"type({match[1]}).__name__") if match and not inside else ()
    return Draft(
        message=(
            f"{endpoint.path} shows the exception's text to whoever asks: a database's error names its host, "
            "user and name."
        ),
        at=leak,
        subject=f"{endpoint.path}: {_inner(project, leak)}",
        trail=(Step(f"{endpoint.path} is answered here", endpoint.at), Step(text or line.strip(), leak)),
        certain=not deployment.tentative,
        fix=Fix("log the exception, and answer with a word that says what is missing", edits=edits),
    )


def _inner(project: Project, at: Location) -> str:
    """Return the name of the function around a place, and which of the lines alike in it it is."""
    module = project.program.module_at(at.path)
    if module is None:
        return at.path
    around = [
        n
        for n in nodes_in(module.tree)
        if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))
        and n.lineno <= at.line <= (n.end_lineno or n.lineno)
    ]
    inner = max(around, key=lambda n: n.lineno, default=None)
    if inner is None:
        return at.path
    handlers = [n.lineno for n in nodes_in(inner) if isinstance(n, ast.ExceptHandler) and n.lineno <= at.line]
    return f"{at.path} {inner.name} {len(handlers)}"


@rule(
    "HLT008",
    "blocking-check",
    severity=Severity.LOW,
    debt="DEPLOY-3",
    reads=Reads.PYTHON,
    requires=(a_web_app,),
)
def blocking_check(project: Project) -> Iterator[Draft]:
    """While this check waits for the database, the whole worker stands still.

    **Why.** A synchronous call inside `async def` blocks the event loop. When the database hangs, the check
    waits for the pool's or the driver's time-out, and all other requests of the worker wait with it: the
    check makes worse what it is to notice.

    **Fix.** Make the endpoint a plain `def` (the framework runs it in a thread), or use an async engine, or
    `run_in_threadpool`.

    **Silent when** the call is awaited, runs in a thread, or the session's kind is not known.

    Source: Starlette runs `async def` endpoints on the loop and plain ones in a thread pool.
    """
    told = set[Location]()
    for deployment in project.deployments:
        for endpoint in own_endpoints(deployment):
            blocking = [t for t in endpoint.touches if t.blocking]
            if blocking and blocking[0].at not in told:
                told.add(blocking[0].at)
                yield _blocking(project, deployment, endpoint, blocking[0])


def _blocking(project: Project, deployment: Deployment, endpoint: Endpoint, touch: Touch) -> Draft:
    return Draft(
        message=f"{endpoint.path} waits for the database on the event loop: the whole worker waits with it.",
        at=touch.at,
        subject=f"{endpoint.at.path}: {endpoint.path}",
        trail=(Step(f"async def, for {endpoint.path}", endpoint.at), Step(touch.text, touch.at)),
        certain=not deployment.tentative,
        fix=Fix(
            "make the endpoint a plain `def`, so that it runs in a thread", edits=_plain(project, endpoint)
        ),
    )


def _plain(project: Project, endpoint: Endpoint) -> tuple[Edit, ...]:
    """Return the edit that takes `async` away, where nothing in the function needs it."""
    handler = endpoint.route.handler
    needs = (ast.Await, ast.AsyncFor, ast.AsyncWith, ast.comprehension)
    if handler is None or any(
        isinstance(n, needs) and getattr(n, "is_async", 1) for n in nodes_in(handler.node)
    ):
        return ()
    if not isinstance(handler.node, ast.AsyncFunctionDef):
        return ()
    at = handler.scope.module.location(handler.node)
    line = project.tree.lines(at.path)[at.line - 1]
    plain = re.sub(r"^(\s*)async\s+def\b", r"\1def", line)
    return (Edit(at.path, at.line, at.line, plain),) if plain != line else ()
