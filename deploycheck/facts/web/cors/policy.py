"""One CORS configuration, the same for every library, its defaults filled in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from deploycheck.findings import Step
from deploycheck.python import values
from deploycheck.python.values import Listing, Unknown, Value, Via

if TYPE_CHECKING:
    from deploycheck.facts.web.apps import App
    from deploycheck.facts.web.middleware import Middleware
    from deploycheck.findings import Location
    from deploycheck.python.flow import Condition
    from deploycheck.python.models import Arguments
    from deploycheck.python.scopes import FunctionSymbol

Framework = Literal[
    "starlette", "flask-cors", "quart-cors", "litestar", "django-cors-headers", "hand-written"
]


@dataclass(frozen=True, slots=True, eq=False)
class CorsPolicy:
    """Who may read this app's answers from another website, as one place of the code says it.

    `origins` and `origin_regex` are the allow-list and the pattern as the library gets them: a list or,
    where the code passes one, a single string. `origins` is None only where the code sends the request's
    own Origin back without asking any list (`reflected`). What is not given holds the library's default,
    with a step in its trail that says so; `given` names the options that the code does give. `resources`
    is the pattern of paths that it holds for, None for all. `app` is None when it cannot be told.
    `checked_by` is the test that hand-written code asks before it sends an origin back.
    """

    framework: Framework
    app: App | None
    at: Location
    origins: Value | None
    origin_regex: Value | None
    credentials: Value
    methods: Value
    headers: Value
    resources: Value | None = None
    conditions: tuple[Condition, ...] = ()
    given: frozenset[str] = frozenset()
    reflected: bool = False
    checked_by: str = ""
    middleware: Middleware | None = None
    route: FunctionSymbol | None = None


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a library: where it is passed, and what it is when it is not."""

    name: str
    position: int | None
    default: object
    meaning: str = ""
    """What the default means, for the trail."""


def option(arguments: Arguments, one: Option, library: str) -> Value:
    """Return an option's value: as given, else the library's default with a step that says so."""
    found = arguments.get(one.position, one.name)
    if found is not None:
        return found
    if arguments.partial:
        return Unknown(f"`{one.name}` may be among arguments that cannot be followed", at=arguments.at)
    return default(one, library, arguments.at)


def default(one: Option, library: str, at: Location) -> Value:
    """Return a library's default for an option."""
    inner: Value
    if isinstance(one.default, list):
        inner = Listing(tuple(values.Literal(i, at=at) for i in one.default), at=at)
    else:
        inner = values.Literal(one.default, at=at)
    meaning = f", which {one.meaning}" if one.meaning else ""
    return Via(Step(f"{one.name} is not given: {library}'s default is {one.default!r}{meaning}", at), inner)


def given(arguments: Arguments, *options: Option) -> frozenset[str]:
    """Return the names of the options that a call gives."""
    return frozenset(o.name for o in options if arguments.get(o.position, o.name) is not None)
