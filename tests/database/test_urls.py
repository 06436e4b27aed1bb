"""URLs as users write them."""

from __future__ import annotations

import pytest

from deploycheck.database.errors import BadUrl, Unreachable
from deploycheck.database.urls import address_of

SECRET = "s3ntinel/pass%word@x"
QUOTED = "s3ntinel%2Fpass%25word%40x"


@pytest.mark.parametrize(
    "scheme",
    [
        "postgres",
        "postgresql",
        "postgresql+psycopg",
        "postgresql+psycopg2",
        "postgresql+asyncpg",
        "postgresql+psycopg_async",
        "postgresql+pg8000",
        "POSTGRESQL",
    ],
)
def test_every_driver_s_url_becomes_ours(scheme: str) -> None:
    address = address_of(f"{scheme}://shop:{QUOTED}@db.internal:6000/shop")
    expected = {"user": "shop", "password": SECRET, "host": "db.internal", "port": "6000", "dbname": "shop"}
    assert address.parameters == expected
    assert address.shown == "postgresql://shop:***@db.internal:6000/shop"
    assert "s3ntinel" not in repr(address)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("sslmode=verify-full&sslrootcert=/ca.pem", {"sslmode": "verify-full", "sslrootcert": "/ca.pem"}),
        ("ssl=require", {"sslmode": "require"}),
        ("ssl=true", {"sslmode": "require"}),
        ("ssl=verify-ca", {"sslmode": "verify-ca"}),
        ("prepared_statement_cache_size=0&command_timeout=60&pgbouncer=true", {}),
        ("connect_timeout=600&replication=database", {}),
        ("options=-csearch_path%3Dshop", {"options": "-csearch_path=shop"}),
        ("host=/run/postgresql", {"host": "/run/postgresql"}),
        ("host=one:5432&host=two:5433", {"host": "one,two", "port": "5432,5433"}),
        ("application_name=web", {"application_name": "web"}),
        ("database=other&username=me", {"dbname": "other", "user": "me"}),
    ],
)
def test_what_libpq_knows_is_kept_and_the_rest_left_out(query: str, expected: dict[str, str]) -> None:
    given = {"host": "db", "dbname": "shop"}
    assert address_of(f"postgresql+asyncpg://db/shop?{query}").parameters == {**given, **expected}


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://db", "postgresql://db"),
        ("postgresql:///shop?host=/tmp/pg", "postgresql:///shop?host=/tmp/pg"),
        ("postgresql://u@[::1]:5432/shop", "postgresql://u@[::1]:5432/shop"),
        (f"postgresql://db/shop?user=u&password={QUOTED}", "postgresql://u:***@db/shop"),
        ("postgresql:///shop?host=a:1&host=b:2", "postgresql://a:1,b:2/shop"),
        ("sqlite:///shop.db", "sqlite:///shop.db"),
        ("sqlite+aiosqlite:////data/shop.db?timeout=5", "sqlite:////data/shop.db"),
    ],
)
def test_the_form_that_is_shown(url: str, shown: str) -> None:
    assert address_of(url).shown == shown


def test_every_form_of_a_secret_is_masked() -> None:
    address = address_of(f"postgresql://u:{QUOTED}@db/shop?sslpassword=other-secret")
    text = f"bad: {SECRET}, {QUOTED}; other-secret"
    assert address.without_secrets(text) == "bad: ***, ***; ***"


def test_a_short_password_does_not_eat_the_message() -> None:
    address = address_of("postgresql://u:a@db/shop")
    assert address.without_secrets("password authentication failed") == "password authentication failed"


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///shop.db", "/srv/app/shop.db"),
        ("sqlite:////data/shop.db", "/data/shop.db"),
        ("sqlite:///file:shop%2520.db?mode=ro&uri=true", "/srv/app/shop .db"),
        ("sqlite:///file:///data/shop.db?uri=true", "/data/shop.db"),
    ],
)
def test_where_a_sqlite_file_is(url: str, path: str) -> None:
    assert address_of(url.replace("%2520", "%20"), "/srv/app").path == path


@pytest.mark.parametrize(
    "url",
    [
        "",
        "shop",
        "host=db password=sentinel-pw",
        "postgresql:/u:sentinel-pw@db",
        "postgresql://u:sentinel-pw@db:port/shop",
        "postgresql://u:sentinel@-pw@db/shop",
    ],
)
def test_what_is_no_url_is_told_and_not_quoted(url: str) -> None:
    with pytest.raises(BadUrl) as raised:
        address_of(url)
    assert "\n" not in str(raised.value)
    assert "sentinel" not in str(raised.value)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("mysql+pymysql://u:sentinel-pw@db/shop", "PostgreSQL and SQLite, and the URL names mysql"),
        ("cockroachdb://u:sentinel-pw@db/shop", "the URL names cockroachdb"),
        ("sqlite://", "in memory"),
        ("sqlite:///:memory:", "in memory"),
        ("sqlite:///file:x?mode=memory&uri=true", "in memory"),
        ("sqlite+pysqlcipher://:sentinel-pw@/shop.db", "SQLCipher"),
    ],
)
def test_a_database_that_cannot_be_looked_at(url: str, why: str) -> None:
    with pytest.raises(Unreachable, match=why) as raised:
        address_of(url)
    assert "sentinel" not in str(raised.value)
