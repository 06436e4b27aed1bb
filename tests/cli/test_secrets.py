"""A sentinel secret is planted in every kind of input, and must come out of none."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploycheck.reports import FORMATS
from tests.cli.conftest import BAD, Cli
from tests.fakes import written

S = "s3ntinel-Hunter2-Zz9"

PLANTED = {
    **BAD,
    "app.yaml": BAD["app.yaml"]
    + f"env:\n  - name: SECRET_KEY\n    value: {S}\n  - name: DATABASE_URL\n    value: postgres://app:{S}@db/prod\n"
    + f"  - name: API_TOKEN\n    value: |\n      {S}\n",
    "settings.py": (
        "import os\n"
        f'SECRET_KEY = os.getenv("SECRET_KEY", "{S}")\n'
        f'JWT_SECRET: str = "{S}"\n'
        f'URL = os.environ.get("DATABASE_URL", "postgres://app:{S}@localhost/dev")\n'
        f'DSN = "host=db password={S}"\n'
        'WORKERS = int(os.environ["API_TOKEN"])\n'
    ),
    ".env": f"SECRET_KEY={S}\nPGPASSWORD='{S}'\n",
    "Dockerfile": (
        f"FROM python:3.11\nENV SECRET_KEY={S}\nARG TOKEN {S}\nCMD gunicorn main:app --api-key {S}\n"
    ),
    "docker-compose.yml": (
        f"services:\n  db:\n    image: postgres\n    environment:\n      POSTGRES_PASSWORD: {S}\n"
    ),
    "Procfile": f"web: SECRET_KEY={S} uvicorn main:app\n",
    "gunicorn.conf.py": f'raw_env = ["SECRET_KEY={S}"]\n',
    "broken.py": f'SECRET_KEY = "{S}\n',
    "broken.yaml": f"password: [{S}\n",
    "alembic.ini": f"[alembic]\nsqlalchemy.url = postgresql://app:{S}@db/prod\n",
}
PLANTED["main.py"] = f"from settings import *\n{PLANTED['main.py']}"


@pytest.mark.parametrize("format_", FORMATS)
def test_no_secret_comes_out(cli: Cli, project: Path, tmp_path: Path, format_: str) -> None:
    written(project, PLANTED)
    written(tmp_path, {"prod.env": f"SESSION_SECRET={S}\nREDIS_URL=redis://:{S}@r/0\n"})
    shell = {"SECRET_KEY": S, "DATABASE_URL": f"postgres://app:{S}@db/prod", "PGPASSWORD": S}
    for extra in ([], ["--isolated"], ["--env-file", str(tmp_path / "prod.env")]):
        done = cli(str(project), "--format", format_, "--verbose", "--fix-suggestions", *extra, env=shell)
        assert done.returncode in {1, 3}, done.stderr
        assert S not in done.stdout
        assert S not in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("config", "{project}"),
        ("config", "{project}", "--format", "json"),
        ("debts", "{project}"),
        ("debts", "{project}", "--format", "json"),
        ("debts", "{project}", "--format", "markdown"),
    ],
)
def test_no_secret_comes_out_of_another_command(cli: Cli, project: Path, arguments: tuple[str, ...]) -> None:
    written(project, PLANTED)
    shell = {"SECRET_KEY": S, "DATABASE_URL": f"postgres://app:{S}@db/prod"}
    done = cli(*(a.format(project=project) for a in arguments), env=shell)
    assert done.stdout
    assert S not in done.stdout + done.stderr


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("where", ["PATH", "--database-url", "--select", "--baseline", "--since"])
def test_no_secret_comes_out_of_a_command_line_that_fails(
    cli: Cli, project: Path, where: str, format_: str
) -> None:
    url = f"postgresql://app:{S}@127.0.0.1:1/prod"
    given = [url] if where == "PATH" else [str(written(project, BAD)), where, url]
    done = cli(*given, "--isolated", "--format", format_, "--verbose")
    assert done.returncode
    assert S not in done.stdout + done.stderr
