"""SQLAlchemy's pools: which one a URL gets, what each holds, and which arguments it refuses.

Tried with SQLAlchemy 1.4.54, 2.0.0, 2.0.24 to 2.0.30, 2.0.37, 2.0.38, 2.0.46 and 2.1.9.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.facts.databases.backends import ASYNC_DRIVERS, scheme_of
from deploycheck.facts.versions import may_reach

if TYPE_CHECKING:
    from deploycheck.facts.requirements import Installed

QUEUE = "QueuePool"
ASYNC_QUEUE = "AsyncAdaptedQueuePool"
NULL = "NullPool"
STATIC = "StaticPool"
ASSERTION = "AssertionPool"
SINGLETON = "SingletonThreadPool"
QUEUES = frozenset({QUEUE, ASYNC_QUEUE, "FallbackAsyncAdaptedQueuePool"})

SIZE, OVERFLOW, RECYCLE, TIMEOUT = 5, 10, -1, 30
"""What a queue has when it is told nothing."""

_SIZES = frozenset({"pool_size", "max_overflow", "pool_timeout", "pool_use_lifo"})
REFUSED = {
    NULL: _SIZES,
    STATIC: _SIZES,
    ASSERTION: _SIZES,
    SINGLETON: _SIZES - {"pool_size"},
}
"""The arguments that a pool class does not take: `create_engine` raises TypeError."""

TAKEN = frozenset(
    {
        "pool", "poolclass", "pool_size", "max_overflow", "pool_timeout", "pool_recycle", "pool_pre_ping",
        "pool_use_lifo", "pool_reset_on_return", "pool_logging_name", "pool_events", "pool_threadlocal",
        "echo_pool",
    },
)  # fmt: skip
"""The arguments about pools that some version of `create_engine` knows."""

FOR_SYNC = frozenset({QUEUE, SINGLETON})
"""Classes that an asyncio engine refuses."""


@dataclass(frozen=True, slots=True)
class Release:
    """What the SQLAlchemy that production installs does: files of SQLite are pooled since 2.0 (`two`).

    `checks_kind`: a pool class that does not fit asyncio is refused, since 2.0.28. `async_files`: files of
    aiosqlite are pooled, since 2.0.38.
    """

    two: bool = True
    async_files: bool = True
    checks_kind: bool = True


def release_of(installed: Installed) -> Release:
    """Return the newest release that the project's requirements allow: it is what pip installs."""
    two, files, kind = (may_reach(installed, "sqlalchemy", v) for v in ("2.0", "2.0.38", "2.0.28"))
    return Release(two, files, kind)


def default_class(url: str, kind: str, release: Release) -> str:
    """Return the pool class that a URL's dialect chooses; empty where the URL's scheme is not known.

    `url` may have holes (`{…}`). `kind` is the engine's: `async` for `create_async_engine`.
    """
    scheme = scheme_of(url)
    if scheme is None:
        return ""
    asynchronous = kind == "async" or scheme.driver in ASYNC_DRIVERS
    if scheme.backend != "sqlite":
        return ASYNC_QUEUE if asynchronous else QUEUE
    if in_memory(url):
        return STATIC if asynchronous else SINGLETON
    if asynchronous:
        return ASYNC_QUEUE if release.async_files else NULL
    return QUEUE if release.two else NULL


def in_memory(url: str) -> bool:
    """Tell whether a SQLite URL names no file."""
    rest = url.partition(":")[2].removeprefix("//")
    path, _, query = rest.partition("?")
    return path.strip("/") in {"", ":memory:", "file::memory:"} or "mode=memory" in query


def wrong_kind(pool: str, url: str, kind: str, release: Release) -> bool:
    """Tell whether SQLAlchemy refuses a pool class for an engine because one is asyncio's and one is not."""
    scheme = scheme_of(url)
    if not release.checks_kind or (scheme is None and kind != "async"):
        return False
    asynchronous = kind == "async" or (scheme is not None and scheme.driver in ASYNC_DRIVERS)
    return pool in FOR_SYNC if asynchronous else pool == ASYNC_QUEUE


def misspelt(name: str) -> bool:
    """Tell whether a keyword is meant for the pool and `create_engine` knows none of that name."""
    return name not in TAKEN and re.search(r"^pool|pool_?size|overflow|recycle|pre_?ping", name) is not None
