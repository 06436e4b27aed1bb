from __future__ import annotations

from typing import TYPE_CHECKING

from deploycheck.facts.manifests.digitalocean import read
from deploycheck.facts.manifests.model import Role, Source

if TYPE_CHECKING:
    from tests.facts.manifests.conftest import Plant

SPEC = """\
    name: shop
    envs:
      - {key: LEVEL, value: info}
    services:
      - name: api
        environment_slug: python
        source_dir: /backend
        run_command: gunicorn main:app -b 0.0.0.0:$PORT
        http_port: 8000
        instance_size_slug: apps-s-1vcpu-0.5gb
        instance_count: 2
        health_check: {http_path: /up, timeout_seconds: 3}
        termination: {grace_period_seconds: 20}
        envs:
          - {key: DATABASE_URL, value: "${db.DATABASE_URL}"}
          - {key: TOKEN, type: SECRET, value: "EV[1:x]"}
          - {key: BUILD, scope: BUILD_TIME, value: "1"}
      - name: image
        dockerfile_path: backend/Dockerfile
        source_dir: /
    jobs:
      - name: migrate
        kind: PRE_DEPLOY
        environment_slug: python
        source_dir: backend
        run_command: alembic upgrade head
    static_sites:
      - name: site
    """


def test_components(plant: Plant) -> None:
    tree = plant(
        {
            ".do/app.yaml": SPEC,
            "backend/requirements.txt": "",
            "backend/Dockerfile": "FROM python:3.12\nWORKDIR /app\nCOPY backend .\nCMD uvicorn a:b\n",
        }
    )
    api, image, job = read(tree)
    (web,) = api.processes
    assert web.command is not None
    assert (web.role, web.directory, web.command.shell) == (Role.WEB, "backend", True)
    assert [(e.name, e.value, e.source) for e in api.environment] == [
        ("PORT", "8000", Source.LITERAL),
        ("LEVEL", "info", Source.LITERAL),
        ("DATABASE_URL", None, Source.RESOURCE),
        ("TOKEN", None, Source.SECRET),
    ]
    assert (api.cpu, api.memory, api.replicas, api.grace, api.health_path) == (1, 512, 2, 20, "/up")
    assert image.processes[0].command is not None
    assert (image.uses, image.processes[0].command.words) == (("backend/Dockerfile",), ("uvicorn", "a:b"))
    assert [(p.role, p.command and p.command.words[0]) for p in job.processes] == [(Role.RELEASE, "alembic")]


def test_odd_and_broken(plant: Plant) -> None:
    (broken,) = read(plant({".do/app.yaml": "services: [\n"}))
    assert [p.kind for p in broken.problems] == ["unreadable"]
    text = "services:\n  - {name: a, run_command: [x], envs: [{value: y}]}\n  - 3\n"
    whole, odd = read(plant({".do/app.yaml": text}))
    assert [(p.kind, p.at.line) for p in whole.problems] == [("wrong-type", 3)]
    assert [(p.kind, p.subject) for p in odd.problems] == [("wrong-type", "run_command"), ("env-entry", "")]


def test_the_procfile_of_its_folder(plant: Plant) -> None:
    spec = "services:\n  - {name: a, environment_slug: python, source_dir: x}\n"
    tree = plant(
        {
            ".do/app.yaml": spec,
            ".do/deploy.template.yaml": "spec:\n  services: [{name: b, environment_slug: python}]\n",
            "x/Procfile": "web: gunicorn a:b\nworker: celery\n",
        }
    )
    (manifest,) = read(tree)
    assert ([p.name for p in manifest.processes], manifest.uses) == (["web"], ("x/Procfile",))
