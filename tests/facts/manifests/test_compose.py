from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from deploycheck.facts.manifests import all_manifests, read_manifests
from deploycheck.facts.manifests.compose import read
from deploycheck.facts.manifests.interpolation import Interpolation
from deploycheck.facts.manifests.model import Manifest, Role, Source, Use

if TYPE_CHECKING:
    from tests.facts.manifests.conftest import Plant

DOCKERFILE = 'FROM python:3.12\nENV A=1\nWORKDIR /app\nCOPY . .\nCMD ["gunicorn", "main:app"]\n'


def named(manifests: tuple[Manifest, ...]) -> dict[str, Manifest]:
    return {manifest.name: manifest for manifest in manifests}


def test_a_service_and_its_image(plant: Plant) -> None:
    tree = plant(
        {
            "compose.yaml": """\
                services:
                  web:
                    build: ./backend
                    environment:
                      LEVEL: info
                      WORKERS: 4
                      SECRET: ${SECRET:?required}
                      URL: postgres://app:${PASSWORD:-pw}@db/app
                      PASSED:
                      DOLLARS: a$$b
                    env_file: [web.env, missing.env]
                    ports: ["80:8000", "127.0.0.1:9000:9001/tcp", {target: 7000}]
                    volumes: ["data:/data", "./logs:/logs:rw"]
                    deploy: {replicas: 2, resources: {limits: {cpus: "0.5", memory: 512M}}}
                    stop_grace_period: 1m30s
                    healthcheck: {test: ["CMD", "curl", "-f", "http://localhost:8000/healthz"]}
                  db:
                    image: postgres:16
                    environment: [POSTGRES_PASSWORD=secret, POSTGRES_DB]
                """,
            "web.env": "LEVEL=debug\nFROM_FILE=x\n",
            "backend/Dockerfile": DOCKERFILE,
            "backend/main.py": "",
        }
    )
    found = read_manifests(tree)
    assert [(m.path, m.name, m.use) for m in found] == [
        ("compose.yaml", "web", Use.PRODUCTION),
        ("compose.yaml", "db", Use.SERVICE),
        ("backend/Dockerfile", "", Use.PART),
    ]
    web, db, _ = found
    assert (web.uses, web.directory, web.image) == (("backend/Dockerfile",), "backend", "python:3.12")
    assert (web.ports, web.volumes, web.health_path) == ((8000, 9001, 7000), ("/data", "/logs"), "/healthz")
    assert (web.cpu, web.memory, web.replicas, web.grace) == (0.5, 512, 2, 90)
    assert (web.open_env, web.env_files) == (True, ("web.env",))
    assert [(e.name, e.value, e.source, e.default) for e in web.environment] == [
        ("A", "1", Source.LITERAL, None),
        ("LEVEL", "info", Source.LITERAL, None),
        ("FROM_FILE", "x", Source.LITERAL, None),
        ("WORKERS", "4", Source.LITERAL, None),
        ("SECRET", None, Source.PASSED_THROUGH, None),
        ("URL", None, Source.COMPUTED, "postgres://app:pw@db/app"),
        ("PASSED", None, Source.PASSED_THROUGH, None),
        ("DOLLARS", "a$b", Source.LITERAL, None),
    ]
    process = web.processes[0]
    assert process.command is not None
    assert process.command.words == ("gunicorn", "main:app")
    assert (process.role, process.directory, process.workdir) == (Role.WEB, "backend", "/app")
    assert [(e.name, e.value) for e in db.environment] == [
        ("POSTGRES_PASSWORD", "secret"),
        ("POSTGRES_DB", None),
    ]


@pytest.mark.parametrize(
    ("lines", "words", "shell"),
    [
        ("command: uvicorn main:app --port ${PORT:-8000}", ["uvicorn", "main:app", "--port", "8000"], False),
        ("command: [uvicorn, main:app]", ["uvicorn", "main:app"], False),
        ("command: uvicorn main:app && echo", ["uvicorn", "main:app", "&&", "echo"], False),
        ("command: sh -c 'exec uvicorn main:app -w $$W'", ["uvicorn", "main:app", "-w", "$W"], True),
        ("entrypoint: python main.py", ["python", "main.py"], False),
        ("entrypoint: [python]\n    command: main.py", ["python", "main.py"], False),
        ("restart: always", ["gunicorn", "main:app"], False),
    ],
)
def test_commands(plant: Plant, lines: str, words: list[str], *, shell: bool) -> None:
    tree = plant(
        {
            "docker-compose.yml": f"services:\n  web:\n    build: .\n    {lines}\n",
            "Dockerfile": DOCKERFILE,
            "main.py": "",
        }
    )
    command = read(tree)[0].processes[0].command
    assert command is not None
    assert (list(command.words), command.shell) == (words, shell)


def test_roles(plant: Plant) -> None:
    lines = "  {n}:\n    build: .\n    command: {c}\n"
    services = {
        "web": "gunicorn main:app",
        "jobs": "celery -A t worker",
        "migrate": "python -m tool",
        "prestart": "alembic upgrade head",
        "worker": "python worker.py",
    }
    text = "services:\n" + "".join(lines.format(n=n, c=c) for n, c in services.items())
    tree = plant({"compose.yml": text, "Dockerfile": DOCKERFILE})
    assert [m.processes[0].role for m in read(tree)] == [
        *(Role.WEB, Role.WORKER, Role.RELEASE, Role.RELEASE, Role.WORKER),
    ]


BASE = "services:\n  web:\n    build: .\n    environment: {A: base, B: base}\n"


def test_a_production_overlay(plant: Plant) -> None:
    overlay = "services:\n  web:\n    command: gunicorn main:app -w 4\n    environment: {A: prod}\n"
    dev = "services:\n  web:\n    command: uvicorn main:app --reload\n"
    tree = plant(
        {
            "docker-compose.yml": BASE,
            "docker-compose.prod.yml": overlay,
            "docker-compose.override.yml": dev,
            "Dockerfile": DOCKERFILE,
        }
    )
    (web,) = read(tree)
    assert web.processes[0].command is not None
    assert web.processes[0].command.words == ("gunicorn", "main:app", "-w", "4")
    assert [(e.name, e.value, e.at.path) for e in web.environment if e.name in "AB" and e.at.line > 2] == [
        ("A", "prod", "docker-compose.prod.yml"),
        ("B", "base", "docker-compose.yml"),
    ]
    assert web.uses == ("docker-compose.prod.yml", "Dockerfile")


def test_a_production_file_of_its_own(plant: Plant) -> None:
    tree = plant(
        {
            "docker-compose.yml": BASE,
            "docker-compose.prod.yml": "services:\n  api:\n    build: .\n",
            "Dockerfile": DOCKERFILE,
        }
    )
    assert [(m.name, m.use) for m in read(tree)] == [("api", Use.PRODUCTION), ("web", Use.DEVELOPMENT)]
    assert [m.name for m in read_manifests(tree)] == ["api", ""]


@pytest.mark.parametrize(
    ("override", "merged"),
    [
        ("command: uvicorn main:app --reload", False),
        ("command: [fastapi, dev]", False),
        ("volumes: ['.:/app']", False),
        ("develop: {watch: []}", False),
        ("environment: {A: over}", True),
    ],
)
def test_an_override_for_development_is_not_production(plant: Plant, override: str, *, merged: bool) -> None:
    tree = plant(
        {
            "compose.yml": BASE,
            "compose.override.yml": f"services:\n  web:\n    {override}\n",
            "Dockerfile": DOCKERFILE,
        }
    )
    (web,) = read(tree)
    assert ("compose.override.yml" in web.uses) is merged
    assert ("over" in {e.value for e in web.environment}) is merged


def test_a_reloading_service_leaves_the_image_to_be_deployed(plant: Plant) -> None:
    compose = "services:\n  web:\n    build: .\n    command: uvicorn main:app --reload\n"
    tree = plant({"compose.yml": compose, "Dockerfile": DOCKERFILE})
    assert [(m.path, m.use) for m in read_manifests(tree)] == [("Dockerfile", Use.PRODUCTION)]
    assert len(all_manifests(tree)) == 2


def test_a_reloading_service_is_all_there_is(plant: Plant) -> None:
    compose = "services:\n  web:\n    build: .\n    command: uvicorn main:app --reload\n"
    tree = plant({"compose.yml": compose, "Dockerfile": "FROM python\nCOPY . /app\n"})
    assert [(m.path, m.use, m.deployable) for m in read_manifests(tree)] == [
        ("compose.yml", Use.DEVELOPMENT, True),
        ("Dockerfile", Use.PART, False),
    ]


def test_extends_include_anchors_and_shared_images(plant: Plant) -> None:
    tree = plant(
        {
            "compose.yml": """\
                include: [other/compose.parts.yml]
                x-env: &env
                  A: anchored
                services:
                  web:
                    build: .
                    image: mine:latest
                    environment:
                      <<: *env
                      B: own
                  worker:
                    image: mine:latest
                    command: celery -A t worker
                  copy:
                    extends: web
                    environment: {B: copy}
                """,
            "other/compose.parts.yml": "services:\n  cache:\n    image: redis\n",
            "Dockerfile": DOCKERFILE,
        }
    )
    found = named(read(tree))
    assert set(found) >= {"web", "worker", "copy", "cache"}
    assert {e.name: e.value for e in found["web"].environment} == {"A": "anchored", "B": "own"}
    assert {e.name: e.value for e in found["copy"].environment} == {"A": "anchored", "B": "copy"}
    assert (found["worker"].uses, found["worker"].use) == (("Dockerfile",), Use.PRODUCTION)
    assert found["cache"].use is Use.SERVICE


def test_the_dotenv_file_beside_it(plant: Plant) -> None:
    tree = plant(
        {
            "compose.yml": "services:\n  web:\n    build: .\n    environment: ['A=${A}', 'B=${B:-x}', C]\n",
            "Dockerfile": "FROM python\nCMD gunicorn a:b\n",
            ".env": "A=1\nB=2\nC=3\n",
        }
    )
    assert [(e.name, e.value, e.default) for e in read(tree)[0].environment] == [
        ("A", None, "1"),
        ("B", None, "2"),
        ("C", None, "3"),
    ]


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("services: [\n", [("unreadable", "")]),
        ("- a\n", [("wrong-type", "the file")]),
        ("services: [a]\n", [("wrong-type", "services")]),
        ("services:\n  web: 7\n", [("wrong-type", "web")]),
        ("services:\n  web:\n    image: python\n    command: 7\n", [("wrong-type", "command")]),
        ("services:\n  web:\n    image: python\n    command: []\n", [("empty-command", "command")]),
        ("services:\n  web:\n    image: python\n    environment: 7\n", [("wrong-type", "environment")]),
        ("services:\n  web:\n    image: a\n    environment: {A: [b]}\n", [("wrong-type", "A")]),
        ("services:\n  web:\n    image: a\n    image: b\n", [("duplicate-key", "image")]),
        ("services:\n  web: {image: a}\n  web: {image: b}\n", [("duplicate-key", "web")]),
        ("", []),
        ("services:\n", []),
        ("services:\n  web:\n", []),
    ],
)
def test_problems(plant: Plant, text: str, problems: list[tuple[str, str]]) -> None:
    found = read(plant({"compose.yml": text}))
    assert [(p.kind, p.subject) for m in found for p in m.problems] == problems


@pytest.mark.parametrize(
    ("text", "filled", "names"),
    [
        ("plain", "plain", ()),
        ("$$X", "$X", ()),
        ("$X", None, ("X",)),
        ("${X}", None, ("X",)),
        ("${X:-a}", "a", ("X",)),
        ("${X-a}-${K}", "a-known", ("X", "K")),
        ("${E:-a}", "a", ("E",)),
        ("${E-a}", "", ("E",)),
        ("${K:+yes}", "yes", ("K",)),
        ("${X:+yes}", "", ("X",)),
        ("${X:?message}", None, ("X",)),
        ("${X:-${Y:-deep}}", "deep", ("X", "Y")),
        ("${X:-${Y}}", None, ("X", "Y")),
    ],
)
def test_interpolation(text: str, filled: str | None, names: tuple[str, ...]) -> None:
    result = Interpolation({"K": "known", "E": ""}).fill(text)
    assert (result.text, result.variables) == (filled, names)


@pytest.mark.parametrize(
    "service",
    [
        'build: .\n    entrypoint: ["python", "-m", "app.worker"]\n    command: []',
        "image: ghcr.io/somebody/app\n    command: []",
    ],
)
def test_an_empty_command_leaves_the_entrypoint(plant: Plant, service: str) -> None:
    tree = plant({"compose.yaml": f"services:\n  web:\n    {service}\n", "Dockerfile": "FROM python\n"})
    assert [p.kind for m in read(tree) for p in m.problems] == []
