from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from deploycheck.facts.manifests import READERS, read_manifests
from deploycheck.facts.manifests.model import Use
from deploycheck.facts.manifests.platforms import DATABRICKS, PLATFORMS
from deploycheck.facts.manifests.uses import use_of

if TYPE_CHECKING:
    from tests.facts.manifests.conftest import Plant


@pytest.mark.parametrize(
    ("path", "use"),
    [
        ("app.yaml", Use.PRODUCTION),
        ("backend/Dockerfile", Use.PRODUCTION),
        ("Dockerfile.prod", Use.PRODUCTION),
        ("compose/production/django/Dockerfile", Use.PRODUCTION),
        ("Dockerfile.dev", Use.DEVELOPMENT),
        ("dev.Dockerfile", Use.DEVELOPMENT),
        (".devcontainer/Dockerfile", Use.DEVELOPMENT),
        ("compose/local/django/Dockerfile", Use.DEVELOPMENT),
        ("docker-compose.test.yml", Use.DEVELOPMENT),
        ("tests/Dockerfile", Use.EXAMPLE),
        ("docs/app.yaml", Use.EXAMPLE),
        (".claude/skills/x/app.yaml", Use.EXAMPLE),
        ("docker-compose.example.yml", Use.EXAMPLE),
    ],
)
def test_what_a_path_tells(path: str, use: Use) -> None:
    assert use_of(path) is use


def test_a_developers_database_is_left_out(plant: Plant) -> None:
    compose = "services:\n  db:\n    image: postgres\n    environment: {POSTGRES_PASSWORD: x}\n"
    tree = plant({"app.yaml": "command: [python, main.py]\n", "docker-compose.yml": compose})
    assert [m.path for m in read_manifests(tree)] == ["app.yaml"]


def test_nothing(plant: Plant) -> None:
    assert read_manifests(plant({"README.md": ""})) == ()


def test_the_order_is_the_platforms(plant: Plant) -> None:
    tree = plant(
        {
            "b/Dockerfile": "FROM python\nCMD python b.py\n",
            "a/Dockerfile": "FROM python\nCMD python a.py\n",
            "Procfile": "web: python main.py\n",
            "app.yaml": "command: [python, main.py]\n",
        }
    )
    assert [m.path for m in read_manifests(tree)] == ["app.yaml", "Procfile", "a/Dockerfile", "b/Dockerfile"]
    assert read_manifests(tree) == read_manifests(tree)


MANIFESTS = {
    "app.yaml": "command: [python, main.py, $X]\nenv:\n  - {name: A, value: b}\n",
    "databricks.yml": """\
resources:
  apps:
    x: {source_code_path: ., config: {env: [{name: A, value: b}]}}
""",
    "Procfile": "web: cd a && gunicorn b:c -w ${X:-2}\n",
    "compose.yml": """\
services:
  web:
    build: {context: ., target: x}
    environment: [A=$B]
    ports: ['80:80']
""",
    "Dockerfile": 'FROM python AS x\nENV A=1\nCOPY --from=x /a /b\nRUN pip install a\nCMD ["a", "b"]\n',
}


@pytest.mark.parametrize("name", MANIFESTS)
def test_a_file_cut_short_or_damaged_never_raises(plant: Plant, name: str) -> None:
    text = MANIFESTS[name]
    for end in range(0, len(text), 2):
        read_manifests(plant({**MANIFESTS, name: text[:end]}))
    for at in range(0, len(text), 7):
        for wrong in ("[", "{", "'", "\t", "\n", ":", "-", "$", "*x", "\x00"):
            read_manifests(plant({**MANIFESTS, name: text[:at] + wrong + text[at + 1 :]}))


def test_platforms() -> None:
    assert len({platform.key for platform in PLATFORMS}) == len(PLATFORMS)
    assert len(READERS) == len(set(READERS)) == 18
    assert (DATABRICKS.closed, DATABRICKS.cpu, DATABRICKS.memory, DATABRICKS.grace) == (True, 2, 6144, 15)
    assert (DATABRICKS.request_limit, DATABRICKS.file_limit) == (120, 10485760)
    assert DATABRICKS.port_variables == ("DATABRICKS_APP_PORT", "PORT")
    assert not DATABRICKS.injects & DATABRICKS.may_inject
