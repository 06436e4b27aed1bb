from __future__ import annotations

import json
from typing import TYPE_CHECKING

from deploycheck.facts.manifests import heroku, procfile
from deploycheck.facts.manifests.model import Role, Source

if TYPE_CHECKING:
    from tests.facts.manifests.conftest import Plant

APP = {
    "env": {
        "MODE": "live",
        "SECRET_KEY": {"generator": "secret"},
        "LEVEL": {"description": "how much", "value": "info"},
        "STRIPE": {"required": True},
        "EXTRA": {"required": False},
    },
    "formation": {"web": {"quantity": 2, "size": "Standard-2X"}},
    "addons": ["heroku-postgresql:essential-0", {"plan": "heroku-redis:mini"}, "papertrail"],
    "scripts": {"postdeploy": "python seed.py"},
}


def test_app_json_beside_a_procfile(plant: Plant) -> None:
    tree = plant({"Procfile": "web: gunicorn a:b\n", "app.json": json.dumps(APP)})
    (manifest,) = procfile.read(tree)
    assert manifest.platform.key == "heroku"
    assert [(e.name, e.value, e.source) for e in manifest.environment] == [
        ("MODE", "live", Source.LITERAL),
        ("SECRET_KEY", None, Source.SECRET),
        ("LEVEL", "info", Source.LITERAL),
        ("STRIPE", None, Source.SECRET),
    ]
    assert (manifest.replicas, manifest.memory) == (2, 1024)
    assert manifest.attached == {"DATABASE_URL", "REDIS_URL"}


def test_the_app_json_of_a_mobile_app(plant: Plant) -> None:
    tree = plant(
        {"Procfile": "web: gunicorn a:b\n", "app.json": '{"expo": {"name": "x"}, "env": {"A": "b"}}'}
    )
    (manifest,) = procfile.read(tree)
    assert manifest.environment == ()


def test_heroku_yml(plant: Plant) -> None:
    tree = plant(
        {
            "heroku.yml": """\
                setup:
                  config: {MODE: live}
                build:
                  docker: {web: Dockerfile}
                release:
                  image: web
                  command: [alembic upgrade head]
                run:
                  worker:
                    command: [celery -A tasks worker]
                    image: web
                """,
            "Dockerfile": "FROM python:3.12\nWORKDIR /app\nCOPY . .\nCMD uvicorn main:app --port $PORT\n",
        }
    )
    (manifest,) = heroku.read(tree)
    assert [(p.name, p.role, p.workdir) for p in manifest.processes] == [
        ("web", Role.WEB, "/app"),
        ("worker", Role.WORKER, "/app"),
        ("release", Role.RELEASE, "/app"),
    ]
    assert [(e.name, e.value) for e in manifest.environment] == [("MODE", "live")]
    assert (manifest.uses, manifest.as_is) == (("Dockerfile",), False)


def test_broken(plant: Plant) -> None:
    (manifest,) = procfile.read(plant({"Procfile": "web: a\n", "app.json": "{"}))
    assert (manifest.problems, manifest.environment) == ((), ())
    (manifest,) = heroku.read(plant({"heroku.yml": "run: [a]\nsetup: {config: 3}\n"}))
    assert [(p.kind, p.subject) for p in manifest.problems] == [
        ("wrong-type", "run"),
        ("wrong-type", "setup.config"),
    ]
