from __future__ import annotations

from typing import TYPE_CHECKING

from deploycheck.facts.manifests.model import Role, Source, Use
from deploycheck.facts.manifests.render import read

if TYPE_CHECKING:
    from tests.facts.manifests.conftest import Plant

RENDER = """\
    services:
      - type: web
        name: api
        runtime: python
        rootDir: backend
        plan: standard
        numInstances: 3
        maxShutdownDelaySeconds: 60
        buildCommand: pip install -r requirements.txt
        preDeployCommand: alembic upgrade head
        startCommand: gunicorn main:app -b 0.0.0.0:$PORT -w ${WORKERS:-2}
        healthCheckPath: /ready
        disk: {name: files, mountPath: /var/data, sizeGB: 10}
        envVars:
          - key: MODE
            value: live
          - key: DATABASE_URL
            fromDatabase: {name: main, property: connectionString}
          - key: CACHE
            fromService: {type: redis, name: cache, property: connectionString}
          - key: SECRET_KEY
            generateValue: true
          - key: STRIPE
            sync: false
          - fromGroup: shared
      - type: worker
        name: jobs
        env: python
        startCommand: celery -A tasks worker
      - type: web
        name: site
        runtime: static
      - type: redis
        name: cache
    databases:
      - name: main
    envVarGroups:
      - name: shared
        envVars:
          - {key: LEVEL, value: info}
    """


def test_a_python_service(plant: Plant) -> None:
    api, jobs = read(plant({"render.yaml": RENDER, "backend/requirements.txt": "", "backend/main.py": ""}))
    assert [(p.name, p.role, p.command and p.command.words[0]) for p in api.processes] == [
        ("api", Role.WEB, "gunicorn"),
        ("preDeployCommand", Role.RELEASE, "alembic"),
    ]
    web = api.processes[0]
    assert web.command is not None
    assert (web.directory, web.command.shell) == ("backend", True)
    assert [(e.name, e.value, e.source) for e in api.environment] == [
        ("MODE", "live", Source.LITERAL),
        ("DATABASE_URL", None, Source.RESOURCE),
        ("CACHE", None, Source.RESOURCE),
        ("SECRET_KEY", None, Source.SECRET),
        ("STRIPE", None, Source.SECRET),
        ("LEVEL", "info", Source.LITERAL),
    ]
    assert (api.cpu, api.memory, api.replicas, api.grace, api.health_path) == (1, 2048, 3, 60, "/ready")
    assert (api.volumes, api.requirements, api.open_env) == (
        ("/var/data",),
        ("backend/requirements.txt",),
        True,
    )
    assert [(p.name, p.role) for p in jobs.processes] == [("jobs", Role.WORKER)]


def test_an_image(plant: Plant) -> None:
    tree = plant(
        {
            "render.yaml": """\
                services:
                  - type: web
                    name: a
                    runtime: docker
                    dockerContext: ./svc
                    dockerfilePath: ./svc/Dockerfile
                  - type: web
                    name: b
                    runtime: docker
                    dockerContext: ./svc
                    dockerfilePath: ./svc/Dockerfile
                    dockerCommand: cd sub && uvicorn x:y --port $PORT
                  - type: pserv
                    name: c
                    runtime: image
                    image: {url: docker.io/library/redis}
                """,
            "svc/Dockerfile": "FROM python:3.12\nWORKDIR /srv\nCOPY . .\nENV A=1\nCMD gunicorn app:app\n",
            "svc/sub/x.py": "",
        }
    )
    a, b, c = read(tree)
    assert [p.command and p.command.words[0] for p in (*a.processes, *b.processes)] == ["gunicorn", "uvicorn"]
    assert (a.uses, a.processes[0].directory, b.processes[0].directory) == (
        ("svc/Dockerfile",),
        "svc",
        "svc/sub",
    )
    assert [e.name for e in a.environment] == ["A"]
    assert (c.use, c.image) == (Use.SERVICE, "docker.io/library/redis")


def test_odd_and_broken(plant: Plant) -> None:
    (broken,) = read(plant({"render.yaml": "services: [\n"}))
    assert [p.kind for p in broken.problems] == ["unreadable"]
    text = """\
        services:
          - 3
          - type: web
            runtime: python
            startCommand: [a]
            envVars:
              - value: x
              - key: B
                value: [1]
          - type: web
            runtime: python
            startCommand: ""
        """
    whole, first, second = read(plant({"render.yaml": text}))
    assert [(p.kind, p.at.line) for p in whole.problems] == [("wrong-type", 2)]
    assert [(p.kind, p.subject, p.at.line) for p in first.problems] == [
        ("wrong-type", "startCommand", 5),
        ("env-entry", "", 7),
        ("wrong-type", "B", 9),
    ]
    assert [(p.kind, p.at.line) for p in second.problems] == [("empty-command", 12)]


def test_only_the_production_environment_of_a_project(plant: Plant) -> None:
    text = """\
        projects:
          - name: shop
            environments:
              - name: staging
                services: [{type: web, name: a, runtime: python, startCommand: gunicorn a:b}]
              - name: production
                services: [{type: web, name: b, runtime: python, startCommand: gunicorn a:b}]
        """
    assert [m.name for m in read(plant({"render.yaml": text}))] == ["b"]
