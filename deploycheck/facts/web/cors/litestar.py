"""CORS by Litestar's `CORSConfig`, given to the app or set by a plug-in."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from deploycheck.facts.web.cors.policy import CorsPolicy, Option, given, option
from deploycheck.facts.web.objects import makers
from deploycheck.python.syntax import nodes_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.facts.web.apps import App
    from deploycheck.facts.web.search import Search
    from deploycheck.facts.web.usage import Usage
    from deploycheck.python.program import Call

CONFIGS = (
    "litestar.config.cors.CORSConfig",
    "litestar.config.CORSConfig",
    "starlite.config.cors.CORSConfig",
    "starlite.config.CORSConfig",
    "starlite.CORSConfig",
)
ORIGINS = Option("allow_origins", 0, ["*"], "allows every origin")
METHODS = Option("allow_methods", 1, ["*"])
HEADERS = Option("allow_headers", 2, ["*"])
CREDENTIALS = Option("allow_credentials", 3, default=False)
REGEX = Option("allow_origin_regex", 4, None)
GIVEN_AS = "cors_config"


def policies(search: Search, usage: Usage) -> Iterator[CorsPolicy]:
    """Yield the policy of each `CORSConfig` that an app gets, or that is made where code runs."""
    for call in search.calls(*CONFIGS):
        apps = [
            a for a in search.apps if GIVEN_AS in a.keywords and call.location in makers(a.keywords[GIVEN_AS])
        ]
        if not apps and not (_handed_over(search) and usage.runs(call.scope)):
            continue
        owners: list[App | None] = [*apps] or [_only(search)]
        for app in owners:
            yield _policy(call, app)


def _handed_over(search: Search) -> bool:
    """Tell whether some code sets `….cors_config = …`, as a plug-in does when the app is made."""
    return any(
        isinstance(node, ast.Attribute) and node.attr == GIVEN_AS and isinstance(node.ctx, ast.Store)
        for module in search.modules_with(GIVEN_AS)
        for node in nodes_in(module.tree)
    )


def _only(search: Search) -> App | None:
    found = [a for a in search.apps if a.kind == "litestar"]
    return found[0] if len(found) == 1 else None


def _policy(call: Call, app: App | None) -> CorsPolicy:
    arguments = call.arguments()
    return CorsPolicy(
        "litestar",
        app,
        call.location,
        option(arguments, ORIGINS, "Litestar"),
        option(arguments, REGEX, "Litestar"),
        option(arguments, CREDENTIALS, "Litestar"),
        option(arguments, METHODS, "Litestar"),
        option(arguments, HEADERS, "Litestar"),
        conditions=call.conditions(),
        given=given(arguments, ORIGINS, METHODS, HEADERS, CREDENTIALS, REGEX),
    )
