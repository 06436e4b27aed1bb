"""CORS by django-cors-headers, configured by names in the settings module."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploycheck.facts.web.cors.policy import CorsPolicy, Framework, Option, default
from deploycheck.facts.web.objects import items
from deploycheck.findings import Location
from deploycheck.python.values import Branch, Listing, Literal, Unknown, Value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.facts.web.apps import App
    from deploycheck.facts.web.search import Search
    from deploycheck.python.modules import Module

LIBRARY: Framework = "django-cors-headers"
MIDDLEWARE = "corsheaders.middleware.CorsMiddleware"
ALL = ("CORS_ALLOW_ALL_ORIGINS", "CORS_ORIGIN_ALLOW_ALL")
ORIGINS = ("CORS_ALLOWED_ORIGINS", "CORS_ORIGIN_WHITELIST")
REGEXES = ("CORS_ALLOWED_ORIGIN_REGEXES", "CORS_ORIGIN_REGEX_WHITELIST")
NO_ORIGINS = Option("CORS_ALLOWED_ORIGINS", None, [], "allows no other origin")
NO_REGEXES = Option("CORS_ALLOWED_ORIGIN_REGEXES", None, [])
CREDENTIALS = Option("CORS_ALLOW_CREDENTIALS", None, default=False)
METHODS = Option("CORS_ALLOW_METHODS", None, ["DELETE", "GET", "OPTIONS", "PATCH", "POST", "PUT"])
HEADERS = Option(
    "CORS_ALLOW_HEADERS",
    None,
    ["accept", "authorization", "content-type", "user-agent", "x-csrftoken", "x-requested-with"],
)
PATHS = "CORS_URLS_REGEX"


def policies(search: Search) -> Iterator[CorsPolicy]:
    """Yield a policy for each settings module whose `MIDDLEWARE` has the library's class."""
    for module in search.modules_with("MIDDLEWARE", "CORS_"):
        listed = _setting(search, module, "MIDDLEWARE", "MIDDLEWARE_CLASSES")
        if listed is not None and _has_cors(listed):
            yield _policy(search, module)


def _has_cors(listed: Value) -> bool:
    return any(isinstance(i, Literal) and i.data == MIDDLEWARE for i, _ in items(listed))


def _setting(search: Search, module: Module, *names: str) -> Value | None:
    for name in names:
        if name in module.text or "import *" in module.text:
            value = search.program.attribute(module, name)
            if value is not None and not isinstance(value, Unknown):
                return value
    return None


def _policy(search: Search, module: Module) -> CorsPolicy:
    at = _place(module)
    chosen = {o.name: _setting(search, module, o.name) for o in (CREDENTIALS, METHODS, HEADERS)}

    def setting(one: Option) -> Value:
        found = chosen[one.name]
        return found if found is not None else default(one, LIBRARY, at)

    regexes = _setting(search, module, *REGEXES)
    return CorsPolicy(
        LIBRARY,
        _app(search),
        at,
        _origins(search, module, at),
        regexes if regexes is not None else default(NO_REGEXES, LIBRARY, at),
        setting(CREDENTIALS),
        setting(METHODS),
        setting(HEADERS),
        _setting(search, module, PATHS),
        given=frozenset(
            n for n in (*ALL, *ORIGINS, *REGEXES, *chosen) if _setting(search, module, n) is not None
        ),
    )


def _origins(search: Search, module: Module, at: Location) -> Value:
    """Return every origin while the switch for all is on, else the list."""
    everyone = _setting(search, module, *ALL)
    listed = _setting(search, module, *ORIGINS)
    origins = listed if listed is not None else default(NO_ORIGINS, LIBRARY, at)
    if everyone is None:
        return origins
    name = next(n for n in ALL if _setting(search, module, n) is not None)
    any_origin = Listing((Literal("*", at=everyone.at),), at=everyone.at)
    return Branch(everyone, any_origin, origins, name, at=everyone.at or at)


def _place(module: Module) -> Location:
    """Return the first line that sets one of the library's names, or else names its class."""
    lines = module.text.splitlines()
    for marks in ((*ALL, *ORIGINS, *REGEXES), (MIDDLEWARE,)):
        for number, line in enumerate(lines, 1):
            if any(line.strip().startswith(("'", '"', m)) and m in line for m in marks):
                return Location(module.path, number)
    return Location(module.path)


def _app(search: Search) -> App | None:
    found = [a for a in search.apps if a.kind == "django"]
    return next((a for a in found if a.interface == "wsgi"), found[0] if found else None)
