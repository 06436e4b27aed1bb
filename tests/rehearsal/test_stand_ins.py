"""The stand-ins answer as the extensions do."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator

import pytest

from deploycheck.rehearsal.direct import DirectSession
from deploycheck.rehearsal.extensions import excuse, provide, stubbed
from deploycheck.rehearsal.session import StatementFailed
from tests.rehearsal.servers import Fresh


@pytest.fixture
def session(fresh: Fresh) -> Iterator[DirectSession]:
    with DirectSession(fresh()) as one:
        yield one


def one(session: DirectSession, expression: str) -> object:
    return session.query(f"SELECT {expression}")[0][0]


@pytest.mark.parametrize("name", ["uuid-ossp", "citext", "pgcrypto", "pg_trgm"])
def test_a_stand_in_is_created_and_dropped_like_an_extension(session: DirectSession, name: str) -> None:
    assert stubbed(session) == ()
    session.run(f'CREATE EXTENSION IF NOT EXISTS "{name}"')
    assert stubbed(session) == (name,)
    session.run(f'DROP EXTENSION "{name}"')
    assert stubbed(session) == ()
    assert session.query("SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace") == [(0,)]


def test_it_may_stand_in_a_schema_of_its_own_and_move(session: DirectSession) -> None:
    session.run("CREATE SCHEMA extensions")
    session.run("CREATE EXTENSION citext SCHEMA extensions")
    assert one(session, "'A'::extensions.citext OPERATOR(extensions.=) 'a'::extensions.citext") is True
    session.run("ALTER EXTENSION citext SET SCHEMA public")
    assert one(session, "'A'::citext = 'a'") is True


def test_a_table_that_uses_it_keeps_it_from_being_dropped(session: DirectSession) -> None:
    session.run('CREATE EXTENSION "uuid-ossp"')
    session.run("CREATE TABLE t (id uuid PRIMARY KEY DEFAULT uuid_generate_v4())")
    with pytest.raises(StatementFailed, match="because other objects depend on it"):
        session.run('DROP EXTENSION "uuid-ossp"')


@pytest.mark.parametrize("name", ["", "deploycheck", "ä" * 31, "x" * 55, "x" * 56, "x" * 200])
def test_uuids_are_those_of_the_rfc(session: DirectSession, name: str) -> None:
    session.run('CREATE EXTENSION "uuid-ossp"')
    url = uuid.NAMESPACE_URL
    assert one(session, f"uuid_generate_v3(uuid_ns_url(), '{name}')") == str(uuid.uuid3(url, name))
    assert one(session, f"uuid_generate_v5(uuid_ns_url(), '{name}')") == str(uuid.uuid5(url, name))


def test_each_version_is_what_it_says_and_no_two_are_one(session: DirectSession) -> None:
    session.run('CREATE EXTENSION "uuid-ossp"')
    for function, version in (("v1", 1), ("v1mc", 1), ("v4", 4)):
        rows = session.query(f"SELECT uuid_generate_{function}() FROM generate_series(1, 50)")
        made = [uuid.UUID(str(text)) for (text,) in rows]
        assert {each.version for each in made} == {version}
        assert len(set(made)) == 50
    now = one(session, "extract(epoch FROM now())::float8")
    assert isinstance(now, float)
    stamp = (uuid.UUID(str(one(session, "uuid_generate_v1()"))).time - 0x01B21DD213814000) / 1e7
    assert abs(stamp - now) < 3600
    assert one(session, "uuid_nil()") == str(uuid.UUID(int=0))
    assert one(session, "uuid_ns_dns()") == str(uuid.NAMESPACE_DNS)
    assert one(session, "uuid_ns_oid()") == str(uuid.NAMESPACE_OID)
    assert one(session, "uuid_ns_x500()") == str(uuid.NAMESPACE_X500)


@pytest.mark.parametrize("algorithm", ["md5", "sha1", "sha224", "sha256", "sha384", "SHA512"])
@pytest.mark.parametrize("length", [0, 1, 55, 56, 63, 64, 65, 119, 120, 300])
def test_digests_are_those_of_python(session: DirectSession, algorithm: str, length: int) -> None:
    session.run("CREATE EXTENSION pgcrypto")
    expected = hashlib.new(algorithm.lower(), b"k" * length).hexdigest()
    assert one(session, f"encode(digest(repeat('k', {length}), '{algorithm}'), 'hex')") == expected
    assert one(session, f"encode(digest(repeat('k', {length})::bytea, '{algorithm}'), 'hex')") == expected


def test_pgcrypto_makes_random_values_and_refuses_other_digests(session: DirectSession) -> None:
    session.run("CREATE EXTENSION pgcrypto")
    for length in (1, 16, 32, 33, 1024):
        assert one(session, f"length(gen_random_bytes({length}))") == length
    assert one(session, "gen_random_bytes(16) = gen_random_bytes(16)") is False
    assert uuid.UUID(str(one(session, "public.gen_random_uuid()"))).version == 4
    with pytest.raises(StatementFailed, match='Cannot use "whirlpool"'):
        session.query("SELECT digest('a', 'whirlpool')")


def test_citext_compares_without_case_and_keeps_it(session: DirectSession) -> None:
    session.run("CREATE EXTENSION citext")
    session.run("CREATE TABLE t (name citext PRIMARY KEY, other text)")
    session.run("CREATE INDEX ON t USING hash (name)")
    session.run("INSERT INTO t VALUES ('Ada', 'ADA'), ('bob', 'x')")
    with pytest.raises(StatementFailed, match="duplicate key") as failure:
        session.run("INSERT INTO t VALUES ('ADA')")
    assert failure.value.sqlstate == "23505"
    assert session.query("SELECT name::text FROM t WHERE name = 'aDA'") == [("Ada",)]
    assert session.query("SELECT name::text FROM t WHERE name LIKE 'A%' AND name ~ '^aD'") == [("Ada",)]
    assert session.query("SELECT count(*) FROM t WHERE name = other") == [(0,)], "text wins: as in citext"
    assert session.query("SELECT min(name)::text, max(name)::text FROM t") == [("Ada", "bob")]
    assert session.query("SELECT name::text FROM t ORDER BY name DESC") == [("bob",), ("Ada",)]
    assert session.query("SELECT count(*) FROM (SELECT name FROM t UNION SELECT 'ADA'::citext) u") == [(2,)]
    session.run("ALTER TABLE t ALTER COLUMN other TYPE citext")
    session.run("ALTER TABLE t ALTER COLUMN other TYPE varchar(20)")
    assert one(session, "replace('AbaB'::citext, 'b'::citext, '-'::citext)") == "A-a-"
    assert one(session, "split_part('AxBXc'::citext, 'x'::citext, 3)") == "c"
    assert one(session, "format_type('citext'::regtype, NULL)") == "citext"


def test_an_index_over_trigrams_is_made_filled_and_dropped(session: DirectSession) -> None:
    session.run("CREATE EXTENSION pg_trgm")
    session.run("CREATE TABLE t (name text)")
    session.run("INSERT INTO t SELECT 'name ' || i FROM generate_series(1, 500) i")
    session.run("CREATE INDEX ix ON t USING gin (name gin_trgm_ops)")
    session.run("INSERT INTO t VALUES ('later'), (NULL), ('')")
    session.run("SET LOCAL enable_seqscan = off")
    assert session.query("SELECT name FROM t WHERE name LIKE '%ate%'") == [("later",)]
    assert "gin (name gin_trgm_ops)" in str(one(session, "pg_get_indexdef('ix'::regclass)"))
    session.run("REINDEX INDEX ix")
    session.run("UPDATE t SET name = name || 'x'")
    session.run("DROP INDEX ix")


@pytest.mark.parametrize(
    ("statement", "extension"),
    [
        ("CREATE EXTENSION postgis", "postgis"),
        ("CREATE EXTENSION hstore", "hstore"),
        ("CREATE TABLE t (tags hstore)", "hstore"),
        ("CREATE TABLE t (at geometry(Point, 4326))", "postgis"),
        ("CREATE TABLE t (a text); CREATE INDEX ON t USING gist (a gist_trgm_ops)", "pg_trgm"),
        ("SELECT crypt('a', gen_salt('bf'))", "pgcrypto"),
        ("CREATE TABLE t (a int, EXCLUDE USING gist (a WITH =))", "btree_gist"),
        ("CREATE TABLE t (path ltree)", "ltree"),
        ("SELECT unaccent('é')", "unaccent"),
    ],
)
def test_what_no_stand_in_brings_is_an_excuse_that_names_it(
    session: DirectSession, statement: str, extension: str
) -> None:
    with pytest.raises(StatementFailed) as failure:
        session.run(statement)
    why = excuse(failure.value.sqlstate, failure.value.message)
    assert extension in why
    assert why.endswith("--server URL")


@pytest.mark.parametrize(
    "statement",
    ["SELECT * FROM vector_of_things", "SELECT nothing()", "CREATE TABLE t (a nonsense)", "SELECT 1/0"],
)
def test_what_is_the_statements_own_fault_is_no_excuse(session: DirectSession, statement: str) -> None:
    with pytest.raises(StatementFailed) as failure:
        session.run(statement)
    assert excuse(failure.value.sqlstate, failure.value.message) == ""


def test_what_production_has_from_elsewhere_is_provided(session: DirectSession) -> None:
    assert provide(session, ("citext", "hstore", "vector")) == ("hstore",)
    assert stubbed(session) == ("citext",)
    assert one(session, "'[1,2]'::vector(2)") == "[1,2]"
