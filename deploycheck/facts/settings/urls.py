"""Builders of database URLs: their result is text whose scheme stays known when its parts are not."""

from __future__ import annotations

import urllib.parse
from typing import TYPE_CHECKING

from deploycheck.python import operations
from deploycheck.python.models import Models
from deploycheck.python.values import Branch, Literal, Operation, Table, Text, Unknown, Value, peel

if TYPE_CHECKING:
    from deploycheck.findings import Location
    from deploycheck.python.evaluator import Evaluator
    from deploycheck.python.models import Arguments
    from deploycheck.python.values import Data


def sqlalchemy_url(ev: Evaluator, callee: Value, arguments: Arguments) -> Value | None:
    """Return the text of `URL.create(drivername, username, password, host, port, database, query)`."""
    _ = ev, callee
    if arguments.partial:
        return Unknown("a URL from arguments that cannot be followed", at=arguments.at)
    names = ("drivername", "username", "password", "host", "port", "database", "query")
    scheme, user, password, host, port, database, query = (
        arguments.get(position, name) for position, name in enumerate(names)
    )
    if scheme is None:
        return None
    at = arguments.at
    parts = [
        scheme,
        Literal("://"),
        _credentials(user, password, at),
        _optional("", host, "", at),
        _optional(":", port, "", at),
        _optional("/", database, "", at),
        _query(query, at),
    ]
    return Text(tuple(p for p in parts if p is not None), at=at)


def pydantic_url(ev: Evaluator, callee: Value, arguments: Arguments) -> Value | None:
    """Return the text of `PostgresDsn.build(scheme=…, username=…, …)`, of pydantic 1 (`user=`) or 2."""
    _ = callee
    scheme = arguments.get(None, "scheme")
    if arguments.partial or scheme is None or arguments.get(None, "hosts") is not None:
        return Unknown("a URL from arguments that cannot be followed", at=arguments.at)
    at = arguments.at
    user, password = arguments.get(None, "username", "user"), arguments.get(None, "password")
    path = arguments.get(None, "path")
    first = _first_character(ev, path)
    slash = "" if first == "/" and arguments.get(None, "username") is None else "/"
    parts = [
        scheme,
        Literal("://"),
        _credentials(user, password, at),
        _optional("", arguments.get(None, "host"), "", at),
        _optional(":", arguments.get(None, "port"), "", at),
        _optional(slash, path, "", at),
        _optional("?", arguments.get(None, "query"), "", at),
    ]
    return Text(tuple(p for p in parts if p is not None), at=at)


def _first_character(ev: Evaluator, path: Value | None) -> str:
    found = peel(path) if path is not None else None
    if isinstance(found, Text):
        found = peel(found.parts[0]) if found.parts else None
    constant = ev.constant(found) if found is not None else None
    return constant[:1] if isinstance(constant, str) else ""


def _credentials(user: Value | None, password: Value | None, at: Location) -> Value | None:
    if user is None or _is_none(user):
        return None
    quoted = _quoted(user, at)
    secret = None if password is None else _optional(":", _quoted(password, at), "", at, password)
    inner = Text(tuple(p for p in (quoted, secret, Literal("@")) if p is not None), at=at)
    if isinstance(peel(user), Literal):
        return inner
    return Branch(Operation(operations.is_none, (user,), "is None", at=at), Literal(""), inner, "", at=at)


def _quoted(value: Value, at: Location) -> Value:
    return value if isinstance(peel(value), Text) else Operation(_quote, (value,), "quoted", at=at)


def _quote(data: Data) -> Data:
    return urllib.parse.quote(str(data), safe=" +")


def _optional(
    before: str, value: Value | None, after: str, at: Location, tested: Value | None = None
) -> Value | None:
    """Return a part that is left out when it is None."""
    if value is None or _is_none(tested or value):
        return None
    part = Text((Literal(before), value, Literal(after)), at=at)
    if isinstance(peel(tested or value), (Literal, Text)):
        return part
    test = Operation(operations.is_none, (tested or value,), "is None", at=at)
    return Branch(test, Literal(""), part, "", at=at)


def _is_none(value: Value) -> bool:
    found = peel(value)
    return isinstance(found, Literal) and found.data is None


def _query(query: Value | None, at: Location) -> Value | None:
    found = peel(query) if query is not None else None
    if found is None or (isinstance(found, Table) and not found.entries) or _is_none(found):
        return None
    if isinstance(found, Table) and all(isinstance(k, Literal) for k, _ in found.entries):
        parts: list[Value] = []
        for index, (key, value) in enumerate(sorted(found.entries, key=lambda e: str(e[0].data))):  # type: ignore[attr-defined]
            parts.extend(
                (
                    Literal("&" if index else "?"),
                    key,
                    Literal("="),
                    Operation(_quote_plus, (value,), "quoted", at=at),
                )
            )
        return Text(tuple(parts), at=at)
    return Unknown("the URL's query", at=at)


def _quote_plus(data: Data) -> Data:
    return urllib.parse.quote_plus(str(data))


def same(ev: Evaluator, callee: Value, arguments: Arguments) -> Value | None:
    """Return the argument: the URL object stands for its text."""
    _ = ev, callee
    return arguments.get(0, "name_or_url", "url")


_CREATE = ("sqlalchemy.engine.URL", "sqlalchemy.URL", "sqlalchemy.engine.url.URL")
_MAKE = ("sqlalchemy.engine.make_url", "sqlalchemy.make_url", "sqlalchemy.engine.url.make_url")
_BUILD = (
    "PostgresDsn",
    "MultiHostUrl",
    "AnyUrl",
    "MySQLDsn",
    "MariaDBDsn",
    "RedisDsn",
    "AmqpDsn",
    "MongoDsn",
    "Url",
)
_ROOTS = ("pydantic", "pydantic.networks", "pydantic_core", "pydantic.v1")

MODELS = Models(
    calls={
        **{f"{name}.create": sqlalchemy_url for name in _CREATE},
        **dict.fromkeys(_CREATE, sqlalchemy_url),
        **dict.fromkeys(_MAKE, same),
        **{f"{root}.{name}.build": pydantic_url for root in _ROOTS for name in _BUILD},
        **{f"{root}.{name}": same for root in _ROOTS for name in _BUILD},
    }
)
