"""CORS: which other origins' scripts a browser lets read this app's answers, whoever says so in the code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploycheck.facts.web.cors import django, flask, handwritten, litestar, starlette
from deploycheck.facts.web.cors.policy import CorsPolicy, Framework
from deploycheck.facts.web.search import search
from deploycheck.facts.web.usage import Usage

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from deploycheck.facts.web.apps import App
    from deploycheck.facts.web.middleware import Middleware
    from deploycheck.python.program import Program


def find_policies(
    program: Program,
    apps: Sequence[App],
    middleware: Sequence[Middleware],
    within: Container[str] | None = None,
) -> tuple[CorsPolicy, ...]:
    """Return every CORS configuration that is installed, in the order of the source.

    `middleware` is what `find_middleware` found for the same apps and files. An app may have several
    policies: one a resource of flask-cors, or a library's beside a header set by hand.
    """
    where = search(program, apps, within)
    usage = Usage(program, where.paths, apps)
    found = [
        *starlette.policies(program, middleware),
        *flask.policies(where, usage),
        *litestar.policies(where, usage),
        *django.policies(where),
        *handwritten.policies(where, usage, middleware),
    ]
    return tuple(sorted(found, key=lambda p: p.at))


__all__ = ["CorsPolicy", "Framework", "find_policies"]
