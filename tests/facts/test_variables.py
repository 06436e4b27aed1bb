"""What code reads of its environment, what it cannot do without, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploycheck.facts.deployments import Deployment
from deploycheck.facts.shipped import Kind, state_files, takes_along
from deploycheck.facts.swallowed import find_swallowed
from deploycheck.facts.variables import variables_of
from deploycheck.facts.variables.known import is_read_by_others
from deploycheck.facts.variables.mentions import mentions_of
from deploycheck.facts.variables.needs import needs_of, refusals_of
from deploycheck.facts.variables.standins import is_stand_in, looks_real
from deploycheck.facts.variables.uses import uses_of
from tests.facts.projects import DATABRICKS, FASTAPI, deployed, project

APP = "from fastapi import FastAPI\nimport config\napp = FastAPI()\n"


def of(root: Path, config: str, env: str = "", **files: str) -> Deployment:
    lines = [
        f"  - name: {n}\n    value: '{v}'\n" for n, _, v in (e.partition("=") for e in env.split(";") if e)
    ]
    manifest = DATABRICKS + ("env:\n" + "".join(lines) if lines else "")
    return deployed(root, {"app.yaml": manifest, "main.py": APP, "config.py": config, **files})


def needed(deployment: Deployment) -> list[tuple[str, bool]]:
    return [(n.name, n.certain) for n in needs_of(deployment, deployment.environment)]


@pytest.mark.parametrize(
    "code",
    [
        'import os\nx = os.environ["NEEDED"]',
        'from os import environ as e\nx = e["NEEDED"]',
        'import os\nx = int(os.getenv("NEEDED"))',
        'import os\nx = os.getenv("NEEDED").split(",")',
        'import os\nassert os.getenv("NEEDED"), "set it"',
        'import os\nx = os.getenv("NEEDED")\nif x is None:\n    raise ValueError',
        """
            import os
            for name in ("GIVEN", "NEEDED"):
                if not os.getenv(name):
                    raise ValueError(name)
        """,
        """
            import os
            def need(name):
                value = os.getenv(name)
                if not value:
                    raise KeyError(name)
                return value
            x = need("NEEDED")
        """,
        "from pydantic_settings import BaseSettings\nclass S(BaseSettings):\n    needed: str\nS()",
        """
            from pydantic_settings import BaseSettings
            from pydantic import Field
            class S(BaseSettings):
                it: int = Field(validation_alias="NEEDED")
            S()
        """,
        'from starlette.config import Config\nconfig = Config()\nx = config("NEEDED", cast=int)',
        'from decouple import config\nx = config("NEEDED")',
        'from environs import Env\nenv = Env()\nx = env.str("NEEDED")',
    ],
)
def test_what_the_start_cannot_do_without(tmp_path: Path, code: str) -> None:
    assert needed(of(tmp_path, code, "GIVEN=1")) == [("NEEDED", True)]


@pytest.mark.parametrize(
    "code",
    [
        'import os\nx = os.environ.get("NEEDED")',
        'import os\nx = os.environ["NEEDED"] if "NEEDED" in os.environ else None',
        'import os\nx = int(os.getenv("NEEDED", "1"))',
        'import os\nx = os.getenv("NEEDED") or "default"',
        'import os\ntry:\n    x = os.environ["NEEDED"]\nexcept KeyError:\n    x = None',
        'import os\nif os.getenv("MODE") == "x":\n    y = os.environ["NEEDED"]',
        'import os\ndef later():\n    return os.environ["NEEDED"]',
        'import os\nif __name__ == "__main__":\n    print(os.environ["NEEDED"])',
        'import os\nos.environ["NEEDED"] = "set here"',
        "from pydantic_settings import BaseSettings\nclass S(BaseSettings):\n    needed: str",
        """
            from pydantic_settings import BaseSettings
            class S(BaseSettings):
                needed: str | None = None
            S()
        """,
        """
            from pydantic_settings import BaseSettings
            class S(BaseSettings):
                needed: str
            S(needed="x")
        """,
        'import os\nx = os.environ["PGHOST"]',
        'import os\nx = os.environ["DATABRICKS_HOST"]',
    ],
)
def test_what_the_start_can_do_without(tmp_path: Path, code: str) -> None:
    assert needed(of(tmp_path, code)) == []


def test_where_a_dashboard_may_set_it_the_need_is_not_certain(tmp_path: Path) -> None:
    files = {
        "Procfile": "web: uvicorn main:app",
        "main.py": APP,
        "config.py": 'import os\nos.environ["NEEDED"]',
    }
    assert needed(deployed(tmp_path, files)) == [("NEEDED", False)]


@pytest.mark.parametrize(
    ("code", "env", "name"),
    [
        ('import os\nx = int(os.getenv("N", "1"))', "N=two", "N"),
        ('import os\nNUM = os.getenv("NUM", "1")\nx = int(NUM)', "NUM=two", "NUM"),
        (
            'import os\nx = os.getenv("MODE", "a")\nif x not in ("a", "b"):\n    raise ValueError',
            "MODE=c",
            "MODE",
        ),
        (
            "from pydantic_settings import BaseSettings\nclass S(BaseSettings):\n    n: int = 1\nS()",
            "N=",
            "N",
        ),
        (
            "from pydantic_settings import BaseSettings\nclass S(BaseSettings):\n    n: list[str] = []\nS()",
            "N=a,b",
            "N",
        ),
    ],
)
def test_a_value_that_is_refused_at_the_start(tmp_path: Path, code: str, env: str, name: str) -> None:
    found = list(refusals_of(of(tmp_path, code, env)))
    assert {(r.name, r.at_start, r.certain) for r in found} == {(name, True, True)}


def test_a_value_that_is_refused_later(tmp_path: Path) -> None:
    code = 'import os\ndef later():\n    return int(os.environ["N"])'
    assert [(r.name, r.at_start) for r in refusals_of(of(tmp_path, code, "N=two"))] == [("N", False)]


def test_a_default_that_a_validator_refuses_is_guarded(tmp_path: Path) -> None:
    code = """
from pydantic import model_validator
from pydantic_settings import BaseSettings
class S(BaseSettings):
    key: str = "dev"
    other: str = "dev"
    @model_validator(mode="after")
    def check(self):
        if self.key == "dev":
            raise ValueError
        return self
s = S()
"""
    variables = variables_of(of(tmp_path, code))
    assert variables.constructions.guarded("S", "key")
    assert not variables.constructions.guarded("S", "other")


def test_a_use_is_more_than_a_test_of_the_value(tmp_path: Path) -> None:
    code = """
        import os
        A = os.getenv("A", "x")
        B = os.getenv("B", "x")
        if A == "x":
            print("A is not set")
        print(B)
    """
    deployment = of(tmp_path, code)
    used = {r.variable.name: bool(uses_of(deployment).of(r)) for r in variables_of(deployment).reads}
    assert used == {"A": False, "B": True}


def test_what_others_read() -> None:
    assert all(map(is_read_by_others, ["WEB_CONCURRENCY", "PGHOST", "OTEL_SERVICE_NAME", "TZ", "VITE_API"]))
    assert not any(map(is_read_by_others, ["DATABASE_URL", "LEDGER_PAGES", "PAGES", "DEBUG"]))


@pytest.mark.parametrize(
    ("files", "reads"),
    [
        ({"a.py": 'KEY = "LEDGER_PAGES"\n'}, True),
        ({"a.sh": 'echo "$LEDGER_PAGES"\n'}, True),
        ({"a.ts": "process.env.LEDGER_PAGES\n"}, True),
        ({"a.py": "class S(BaseSettings):\n    pages: int = 1\n"}, True),
        ({"a.py": "# LEDGER_PAGES\n"}, False),
        ({"a.yaml": "LEDGER_PAGES: 7\n", "b.sh": "export LEDGER_PAGES=7\n", "c.md": "LEDGER_PAGES\n"}, False),
        ({"a.py": "LEDGER_PAGES_MAX = 1\n"}, False),
    ],
)
def test_a_mention_that_may_be_a_read(tmp_path: Path, files: dict[str, str], reads: bool) -> None:
    found = project(tmp_path, files)
    assert mentions_of(found.tree, found.program).reads("LEDGER_PAGES") is reads


def test_stand_ins_and_real_keys() -> None:
    assert all(map(is_stand_in, ["changethis", "your-key-here", "<key>", "secret-key", "my_secret", "xxxx"]))
    assert not any(map(is_stand_in, ["f3b1c9d2a77e", "Hobel-und-Feile-1987", "-" * 60 + "BEGIN"]))
    assert looks_real("sk-7f3c1a9e44b2d05c")
    assert not looks_real("not-needed")


SWALLOWING = """
import logging
from sqlalchemy import create_engine
engine = create_engine("postgresql+psycopg://db/x")
def prepare():
    {before}try:
        {body}
    except {caught}:
        {handler}
prepare()
"""


@pytest.mark.parametrize(
    ("body", "caught", "handler", "subject"),
    [
        ("engine.connect()", "Exception", "print('no')", "database"),
        ("engine.connect()", "Exception as e", "logging.warning('no %s', e)", "database"),
        (
            "import subprocess; subprocess.run(['alembic', 'upgrade', 'head'], check=True)",
            "Exception",
            "pass",
            "migrations",
        ),
        ("engine.connect()", "Exception", "raise", None),
        ("engine.connect()", "ValueError", "pass", None),
        ("print('hello')", "Exception", "pass", None),
        ("engine.connect()", "Exception", "fall_back()", None),
    ],
)
def test_a_failure_that_is_swallowed(
    tmp_path: Path, body: str, caught: str, handler: str, subject: str | None
) -> None:
    code = SWALLOWING.format(before="", body=body, caught=caught, handler=handler)
    found = list(find_swallowed(variables_of(of(tmp_path, code)).start_up))
    assert [s.subject for s in found] == ([subject] if subject else [])


def test_a_loop_around_it_tries_again(tmp_path: Path) -> None:
    code = """
        from sqlalchemy import create_engine
        engine = create_engine("postgresql://db/x")
        for _ in range(3):
            try:
                engine.connect()
                break
            except Exception:
                pass
    """
    assert not list(find_swallowed(variables_of(of(tmp_path, code)).start_up))


def test_files_of_state_and_who_takes_them_along(tmp_path: Path) -> None:
    files = {
        "Dockerfile": "FROM python:3.12\nCOPY main.py config.py ./\nCOPY data /data\nCMD uvicorn main:app\n",
        "main.py": APP,
        "config.py": "",
        ".env": "API_KEY=wks-7f3c1a9e44b2d05c\n",
        "data/.env.production": "API_KEY=wks-7f3c1a9e44b2d05c\n",
        ".env.example": "API_KEY=wks-7f3c1a9e44b2d05c\n",
        "data/plain.env": "LOG_LEVEL=info\n",
    }
    found = project(tmp_path, files)
    (tmp_path / "data" / "shop.db").write_bytes(b"\0" * 4096)
    (tmp_path / "data" / "notes.db").write_bytes(b"text")
    (deployment,) = found.deployments
    state = {s.path: s.kind for s in state_files(found.tree)}
    assert state == {
        ".env": Kind.ENV_FILE,
        "data/.env.production": Kind.ENV_FILE,
        "data/shop.db": Kind.DATABASE,
    }
    taken = [p for p in sorted(state) if takes_along(found.tree, deployment, p)]
    assert taken == ["data/.env.production", "data/shop.db"]


def test_a_picture_is_not_looked_through(tmp_path: Path) -> None:
    files = {"main.py": FASTAPI, "start-here": "echo $SHOP_NAME\n"}
    (tmp_path / "run-1.png").write_bytes(b"\x89PNG\r\n\x00\x00")
    one = project(tmp_path, files)
    assert mentions_of(one.tree, one.program).reads("SHOP_NAME")
    assert one.tree.unread == []
