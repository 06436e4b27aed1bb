"""What a rehearsal prints: the same bytes each time, and never a secret."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from deploycheck.reports import FORMATS
from tests.cli.conftest import Cli
from tests.postgres import Postgres
from tests.rehearsal.downgrades.bad import BAD
from tests.rehearsal.downgrades.good import GOOD
from tests.rehearsal.downgrades.kinds import Kind, kind, write
from tests.rehearsal.folders import short_folder

SECRET = "s3ntinel-Hunter2-Zz9"
"""The password of every URL, and"""
OTHER = "0ther-s3ntinel-Xy7"
"""that of roles and servers, which no URL has."""
OF_ALL_KINDS = {
    *("only_pass", "wrong_order", "rows_made_twice", "another_column", "enum_left", "not_implemented"),
    *("view_dropped_with_cascade", "concurrent_index_left", "batch", "dropped_table", "extension"),
}
FAILS = kind("fails", 'op.execute("INSERT INTO {t} (id) VALUES (1), (1)")', "pass")


def without_times(text: str) -> Mapping[str, Any]:
    """Return a report without the two numbers that tell how long it took."""
    document: dict[str, Any] = json.loads(text)
    del document["seconds"]
    for history in document["understood"]["migrations"]:
        del history["rehearsed"]["seconds"]
    return document


def test_the_same_project_twice_gives_the_same_document(cli: Cli, project: Path) -> None:
    write(project, [*(k for k in (*BAD, *GOOD) if k.id in OF_ALL_KINDS), FAILS])
    texts = []
    for number in range(2):
        with short_folder() as temporary:
            odd = {"PYTHONHASHSEED": str(number), "TZ": ("UTC", "Asia/Kolkata")[number], "LC_ALL": "C"}
            options = ("rehearse", str(project), "--isolated", "--format", "json")
            result = cli(*options, env={**odd, "TMPDIR": str(temporary)})
        assert result.returncode in {0, 1}, result.stdout + result.stderr
        texts.append(json.dumps(without_times(result.stdout), indent=1))
    assert texts[0] == texts[1]


def sql(statement: str) -> str:
    """Return the line of a revision that runs a statement."""
    return f"op.execute({statement!r})"


BODY = f"$$SELECT 'host=db password={OTHER}'$$"
TELLS = (
    kind("makes_no_role", sql(f"CREATE ROLE app LOGIN PASSWORD '{OTHER}' NONSENSE"), "pass"),
    kind(
        "alters_no_role",
        sql(f"CREATE ROLE {{t}}_app PASSWORD '{OTHER}'"),
        sql(f"ALTER ROLE {{t}}_app PASSWORD '{OTHER}' NONSENSE"),
    ),
    kind(
        "maps_no_user",
        sql(f"CREATE USER MAPPING FOR app SERVER far OPTIONS (user 'app', password '{OTHER}')"),
        "pass",
    ),
    kind("raises_a_url", f'raise RuntimeError("no way to postgresql://app:{OTHER}@db/shop")', "pass"),
    kind("raises_a_dsn", f'raise RuntimeError("no way to host=db password={OTHER}")', "pass"),
    kind("raises_its_variable", 'import os\nraise RuntimeError("no " + os.environ["DATABASE_URL"])', "pass"),
    kind(
        "raises_its_engine",
        "raise RuntimeError(op.get_bind().engine.url.render_as_string(hide_password=False))",
        "pass",
    ),
    kind("prints", f'print("password={OTHER}")', f'raise RuntimeError("password={OTHER}")'),
    kind("comments", sql(f"COMMENT ON TABLE {{t}} IS 'postgresql://app:{OTHER}@db/shop'"), "pass"),
    kind("default", sql(f"ALTER TABLE {{t}} ALTER name SET DEFAULT 'postgresql://app:{OTHER}@db/a'"), "pass"),
    kind("rows", sql(f"INSERT INTO {{t}} (id, email) VALUES (1, 'http://a:{OTHER}@b'), (1, 'b')"), "pass"),
    kind(
        "function",
        sql("CREATE FUNCTION {t}_f() RETURNS text LANGUAGE sql AS $$SELECT 'a'$$"),
        sql(f"CREATE OR REPLACE FUNCTION {{t}}_f() RETURNS text LANGUAGE sql AS {BODY}"),
    ),
)
"""Revisions that say a secret in every way that a rehearsal may hear."""


def assert_silent(cli: Cli, project: Path, *options: str, code: set[int], **variables: str) -> str:
    """Rehearse, with all formats at once, and look for the secret in everything; return the document."""
    files = {name: project.parent / f"report.{name}" for name in FORMATS if name != "json"}
    formats = ["json", *(f"{name}={path}" for name, path in files.items())]
    result = cli(
        *("rehearse", str(project), "--verbose", "--fix-suggestions", "--format", ",".join(formats)),
        *options,
        env=variables,
    )
    assert result.returncode in code, result.stdout + result.stderr
    told = {"stdout": result.stdout, "stderr": result.stderr}
    told |= {name: path.read_text(encoding="utf-8") for name, path in files.items() if path.exists()}
    assert [name for name, text in told.items() if SECRET in text or OTHER in text] == []
    return result.stdout


def secretive(project: Path, kinds: tuple[Kind, ...], url: str) -> None:
    """Write a project whose env.py connects to this URL."""
    write(project, kinds)
    env = project / "migrations" / "env.py"
    usual = "postgresql+psycopg://shop@production.example/shop"
    text = env.read_text(encoding="utf-8")
    assert usual in text
    env.write_text(text.replace(usual, url), encoding="utf-8")


HARD = f"postgresql+psycopg://shop:{SECRET}@production.example/shop"


@pytest.mark.parametrize("tells", TELLS, ids=[tells.id for tells in TELLS])
def test_what_a_revision_says_is_masked(cli: Cli, project: Path, postgres: Postgres, tells: Kind) -> None:
    secretive(project, (tells,), HARD)
    server = postgres().replace("postgres:@", f"postgres:{SECRET}@")
    out = assert_silent(cli, project, "--isolated", "--server", server, code={0, 1})
    assert json.loads(out)["unrehearsed"] == []


@pytest.mark.parametrize("option", ["--server", "--database-url", "DEPLOYCHECK_DATABASE_URL"])
@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://app:{SECRET}@127.0.0.1:1/shop",
        f"postgresql://app:{SECRET}@/shop?host=/nowhere",
        f"postgresql://127.0.0.1:1/shop?user=app&password={SECRET}",
        f"postgresql://app:{SECRET}/x@127.0.0.1:1/shop",
        f"postgresql://app:{SECRET}@127.0.0.1:port/shop",
        f"mysql://app:{SECRET}@127.0.0.1:1/shop",
        f"{SECRET}",
    ],
    ids=["refused", "no socket", "in the options", "slash in it", "no port", "another backend", "no URL"],
)
def test_a_url_that_leads_nowhere_is_masked(cli: Cli, project: Path, option: str, url: str) -> None:
    secretive(project, (FAILS,), HARD)
    given = (option, url) if option.startswith("--") else ()
    variables = {} if given else {option: url}
    assert_silent(cli, project, "--isolated", *given, code={2, 3}, **variables)


def test_the_password_of_a_database_that_is_looked_at_is_masked(
    cli: Cli, project: Path, postgres: Postgres
) -> None:
    secretive(project, (FAILS,), HARD)
    url = postgres().replace("postgres:@", f"postgres:{SECRET}@")
    assert_silent(cli, project, "--isolated", DEPLOYCHECK_DATABASE_URL=url, code={1})


def test_what_the_project_s_environment_holds_is_masked(cli: Cli, project: Path) -> None:
    secretive(project, (*(k for k in TELLS if "_its_" in k.id), FAILS), HARD)
    (project / ".env").write_text(f"SECRET_KEY={SECRET}\nDATABASE_URL={HARD}\n", encoding="utf-8")
    assert_silent(cli, project, "--env-file", str(project / ".env"), code={0, 1, 3}, DATABASE_URL=HARD)
