"""Limiters that code puts to use call by call: fastapi-limiter, and the package `limits` itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.facts.limits.model import MEMORY, SHARED, UNKNOWN, Limiter
from deploycheck.facts.limits.storages import storage_of_object
from deploycheck.facts.web.objects import arms
from deploycheck.findings import Step
from deploycheck.python.values import Made, Value

if TYPE_CHECKING:
    from deploycheck.facts.limits.context import Context
    from deploycheck.python.program import Call
    from deploycheck.python.resolution import Resolved

FASTAPI_LIMITER = ("fastapi_limiter.depends.RateLimiter", "fastapi_limiter.depends.WebSocketRateLimiter")
STRATEGIES = tuple(
    f"limits.{part}strategies.{name}"
    for part in ("", "aio.")
    for name in (
        "FixedWindowRateLimiter",
        "FixedWindowElasticExpiryRateLimiter",
        "MovingWindowRateLimiter",
        "SlidingWindowCounterRateLimiter",
    )
)
PARSERS = ("limits.parse", "limits.parse_many", "limits.util.parse", "limits.util.parse_many")


def fastapi_limiter(context: Context) -> Iterator[Limiter]:
    """Yield each use of fastapi-limiter: the old one counts in Redis, the new one where its limiter does.

    The new one (0.2) is told by its argument `limiter`; its answer carries no Retry-After, unlike the old
    one's.
    """
    for call in context.calls("fastapi_limiter", *FASTAPI_LIMITER):
        if not context.runs(call):
            continue
        inner = call.argument(None, "limiter")
        limits = tuple(call.arguments().keywords.values()) if inner is None else _rates(inner)
        yield Limiter(
            "fastapi-limiter",
            call.location,
            call.module.source(call.node),
            storage=SHARED if inner is None else _bucket(inner),
            limits=limits or tuple(call.arguments().positional),
            tells_when=inner is None or context.writes_retry_after or _has_callback(call),
        )


def _has_callback(call: Call) -> bool | None:
    return None if call.argument(None, "callback") is not None else False


def _rates(limiter: Value) -> tuple[Value, ...]:
    made = [arm for arm, _ in arms(limiter) if isinstance(arm, Made)]
    return tuple(v for m in made for v in m.arguments)


def _bucket(limiter: Value) -> str:
    """Return where pyrate-limiter counts: rates alone, and its in-memory bucket, in the process."""
    for arm, _ in arms(limiter):
        if isinstance(arm, Made) and arm.callee.startswith("pyrate_limiter.") and arm.arguments:
            first = next((a for a, _ in arms(arm.arguments[0]) if isinstance(a, Made)), None)
            name = first.callee.rpartition(".")[2] if first is not None else ""
            if name in {"Rate", "InMemoryBucket"}:
                return MEMORY
            return SHARED if name in {"RedisBucket", "PostgresBucket"} else UNKNOWN
    return UNKNOWN


def limits_package(context: Context) -> Iterator[Limiter]:
    """Yield each strategy of the package `limits` that code of the app asks with `hit`."""
    made = list(context.calls("RateLimiter", *STRATEGIES))
    hits = [c for c in _hits(context) if context.runs(c)] if made else []
    for call in made if hits else ():
        storage, resolved = _storage(context, call)
        parsed = [v for c in context.calls("limits", *PARSERS) if (v := c.argument(0)) is not None]
        yield Limiter(
            "limits",
            call.location,
            call.module.source(call.node),
            storage=storage,
            storage_value=resolved,
            limits=tuple(parsed),
            tells_when=context.writes_retry_after,
            steps=tuple(Step(c.module.source(c.node), c.location) for c in hits[:1]),
        )


def _hits(context: Context) -> Iterator[Call]:
    paths = {m.path for m in context.modules(".hit(")}
    yield from context.program.method_calls("hit", within=paths) if paths else ()


def _storage(context: Context, call: Call) -> tuple[str, Resolved | None]:
    return storage_of_object(call.argument(0, "storage"), context.environment)
