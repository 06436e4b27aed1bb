"""The URL types of pydantic, as pydantic-core's schemas know them."""

from __future__ import annotations

from typing import Any

_POSTGRES = [
    "postgres",
    "postgresql",
    "postgresql+asyncpg",
    "postgresql+pg8000",
    "postgresql+psycopg",
    "postgresql+psycopg2",
    "postgresql+psycopg2cffi",
    "postgresql+py-postgresql",
    "postgresql+pygresql",
]
_MYSQL = [
    "mysql",
    "mysql+mysqlconnector",
    "mysql+aiomysql",
    "mysql+asyncmy",
    "mysql+mysqldb",
    "mysql+pymysql",
    "mysql+cymysql",
    "mysql+pyodbc",
]
_MARIADB = ["mariadb", "mariadb+mariadbconnector", "mariadb+pymysql"]


def _url(schemes: list[str] | None = None, **more: object) -> dict[str, Any]:
    return {"type": "url", **({"allowed_schemes": schemes} if schemes else {}), **more}


def _hosts(schemes: list[str], **more: object) -> dict[str, Any]:
    return {"type": "multi-host-url", "allowed_schemes": schemes, **more}


URL_SCHEMAS: dict[str, dict[str, Any]] = {
    "AnyUrl": _url(),
    "AnyHttpUrl": _url(["http", "https"]),
    "HttpUrl": _url(["http", "https"], max_length=2083),
    "AnyWebsocketUrl": _url(["ws", "wss"]),
    "WebsocketUrl": _url(["ws", "wss"], max_length=2083),
    "FileUrl": _url(["file"]),
    "PostgresDsn": _hosts(_POSTGRES, host_required=True),
    "CockroachDsn": _url(["cockroachdb", "cockroachdb+psycopg2", "cockroachdb+asyncpg"], host_required=True),
    "AmqpDsn": _url(["amqp", "amqps"]),
    "RedisDsn": _url(
        ["redis", "rediss"],
        default_host="localhost",
        default_port=6379,
        default_path="/0",
        host_required=True,
    ),
    "MongoDsn": _hosts(["mongodb", "mongodb+srv"], default_port=27017),
    "KafkaDsn": _url(["kafka"], default_host="localhost", default_port=9092),
    "NatsDsn": _hosts(["nats", "tls", "ws", "wss"], default_host="localhost", default_port=4222),
    "MySQLDsn": _url(_MYSQL, default_port=3306, host_required=True),
    "MariaDBDsn": _url(_MARIADB, default_port=3306),
    "ClickHouseDsn": _url(
        [
            "clickhouse+native",
            "clickhouse+asynch",
            "clickhouse+http",
            "clickhouse",
            "clickhouses",
            "clickhousedb",
        ],
        default_host="localhost",
        default_port=9000,
    ),
    "SnowflakeDsn": _url(["snowflake"], host_required=True),
}
"""By the type's name in `pydantic`; a test compares each with the library's own constraints."""
