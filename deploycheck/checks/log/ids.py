"""Whether the records of one request can be found."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.checks.applies import a_web_app
from deploycheck.checks.log.form import writing
from deploycheck.facts.logs.ids import Ids
from deploycheck.facts.logs.reach import Reach
from deploycheck.findings import Draft, Fix, Severity, Step
from deploycheck.rules import Reads, rule

if TYPE_CHECKING:
    from deploycheck.facts.deployments import Deployment
    from deploycheck.facts.web.apps import App
    from deploycheck.facts.web.middleware import Middleware
    from deploycheck.project import Project


@rule(
    "LOG003",
    "no-request-id",
    severity=Severity.MEDIUM,
    debt="DEPLOY-7",
    reads=Reads.PYTHON | Reads.MANIFESTS,
    requires=(a_web_app,),
)
def no_request_id(project: Project) -> Iterator[Draft]:
    """Nobody can tell which records of the log belong to one request.

    **Why.** A server answers many requests at once, and their records stand between each other. Without an id
    on each record a user's error cannot be followed from the answer back to its cause.

    **Fix.** Middleware that takes the proxy's `X-Request-Id` or makes one, keeps it in a context variable,
    and a `logging.Filter` (or structlog's `merge_contextvars`) that puts it onto each record.
    asgi-correlation-id does the first half; its `CorrelationIdFilter` is the second, and must be added.

    **Silent when** a filter, formatter, processor or format that is in use speaks of a request, correlation
    or trace id, middleware binds one, an agent or library that adds ids is there, it is not known what
    production starts, or the app writes no records.

    Source: asgi-correlation-id 5.0.1 (its middleware alone changes no record), structlog 26.1.
    """
    for deployment, app in writing(project):
        ids = Ids(Reach(deployment), project.tree)
        if not ids.on_records():
            yield _unmarked(deployment, app, ids.correlation)


def _unmarked(deployment: Deployment, app: App, correlation: Middleware | None) -> Draft:
    message = "No record of the log tells which request it belongs to."
    if correlation is not None:
        message = "Each answer carries a request id, and no record of the log does: its filter is not added."
    return Draft(
        message=message,
        at=correlation.at if correlation is not None else app.at,
        subject="request id",
        trail=(Step("the app whose requests carry no id", app.at),) if correlation is None else (),
        certain=deployment.server is not None and not deployment.tentative,
        fix=Fix(
            "add asgi_correlation_id.CorrelationIdFilter to the handlers, and its field to the format"
            if correlation is not None
            else "keep the request's id in a context variable by middleware, and put it onto records"
        ),
    )
