"""Values to try for a variable, the likeliest first."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from deploycheck.rehearsal.variables.place import NOWHERE
from deploycheck.rehearsal.variables.purposes import Purpose, purpose_of, words_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.rehearsal.variables.place import Place

SECRET = "rehearsal-only-0123456789-abcdefghijklmnopqrstuvwxyz-0123456789"  # noqa: S105 - made up
"""Long enough for every signing key: 64 bytes."""
FERNET = "cmVoZWFyc2FsLW9ubHktMDEyMzQ1Njc4OS1hYmNkZWY="
"""32 bytes in URL-safe Base64, as `cryptography.fernet` wants its keys."""
URL = "http://localhost:1"
"""An address at which nothing listens: port 1 is tcpmux's, which no system has on."""

_SCHEMES = {
    "redis": "redis://localhost:1/0",
    "valkey": "redis://localhost:1/0",
    "celery": "redis://localhost:1/0",
    "broker": "redis://localhost:1/0",
    "cache": "redis://localhost:1/0",
    "amqp": "amqp://rehearsal:rehearsal@localhost:1/",
    "rabbit": "amqp://rehearsal:rehearsal@localhost:1/",
    "rabbitmq": "amqp://rehearsal:rehearsal@localhost:1/",
    "mongo": "mongodb://localhost:1/rehearsal",
    "mongodb": "mongodb://localhost:1/rehearsal",
    "neo4j": "bolt://localhost:1",
    "mysql": "mysql://rehearsal:rehearsal@localhost:1/rehearsal",
    "sentry": "http://rehearsal@localhost:1/1",
}
_FIXED = {
    Purpose.HOST: NOWHERE,
    Purpose.PORT: "8000",
    Purpose.EMAIL: "rehearsal@example.com",
    Purpose.NUMBER: "1",
    Purpose.FLAG: "false",
    Purpose.LIST: "[]",
    Purpose.SECRET: SECRET,
    Purpose.ALGORITHM: "HS256",
    Purpose.LEVEL: "INFO",
    Purpose.ENVIRONMENT: "production",
    Purpose.DATABASE_SCHEMA: "public",
}
_ANYTHING = (
    SECRET,
    "false",
    "1",
    "[]",
    "{}",
    FERNET,
    URL,
    "rehearsal@example.com",
    "00000000-0000-4000-8000-000000000000",
    "2020-01-01",
    "2020-01-01T00:00:00+00:00",
    "INFO",
    "rehearsal",
    "127.0.0.1",
    "127.0.0.1/32",
    "redis://localhost:1/0",
)
"""One of each kind that casts and types ask for."""


def candidates(name: str, place: Place, *, hint: str = "") -> Iterator[str]:
    """Yield values for a variable, each once; `hint` is what the code said when it refused another."""
    yield from dict.fromkeys(
        (*hinted(hint, place), *by_name(name, place), *_ANYTHING, str(place.folder), place.url)
    )


def by_name(name: str, place: Place) -> Iterator[str]:
    """Yield what the name asks for."""
    purpose = purpose_of(name)
    if purpose is Purpose.URL:
        yield next((_SCHEMES[word] for word in words_of(name) if word in _SCHEMES), URL)
    elif purpose is Purpose.PATH:
        yield str(place.folder / name.lower())
    elif purpose in _FIXED:
        yield _FIXED[purpose]
    else:
        yield from _of_the_database(purpose, name, place)


def _of_the_database(purpose: Purpose, name: str, place: Place) -> Iterator[str]:
    match purpose:
        case Purpose.DATABASE_URL:
            yield from urls(name, place)
        case Purpose.DATABASE_HOST:
            yield place.host
        case Purpose.DATABASE_PORT:
            yield place.port
        case Purpose.DATABASE_USER:
            yield place.user
        case Purpose.DATABASE_PASSWORD:
            yield place.password
        case Purpose.DATABASE_NAME:
            yield place.name
        case Purpose.DATABASE_DRIVER:
            yield place.scheme
            yield place.scheme.partition("+")[2] or place.scheme
        case _:
            yield "rehearsal"


def urls(name: str, place: Place) -> Iterator[str]:
    """Yield the database's URL, as its scheme is expected, then with the other drivers."""
    words = words_of(name)
    drivers = ("+aiosqlite", "") if place.is_sqlite else ("+asyncpg", "", "+psycopg", "+psycopg2")
    plain = place.scheme.partition("+")[0]
    if "async" in words and "+" not in place.scheme:
        yield place.speaking(plain + drivers[0]).url
    if "sync" in words:
        yield place.speaking(plain).url
    yield place.url
    for driver in drivers:
        yield place.speaking(plain + driver).url


_PERMITTED = re.compile(
    r"(?:permitted|Literal|[Ii]nput should be|one of|must be|expected|[Cc]hoose|valid)\W.*", re.DOTALL
)
_QUOTED = re.compile(r"['\"]([^'\"\s]{1,60})['\"]")
_LENGTH = re.compile(
    r"(?:at least|minimum(?: length)?(?: of)?|>=?)\s*(\d{1,4})\s*(?:characters|bytes|chars|items)?"
)
_ABOVE = re.compile(r"(greater than or equal to|greater than|at least|>=|>)\s*(\d{1,9})\b")
_BELOW = re.compile(r"(?:less than or equal to|less than|at most|<=|<)\s*(\d{1,9})\b")

_SAID = (
    (r"async(?:io)? (?:extension|driver)|is not async", ("url-async",)),
    (r"No module named '(?:psycopg2|MySQLdb)", ("url-sync",)),
    (r"[Ff]ernet", (FERNET,)),
    (r"base64|[Pp]adding", (FERNET,)),
    (r"valid integer|int_|invalid literal for int", ("1",)),
    (r"could not convert string to float|valid number|float_|decimal", ("1", "1.0")),
    (r"valid boolean|bool_|truth value", ("false",)),
    (r"list_type|valid list|set_type|tuple_type", ("[]",)),
    (r"dict_type|valid dictionary|mapping", ("{}",)),
    (r"JSON|json|Expecting value", ("[]", "{}", "1")),
    (r"[Ee]mail", ("rehearsal@example.com",)),
    (r"[Uu][Uu][Ii][Dd]", ("00000000-0000-4000-8000-000000000000",)),
    (r"date", ("2020-01-01", "2020-01-01T00:00:00+00:00")),
    (r"url_|URL|[Ss]cheme", (URL, "redis://localhost:1/0", "https://localhost:1")),
    (r"IP|ip_", ("127.0.0.1", "127.0.0.1/32")),
)


def hinted(hint: str, place: Place) -> Iterator[str]:
    """Yield what a complaint asks for: a permitted value, a length, a bound, a type."""
    if not hint:
        return
    if found := _PERMITTED.search(hint):
        yield from _QUOTED.findall(found[0])
    for _, number in _ABOVE.findall(hint):
        yield str(int(number) + 1)
    for number in _BELOW.findall(hint):
        yield str(max(int(number) - 1, 0))
    for length in _LENGTH.findall(hint):
        yield (SECRET * 20)[: max(int(length), len(SECRET))]
    plain = place.scheme.partition("+")[0]
    told = {
        "url-async": place.speaking(plain + ("+aiosqlite" if place.is_sqlite else "+asyncpg")).url,
        "url-sync": place.speaking(plain if place.is_sqlite else plain + "+psycopg").url,
    }
    for pattern, values in _SAID:
        if re.search(pattern, hint):
            yield from (told.get(value, value) for value in values)
