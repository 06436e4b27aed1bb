"""Responses and exceptions: which status a caller gets to see."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING

from deploycheck.facts.health.things import (
    Anything,
    Fault,
    Fields,
    Group,
    Known,
    Reply,
    Thing,
    leak_of,
    tainted,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from deploycheck.findings import Location

_HTTP = frozenset({"HTTPException", "StarletteHTTPException", "HTTPError"})
_WERKZEUG = {
    "ServiceUnavailable": 503,
    "InternalServerError": 500,
    "BadGateway": 502,
    "GatewayTimeout": 504,
    "NotFound": 404,
}
_ABORTS = frozenset(
    {"flask.abort", "quart.abort", "werkzeug.exceptions.abort", "flask_restful.abort", "flask_smorest.abort"}
)
_CODE = re.compile(r"HTTP_(\d{3})(?:_|$)")
_FIRST = re.compile(r"\s*(\d{3})\b")
_WEB = (
    "fastapi",
    "starlette",
    "flask",
    "quart",
    "werkzeug",
    "django",
    "litestar",
    "sanic",
    "aiohttp",
    "apiflask",
)


def constant(name: str) -> Known | None:
    """Return the number of a status's name: `status.HTTP_503_…`, `HTTPStatus.SERVICE_UNAVAILABLE`."""
    last = name.rpartition(".")[2]
    match = _CODE.match(last)
    if match is not None:
        return Known(int(match[1]))
    return Known(HTTPStatus[last].value) if "HTTPStatus." in name and last in HTTPStatus.__members__ else None


def number(thing: Thing | None) -> int | None:
    """Return the status that a thing is: 503, or the text `503 Service Unavailable`."""
    data = thing.data if isinstance(thing, Known) else None
    if isinstance(data, str):
        match = _FIRST.match(data)
        return int(match[1]) if match is not None else None
    return data if isinstance(data, int) and not isinstance(data, bool) else None


def fault(name: str, given: Sequence[Thing], named: Mapping[str, Thing], at: Location) -> Fault | None:
    """Return the exception that a library's class makes, by its qualified name; None for other names."""
    last = name.rpartition(".")[2]
    leak = leak_of(*given, *named.values())
    if last in _HTTP:
        return Fault(
            "http", last, number(named.get("status_code", given[0] if given else None)), at, leak=leak
        )
    if last in _WERKZEUG and ("werkzeug" in name or "flask" in name):
        return Fault("http", last, _WERKZEUG[last], at, leak=leak)
    if last.endswith(("Error", "Exception", "Exit")):
        return Fault("other", last, None if "." in name else 500, at)
    return None


def aborts(name: str, given: Sequence[Thing], named: Mapping[str, Thing], at: Location) -> Fault | None:
    """Return the exception that `abort(503)` raises."""
    if name not in _ABORTS:
        return None
    first = named.get("code", given[0] if given else None)
    leak = leak_of(*given, *named.values())
    status = first.status if isinstance(first, Reply) else number(first)
    return Fault("http", "HTTPException", status, at, leak=leak)


def reply(name: str, given: Sequence[Thing], named: Mapping[str, Thing]) -> Thing | None:
    """Return the response that a library's class or function makes; None for other names."""
    last = name.rpartition(".")[2]
    if not name.startswith(_WEB):
        return None
    leak = leak_of(*given, *named.values())
    if last == "jsonify":
        return Reply(200, leak=leak)
    if last == "make_response":
        return _made(given, leak)
    if (last in {"json_response", "json", "text"} and "." in name) or last.endswith("Response"):
        status = named.get("status_code", named.get("status", given[1] if len(given) > 1 else Known(200)))
        return Reply(number(status), leak=leak)
    return None


def _made(given: Sequence[Thing], leak: Location | None) -> Thing:
    """Return what Flask's `make_response(body, 503)` makes, also of a tuple."""
    if len(given) == 1 and isinstance(given[0], Group):
        given = given[0].items
    first = given[0] if given else Anything()
    status = number(given[1]) if len(given) > 1 else first.status if isinstance(first, Reply) else 200
    return Reply(status, leak=leak)


def returned(
    kind: str, thing: Thing, usual: int | None, injected: Reply | None
) -> tuple[int | None, int | None]:
    """Return the status that a framework answers a returned thing with, and one that it drops.

    Source: FastAPI makes a JSON array of a tuple and answers 200; Flask and Quart take its second item as
    the status. What is no response gets the status set on FastAPI's own one, else the route's.
    """
    if isinstance(thing, Reply):
        return thing.status, None
    if isinstance(thing, Group) and thing.is_tuple:
        return _of_tuple(kind, thing, usual, injected)
    if isinstance(thing, (Known, Group, Fields)):
        if kind == "fastapi" and injected is not None and injected.status is not None:
            return injected.status, None
        return (usual if kind in {"fastapi", "flask", "quart"} else None), None
    return None, None


def _of_tuple(
    kind: str, thing: Group, usual: int | None, injected: Reply | None
) -> tuple[int | None, int | None]:
    items = thing.items
    second = items[1] if len(items) > 1 else None
    if kind in {"flask", "quart"}:
        if isinstance(second, (Fields, Group)):
            return returned(kind, items[0], usual, injected)
        return number(second), None
    if kind == "fastapi":
        meant = number(second)
        status = injected.status if injected is not None and injected.status is not None else usual
        return status, meant if meant is not None and HTTPStatus.BAD_REQUEST <= meant <= 599 else None  # noqa: PLR2004
    return None, None


__all__ = ["aborts", "constant", "fault", "number", "reply", "returned", "tainted"]
