"""What a variable is for, by the words of its name."""

from __future__ import annotations

import enum
import re

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")

_DATABASE = frozenset(
    """
    database db postgres postgresql pg pgsql psql sql sqlalchemy sqlite rds lakebase neon supabase alembic
    """.split()
)
_OTHER = frozenset(
    """
    redis valkey mongo mongodb rabbit rabbitmq amqp broker celery kafka neo4j elastic elasticsearch opensearch
    qdrant weaviate milvus chroma pinecone smtp mail email ldap s3 minio memcached cache snowflake bigquery
    clickhouse influx mysql mariadb vector tika sentry
    """.split()
)
_QUALIFIERS = frozenset(
    "async sync readonly ro rw read write prod production dev test default primary".split()
)
"""Words that follow what matters: `DATABASE_URL_ASYNC`."""


class Purpose(enum.StrEnum):
    """What a value of it must be like."""

    DATABASE_URL = "database url"
    DATABASE_HOST = "database host"
    DATABASE_PORT = "database port"
    DATABASE_USER = "database user"
    DATABASE_PASSWORD = "database password"  # noqa: S105 - a kind
    DATABASE_NAME = "database name"
    DATABASE_DRIVER = "database driver"
    DATABASE_SCHEMA = "database schema"
    URL = "url"
    HOST = "host"
    PORT = "port"
    EMAIL = "email"
    PATH = "path"
    SECRET = "secret"  # noqa: S105 - a kind
    NUMBER = "number"
    FLAG = "flag"
    LIST = "list"
    ALGORITHM = "algorithm"
    LEVEL = "level"
    ENVIRONMENT = "environment"
    TEXT = "text"


_OF_A_DATABASE = {
    "url uri dsn connection conn connstr string conninfo connectionstring": Purpose.DATABASE_URL,
    "host hostname server address endpoint addr ip": Purpose.DATABASE_HOST,
    "port": Purpose.DATABASE_PORT,
    "user username login role": Purpose.DATABASE_USER,
    "password pass passwd pwd pw secret": Purpose.DATABASE_PASSWORD,
    "name database db dbname": Purpose.DATABASE_NAME,
    "driver dialect scheme drivername": Purpose.DATABASE_DRIVER,
    "schema": Purpose.DATABASE_SCHEMA,
}
_OF_LIBPQ = {
    "PGHOST": Purpose.DATABASE_HOST,
    "PGPORT": Purpose.DATABASE_PORT,
    "PGUSER": Purpose.DATABASE_USER,
    "PGPASSWORD": Purpose.DATABASE_PASSWORD,
    "PGDATABASE": Purpose.DATABASE_NAME,
}
_OF_ANYTHING = {
    "url uri endpoint dsn webhook issuer": Purpose.URL,
    "host hostname server domain": Purpose.HOST,
    "port": Purpose.PORT,
    "email": Purpose.EMAIL,
    "path dir directory folder file root home": Purpose.PATH,
    "secret key token password pass passwd pwd salt credential credentials pepper": Purpose.SECRET,
    """
    size count limit timeout seconds minutes hours days ttl max min workers retries expire expiry threads
    interval overflow recycle number attempts concurrency
    """: Purpose.NUMBER,
    "debug enabled enable disabled disable verbose echo ssl tls secure": Purpose.FLAG,
    "origins hosts list domains emails": Purpose.LIST,
    "algorithm": Purpose.ALGORITHM,
    "level": Purpose.LEVEL,
    "env environment stage": Purpose.ENVIRONMENT,
}


def words_of(name: str) -> tuple[str, ...]:
    """Return the words of a variable's name, in lower case."""
    return tuple(word.lower() for word in _WORD.findall(name))


def purpose_of(name: str) -> Purpose:
    """Return what a variable is for, as far as its name tells."""
    if (known := _OF_LIBPQ.get(name.upper())) is not None:
        return known
    words = words_of(name)
    if not words:
        return Purpose.TEXT
    if _DATABASE.intersection(words) and not _OTHER.intersection(words):
        found = _last(words, _OF_A_DATABASE)
        if found is not None:
            return Purpose.DATABASE_URL if words in {("db",), ("database",)} else found
    return _last(words, _OF_ANYTHING) or Purpose.TEXT


def _last(words: tuple[str, ...], meanings: dict[str, Purpose]) -> Purpose | None:
    """Return the meaning of the last word that says what the thing is."""
    told = [word for word in words if word not in _QUALIFIERS and not word.isdigit()]
    last = told[-1] if told else ""
    return next((meaning for listed, meaning in meanings.items() if last in listed.split()), None)
