"""CORS by flask-cors, on an app, a blueprint, a resource or a view; and by quart-cors."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from deploycheck.facts.web.cors.policy import CorsPolicy, Option, default, given, option
from deploycheck.facts.web.flask_config import config_value
from deploycheck.facts.web.objects import arms, makers, together
from deploycheck.facts.web.syntax import definitions_in, symbol_of
from deploycheck.python.models import Arguments
from deploycheck.python.scopes import FunctionSymbol, contains
from deploycheck.python.values import Literal, Table, Value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.facts.web.apps import App
    from deploycheck.facts.web.cors.policy import Framework
    from deploycheck.facts.web.search import Search
    from deploycheck.facts.web.usage import Usage
    from deploycheck.python.flow import Condition
    from deploycheck.python.program import Call

EXTENSIONS = ("flask_cors.CORS", "flask_cors.extension.CORS")
DECORATORS = ("flask_cors.cross_origin", "flask_cors.decorator.cross_origin")
ORIGINS = Option("origins", None, "*", "allows every origin")
METHODS = Option("methods", None, ["GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"])
HEADERS = Option("allow_headers", None, "*")
CREDENTIALS = Option("supports_credentials", None, default=False)
NO_REGEX = Option("origin_regex", None, None)
OPTIONS = (ORIGINS, METHODS, HEADERS, CREDENTIALS)
QUART = ("quart_cors.cors",)
QUART_ORIGINS = Option("allow_origin", None, "*", "allows every origin")
QUART_CREDENTIALS = Option("allow_credentials", None, default=False)
QUART_OPTIONS = (QUART_ORIGINS, Option("allow_methods", None, ["*"]), Option("allow_headers", None, ["*"]))


def policies(search: Search, usage: Usage) -> Iterator[CorsPolicy]:
    """Yield the policies of each `CORS(app)`, `CORS().init_app(app)` and `@cross_origin()`."""
    for call in search.calls(*EXTENSIONS):
        if usage.runs(call.scope):
            yield from _extension(search, call)
    for call in search.calls(*DECORATORS):
        yield _on_view(search, call)
    for call in search.calls(*QUART):
        if usage.runs(call.scope):
            yield from _quart(search, call)


def _extension(search: Search, call: Call) -> Iterator[CorsPolicy]:
    given_app = call.argument(0, "app")
    if given_app is not None and _is_something(given_app):
        yield from _installed(search, call, given_app, call.arguments())
        return
    for later in search.method_calls("init_app"):
        receiver = later.receiver()
        if receiver is not None and call.location in makers(receiver):
            both = _joined(call.arguments(), later.arguments())
            app = later.argument(0, "app")
            yield from _installed(search, call, app, both, later.conditions())


def _is_something(value: Value) -> bool:
    return any(not (isinstance(arm, Literal) and arm.data is None) for arm, _ in arms(value))


def _joined(first: Arguments, second: Arguments) -> Arguments:
    keywords = {**first.keywords, **second.keywords}
    return Arguments((), keywords, first.at, first.text, first.partial or second.partial)


def _installed(
    search: Search,
    call: Call,
    target: Value | None,
    arguments: Arguments,
    conditions: tuple[Condition, ...] = (),
) -> Iterator[CorsPolicy]:
    """Yield a policy for every app that the target may be, and every resource in it."""
    for app in search.owners(target):
        base = _with_config(search, app, arguments)
        for pattern, own, tests in _resources(base):
            where = together(call.conditions(), conditions, tests)
            yield replace(_policy(app, own), resources=pattern, conditions=where)


def _with_config(search: Search, app: App | None, arguments: Arguments) -> Arguments:
    """Add what the app's `CORS_…` configuration gives to options that the call does not."""
    keywords = dict(arguments.keywords)
    for one in (*OPTIONS, Option("resources", None, None)):
        if one.name not in keywords:
            configured = config_value(search, app, f"CORS_{one.name.upper()}")
            if configured is not None:
                keywords[one.name] = configured
    return Arguments((), keywords, arguments.at, arguments.text, arguments.partial)


def _resources(
    arguments: Arguments,
) -> Iterator[tuple[Value | None, Arguments, tuple[Condition, ...]]]:
    """Yield each resource's pattern with its options: its own, else those of the whole."""
    resources = arguments.keywords.get("resources")
    common = {k: v for k, v in arguments.keywords.items() if k != "resources"}
    whole = Arguments((), common, arguments.at, arguments.text, arguments.partial)
    if resources is None:
        yield None, whole, ()
        return
    for arm, tests in arms(resources):
        if not isinstance(arm, Table):
            yield arm, whole, tests
            continue
        for pattern, options in arm.entries:
            yield pattern, _overridden(whole, options), tests


def _overridden(whole: Arguments, options: Value) -> Arguments:
    keywords = dict(whole.keywords)
    tables = [arm for arm, _ in arms(options) if isinstance(arm, Table)]
    for key, value in tables[0].entries if len(tables) == 1 else ():
        if isinstance(key, Literal):
            keywords[str(key.data)] = value
    return Arguments((), keywords, whole.at, whole.text, whole.partial or len(tables) != 1)


def _policy(
    app: App | None,
    arguments: Arguments,
) -> CorsPolicy:
    headers = arguments.keywords.get("headers")
    return CorsPolicy(
        "flask-cors",
        app,
        arguments.at,
        option(arguments, ORIGINS, "flask-cors"),
        default(NO_REGEX, "flask-cors", arguments.at),
        option(arguments, CREDENTIALS, "flask-cors"),
        option(arguments, METHODS, "flask-cors"),
        headers if headers is not None else option(arguments, HEADERS, "flask-cors"),
        given=given(arguments, *OPTIONS),
    )


def _on_view(search: Search, call: Call) -> CorsPolicy:
    """Return the policy of one decorated view."""
    route: FunctionSymbol | None = None
    for defined in definitions_in(search.program, call.module):
        if any(contains(d, call.node) for d in defined.node.decorator_list):
            symbol = symbol_of(search.program, defined)
            route = symbol if isinstance(symbol, FunctionSymbol) else None
    flasks = [a for a in search.apps if a.kind == "flask"]
    app = flasks[0] if len(flasks) == 1 else None
    return replace(_policy(app, call.arguments()), conditions=call.conditions(), route=route)


def _quart(search: Search, call: Call) -> Iterator[CorsPolicy]:
    arguments = call.arguments()
    framework: Framework = "quart-cors"
    methods, headers = (option(arguments, o, framework) for o in QUART_OPTIONS[1:])
    for app in search.owners(call.argument(0, "app_or_blueprint")):
        yield CorsPolicy(
            framework,
            app,
            call.location,
            option(arguments, QUART_ORIGINS, framework),
            default(NO_REGEX, framework, call.location),
            option(arguments, QUART_CREDENTIALS, framework),
            methods,
            headers,
            conditions=call.conditions(),
            given=given(arguments, *QUART_OPTIONS, QUART_CREDENTIALS),
        )
