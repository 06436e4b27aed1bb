"""Whether production's records can be read by a machine."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.checks.applies import a_web_app, answering_app
from deploycheck.facts.logs.reach import Reach
from deploycheck.facts.logs.records import writes
from deploycheck.facts.logs.setups import Logging, logging_of
from deploycheck.findings import Draft, Fix, Severity, Step
from deploycheck.rules import Reads, Skip, rule

if TYPE_CHECKING:
    from deploycheck.facts.deployments import Deployment
    from deploycheck.facts.logs.model import Setup
    from deploycheck.facts.web.apps import App
    from deploycheck.project import Project

OWN_LOGGING = frozenset({"litestar"})
"""Kinds of apps that are told in their own way what to log: that is not read."""
NOT_KNOWN = "what production starts is not known"
NOTHING_WRITTEN = "the app writes no record of its own"
SHOWN = 4


@rule(
    "LOG001",
    "unstructured",
    severity=Severity.MEDIUM,
    debt="DEPLOY-7",
    reads=Reads.PYTHON | Reads.MANIFESTS,
    requires=(a_web_app,),
)
def unstructured(project: Project) -> Iterator[Draft]:
    """Production logs free text, which nobody can filter by a field.

    **Why.** A search for one customer, one path or one error class needs records with fields. In text each of
    them is a regular expression, and a traceback is thirty records.

    **Fix.** One JSON object a record: `structlog` with `JSONRenderer`, `python-json-logger`, loguru with
    `serialize=True`, or a `logging.Formatter` that returns `json.dumps(…)`, configured where production
    passes by: in the app's module or factory, or gunicorn's `logconfig_dict`. What stands under
    `if __name__ == "__main__"` is not run by gunicorn or uvicorn.

    **Silent when** something that production runs, or may run, writes JSON or hands records to a service
    with their fields; when a library or file that cannot be read configures logging; when it is not known
    what production starts, or the app writes no records.

    Source: structlog 26.1 (its default renderer writes text), python-json-logger 4.2, loguru's `serialize`.
    """
    for deployment, app in writing(project):
        logging = logging_of(deployment, project.tree)
        if logging.structured is False:
            yield _text(deployment, app, logging)


def writing(project: Project) -> tuple[tuple[Deployment, App], ...]:
    """Return each app that production starts and that writes records, with one deployment of it.

    Raises `Skip` where there is none.
    """
    started = [(d, answering_app(d)) for d in project.deployments if d.whole]
    apps = [(d, app) for d, app in started if app is not None and app.kind not in OWN_LOGGING]
    if not apps:
        raise Skip(NOT_KNOWN)
    found = {app.at: (d, app) for d, app in reversed(apps) if writes(Reach(d))}
    if not found:
        raise Skip(NOTHING_WRITTEN)
    return tuple(reversed(found.values()))


def _text(deployment: Deployment, app: App, logging: Logging) -> Draft:
    textual = logging.textual
    idle = [s for s in logging.setups if s.reached is False and s.structured]
    unused = [] if idle or textual else _unused_formatters(logging)
    return Draft(
        message=_message(logging, idle, unused),
        at=textual[0].at if textual else app.at,
        subject="log output",
        trail=(
            *(Step(f"{s.text}  (text)", s.at) for s in textual[:SHOWN]),
            *(Step(f"{s.text}  (JSON, and production does not run it)", s.at) for s in idle[:SHOWN]),
            *unused[:SHOWN],
        ),
        certain=deployment.server is not None and not deployment.tentative,
        fix=Fix(
            "configure one JSON object a record where production passes by, in the app's module or factory",
            question="Which fields do you search by (request id, user, path)?",
        ),
    )


def _message(logging: Logging, idle: list[Setup], unused: list[Step]) -> str:
    if idle:
        return "Production logs free text: what would write JSON stands where production does not pass."
    if unused:
        return "Production logs free text: a formatter that writes JSON is defined, and nothing attaches it."
    if not logging.run:
        return "Production logs free text: nothing that it runs configures JSON records."
    return "Production logs free text: its records are no JSON, so no field of them can be searched."


def _unused_formatters(logging: Logging) -> list[Step]:
    """Return the classes that would write JSON and are attached to nothing."""
    found: list[Step] = []
    for module in (*logging.reach.modules, *logging.reach.neighbours):
        for node in module.tree.body if "Formatter" in module.text else ():
            if isinstance(node, ast.ClassDef) and any("Formatter" in ast.unparse(b) for b in node.bases):
                names = " ".join(ast.unparse(s) for s in node.body)
                if re.search(r"\bjson\b|dumps", names):
                    found.append(
                        Step(f"{node.name} is defined, and nothing attaches it", module.location(node))
                    )
    return found
