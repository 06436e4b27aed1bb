"""Nothing but the throwaway is ever reached, whatever the project's code tries."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploycheck.facts.rehearsed import Ending
from tests.rehearsal.child.projects import ASYNC, PRODUCTION, SYNC, AlembicProject, up
from tests.rehearsal.servers import Fresh


class Production:
    """A listening socket that no rehearsal may ever touch."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._socket.settimeout(0)
        self.port = self._socket.getsockname()[1]

    def close(self) -> None:
        """See that nobody came, and that it would have been seen."""
        with self._socket:
            with pytest.raises(BlockingIOError):
                self._socket.accept()
            with socket.create_connection(("127.0.0.1", self.port)):
                self._socket.settimeout(10)
                self._socket.accept()[0].close()


@pytest.fixture
def production() -> Iterator[Production]:
    production = Production()
    yield production
    production.close()


@pytest.fixture(params=[True, False], ids=["namespaces", "guards alone"])
def namespaces(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


TARGET = "host='127.0.0.1', port={port}, user='app', password='hunter2secret', {name}='prod'"
LED = {
    "the URL": (SYNC, PRODUCTION),
    "connect_args": (
        SYNC.replace(
            "config.get_section(config.config_ini_section)",
            "{{'sqlalchemy.url': 'postgresql+psycopg2://'}}, connect_args=dict("
            + TARGET.replace("{name}", "dbname")
            + ")",
        ),
        "",
    ),
    "a creator with psycopg2": (
        SYNC.replace(
            "poolclass=pool.NullPool",
            "creator=lambda: psycopg2.connect(" + TARGET.replace("{name}", "dbname") + ")",
        ).replace("from alembic", "import psycopg2\n    from alembic"),
        PRODUCTION,
    ),
    "a creator with psycopg": (
        SYNC.replace(
            "poolclass=pool.NullPool",
            "creator=lambda: psycopg.connect('postgresql://app:hunter2secret@127.0.0.1:{port}/prod')",
        ).replace("from alembic", "import psycopg\n    from alembic"),
        PRODUCTION.replace("psycopg2", "psycopg"),
    ),
    "an async creator": (
        ASYNC.replace(
            "poolclass=pool.NullPool",
            "async_creator=lambda: asyncpg.connect(" + TARGET.replace("{name}", "database") + ")",
        ).replace("import asyncio", "import asyncio\n    import asyncpg"),
        PRODUCTION.replace("psycopg2", "asyncpg"),
    ),
    "a pool": (
        """
        from alembic import context
        from sqlalchemy import create_engine, create_pool_from_url

        url = context.config.get_main_option("sqlalchemy.url")
        with create_engine(url, pool=create_pool_from_url(url)).connect() as connection:
            context.configure(connection=connection)
            with context.begin_transaction():
                context.run_migrations()
        """,
        PRODUCTION,
    ),
    "a handler of do_connect": (
        SYNC.replace(
            "with engine.connect()",
            "sqlalchemy.event.listen(engine, 'do_connect', lambda d, r, args, kw: kw.update("
            + TARGET.replace("{name}", "dbname")
            + "))\n    with engine.connect()",
        ).replace("from alembic", "import sqlalchemy\n    from alembic"),
        PRODUCTION,
    ),
    "pg8000": (SYNC, PRODUCTION.replace("psycopg2", "pg8000")),
    "asyncpg": (ASYNC, PRODUCTION.replace("psycopg2", "asyncpg")),
}


@pytest.mark.parametrize("way", LED)
def test_an_env_py_with_a_hard_coded_production_url_is_led_to_the_throwaway(
    way: str, tmp_path: Path, fresh: Fresh, production: Production, namespaces: bool
) -> None:
    env, url = LED[way]
    if "{port}" in env:
        env = env.replace("{{", "{").replace("}}", "}").replace("{port}", str(production.port))
    project = AlembicProject(tmp_path, env=env, url=url.format(port=production.port))
    project.revision("one", up="op.execute('CREATE TABLE marker AS SELECT current_database() AS name')")
    names = []
    target = fresh()
    with project.process(target, namespaces=namespaces) as process:
        ran = process.steps(
            up("one"), lambda moment, step, session: names.extend(session.query("SELECT current_database()"))
        )
        assert ran.failure is None
        assert ("its own" in process.isolation) == namespaces
    assert {f"/{name}?" in target for (name,) in names} == {True}


GO = "import asyncio, {module}\nasync def go():\n{body}\nasyncio.run(go())"
RAW = {
    "psycopg2": "import psycopg2\npsycopg2.connect(host='127.0.0.1', port={port}, dbname='prod').close()",
    "a dsn": "import psycopg2\npsycopg2.connect('postgresql://app:hunter2secret@127.0.0.1:{port}/prod').close()",
    "psycopg": "import psycopg\npsycopg.connect('host=127.0.0.1 port={port}').execute('SELECT 1')",
    "psycopg's class": (
        "from psycopg import Connection\nConnection.connect('host=127.0.0.1 port={port}').close()"
    ),
    "async psycopg": GO.format(
        module="psycopg",
        body="    c = await psycopg.AsyncConnection.connect('host=127.0.0.1 port={port}')\n"
        "    await c.close()",
    ),
    "asyncpg": GO.format(
        module="asyncpg",
        body="    c = await asyncpg.connect(host='127.0.0.1', port={port})\n    await c.close()",
    ),
    "asyncpg's pool": GO.format(
        module="asyncpg",
        body="    async with asyncpg.create_pool('postgresql://127.0.0.1:{port}/x', min_size=1) as p:\n"
        "        await p.fetch('SELECT 1')",
    ),
    "pg8000": "import pg8000.dbapi\npg8000.dbapi.connect('app', host='127.0.0.1', port={port}).close()",
    "pg8000.native": (
        "import pg8000.native\npg8000.native.Connection('app', host='127.0.0.1', port={port}).close()"
    ),
    "an engine of its own": (
        "e = sa.create_engine('postgresql+psycopg://app@127.0.0.1:{port}/prod')\n"
        "with e.connect() as c:\n    c.execute(sa.text('SELECT 1'))"
    ),
}


@pytest.mark.parametrize("way", RAW)
def test_a_connection_of_a_revisions_own_is_led_too(
    way: str, tmp_path: Path, fresh: Fresh, production: Production, namespaces: bool
) -> None:
    project = AlembicProject(tmp_path)
    project.revision("one", up=RAW[way].replace("{port}", str(production.port)))
    with project.process(fresh(), namespaces=namespaces) as process:
        assert process.steps(up("one")).failure is None


REFUSED = {
    "a socket": (
        "import socket\nsocket.create_connection(('127.0.0.1', {port}))",
        "a connection to 127.0.0.1:{port}",
        10,
    ),
    "a name": (
        "import socket\nsocket.getaddrinfo('db.prod.example', 5432)",
        "looking up the host db.prod.example",
        10,
    ),
    "a request": (
        "from urllib.request import urlopen\nurlopen('http://127.0.0.1:{port}/')",
        "a connection to 127.0.0.1:{port}",
        10,
    ),
    "another driver": (
        "import pymysql\npymysql.connect(host='127.0.0.1', port={port})",
        "pymysql.connect",
        10,
    ),
    "a file of SQLite": (
        "import sqlite3\nsqlite3.connect('/var/tmp/prod.db')",
        "sqlite3.connect('/var/tmp/prod.db'), while the rehearsal runs on postgresql,",
        10,
    ),
    "SQLite's class": (
        "import sqlite3\nsqlite3.Connection('/var/tmp/prod.db')",
        "opening the SQLite file /var/tmp/prod.db",
        10,
    ),
    "an engine of another backend": (
        "sa.create_engine('sqlite:////var/tmp/prod.db').connect()",
        "an engine of sqlite+pysqlite, while the rehearsal runs on postgresql,",
        9,
    ),
}


@pytest.mark.parametrize("way", REFUSED)
def test_what_cannot_be_led_is_refused_with_its_line(
    way: str, tmp_path: Path, fresh: Fresh, production: Production, namespaces: bool
) -> None:
    code, what, line = REFUSED[way]
    project = AlembicProject(tmp_path)
    project.write("pymysql.py", "def connect(**kw):\n    raise SystemExit('reached')\n")
    code, what = (text.replace("{port}", str(production.port)) for text in (code, what))
    path = project.revision("one", up="pass\n" + code)
    with project.process(fresh(), namespaces=namespaces) as process:
        failure = process.steps(up("one")).failure
    assert failure is not None
    assert failure.ending is Ending.REFUSED
    assert failure.message == (
        f"{what} was refused: a rehearsal reaches nothing but its throwaway database"
        f" (called at {path}:{line})"
    )
    assert failure.at
    assert (failure.at.path, failure.at.line) == (path, line)


def test_code_that_can_do_without_goes_on_and_it_is_told(
    tmp_path: Path, fresh: Fresh, production: Production
) -> None:
    project = AlembicProject(tmp_path)
    project.revision(
        "one",
        up=f"""
        import socket
        try:
            socket.create_connection(("127.0.0.1", {production.port}))
        except OSError:
            pass
        """,
    )
    with project.process(fresh()) as process:
        assert process.steps(up("one")).failure is None
        (refused,) = process.refused
    assert refused.startswith(f"a connection to 127.0.0.1:{production.port} was refused")


def test_a_program_that_it_starts_reaches_nothing_either(
    tmp_path: Path, fresh: Fresh, production: Production, namespaces: bool
) -> None:
    program = f"import socket; socket.create_connection(('127.0.0.1', {production.port}))"
    project = AlembicProject(tmp_path)
    project.revision(
        "one",
        up="import subprocess, sys\n"
        f"assert subprocess.run([sys.executable, '-c', {program!r}]).returncode == 1",
    )
    with project.process(fresh(), namespaces=namespaces) as process:
        failure = process.steps(up("one")).failure
    if namespaces:
        assert failure is None
    else:
        assert failure is not None
        assert failure.message.startswith("starting the program ")


def test_memory_and_the_scratch_folder_are_free_for_sqlite(tmp_path: Path, fresh: Fresh) -> None:
    project = AlembicProject(tmp_path)
    project.revision(
        "one",
        up="""
        import os, sqlite3, tempfile
        sqlite3.connect(":memory:").close()
        sqlite3.connect(os.path.join(tempfile.mkdtemp(), "cache.db")).close()
        sa.create_engine("sqlite://").connect().close()
        """,
    )
    with project.process(fresh()) as process:
        assert process.steps(up("one")).failure is None


def test_a_raw_file_of_sqlite_is_led_where_the_rehearsal_is_on_sqlite(tmp_path: Path) -> None:
    project = AlembicProject(tmp_path / "app", url="sqlite:///prod.db")
    project.revision("one", up="import sqlite3\nsqlite3.connect('prod.db').execute('CREATE TABLE led (n)')")
    with project.process(f"sqlite:///{tmp_path}/throwaway.db") as process:
        assert process.steps(up("one")).failure is None
        assert not (project.root / "prod.db").exists()


def test_nothing_of_our_own_environment_gets_through(
    tmp_path: Path, fresh: Fresh, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://app:hunter2secret@prod/prod")
    monkeypatch.setenv("PGHOST", "prod")
    project = AlembicProject(tmp_path)
    project.environment = {"APP_MODE": "test"}
    project.revision(
        "one",
        up="""
        import os
        assert set(os.environ) - {"LC_ALL", "LD_LIBRARY_PATH", "LC_CTYPE"} == {
            "PATH", "LANG", "TZ", "HOME", "TMPDIR", "APP_MODE", "DEPLOYCHECK_REHEARSAL",
            "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED", "PYTHONIOENCODING",
        }, set(os.environ)
        """,
    )
    with project.process(fresh()) as process:
        assert process.steps(up("one")).failure is None


def test_no_bytecode_and_nothing_else_is_written_to_the_project(tmp_path: Path, fresh: Fresh) -> None:
    project = AlembicProject(tmp_path)
    project.revision("one")
    before = sorted(tmp_path.rglob("*"))
    with project.process(fresh()) as process:
        assert process.upgrade().failure is None
    assert sorted(tmp_path.rglob("*")) == before
