"""Flask-Limiter: what its limiters reach (tried with Flask-Limiter 4.1.1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.facts.limits.model import MEMORY, UNKNOWN, Limiter
from deploycheck.facts.limits.storages import storage_of
from deploycheck.facts.web.objects import arms
from deploycheck.findings import Step
from deploycheck.python.resolution import holds
from deploycheck.python.values import Made, Value

if TYPE_CHECKING:
    from deploycheck.facts.limits.context import Context
    from deploycheck.python.program import Call

NAMES = ("flask_limiter.Limiter", "flask_limiter.extension.Limiter", "flask_limiter._extension.Limiter")
GIVEN = ("default_limits", "application_limits", "default_limits_per_method")


def find(context: Context) -> Iterator[Limiter]:
    """Yield every limiter of Flask-Limiter that the app makes."""
    for call in context.calls("flask_limiter", *NAMES):
        uses = list(context.methods("limit", call.location, "limit", "shared_limit"))
        own = [v for n in GIVEN if (v := call.argument(None, n)) is not None]
        own += [v for k in ("RATELIMIT_DEFAULT", "RATELIMIT_APPLICATION") if (v := context.flask_key(k))]
        why = _why_not(context, call, uses, own)
        uri = call.argument(None, "storage_uri", "storage_url")
        if uri is None:
            uri = context.flask_key("RATELIMIT_STORAGE_URI") or context.flask_key("RATELIMIT_STORAGE_URL")
        storage, resolved = storage_of(uri, context.environment)
        if storage == MEMORY and uri is None and context.flask_loads_files:
            storage = UNKNOWN
        yield Limiter(
            "flask-limiter",
            call.location,
            call.module.source(call.node),
            refuses=not why,
            why_not=why,
            storage=storage,
            storage_value=resolved,
            limits=(*own, *(v for c in uses if (v := c.argument(0, "limit_value")) is not None)),
            tells_when=_tells_when(context, call),
            steps=tuple(Step(c.module.source(c.node), c.location) for c in uses[:2]),
        )


def _why_not(context: Context, call: Call, uses: list[Call], own: list[Value]) -> str:
    if holds(call.conditions(), context.environment) is False:
        return "it is not made in this environment"
    if context.is_off(call.argument(None, "enabled")) or context.is_off(
        context.flask_key("RATELIMIT_ENABLED")
    ):
        return "it is switched off in this environment"
    if not _has_app(call) and not any(
        context.runs(c) for c in context.methods("init_app", call.location, "init_app")
    ):
        return "it is never given the app"
    if not own and not uses and not context.flask_loads_files:
        return "no route uses it and it has no defaults"
    return ""


def _has_app(call: Call) -> bool:
    """Tell whether the limiter is given an app when it is made: by name, or by position in any version."""
    arguments = call.arguments()
    if arguments.partial or "app" in arguments.keywords:
        return True
    return any(_may_be_app(v) for v in arguments.positional)


def _may_be_app(value: Value) -> bool:
    return any(isinstance(arm, Made) and arm.callee.rpartition(".")[2] == "Flask" for arm, _ in arms(value))


def _tells_when(context: Context, call: Call) -> bool | None:
    if context.writes_retry_after:
        return True
    switch = call.argument(None, "headers_enabled") or context.flask_key("RATELIMIT_HEADERS_ENABLED")
    if switch is None and context.flask_loads_files:
        return None
    return context.is_on(switch)
