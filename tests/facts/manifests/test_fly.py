from __future__ import annotations

from typing import TYPE_CHECKING

from deploycheck.facts.manifests import read_manifests
from deploycheck.facts.manifests.fly import read
from deploycheck.facts.manifests.model import Role, Use

if TYPE_CHECKING:
    from tests.facts.manifests.conftest import Plant

DOCKERFILE = """\
    FROM python:3.12
    WORKDIR /srv
    COPY . .
    ENV MODE=image LEVEL=info
    EXPOSE 9000
    CMD ["uvicorn", "main:app", "--host", "0.0.0.0", "--port", "8000"]
    """


def test_the_images_own_command(plant: Plant) -> None:
    tree = plant(
        {
            "main.py": "",
            "Dockerfile": DOCKERFILE,
            "fly.toml": """\
                app = "shop"
                kill_timeout = "20s"
                [env]
                  MODE = "live"
                  RETRIES = 3
                [http_service]
                  internal_port = 8000
                  min_machines_running = 2
                  [[http_service.checks]]
                    path = "/ready"
                    timeout = "2s"
                    interval = "15s"
                [[vm]]
                  memory = "1gb"
                  cpus = 2
                [mounts]
                  source = "data"
                  destination = "/data"
                """,
        }
    )
    manifest, image = read_manifests(tree)
    assert (manifest.platform.key, image.use) == ("fly", Use.PART)
    (web,) = manifest.processes
    assert web.command is not None
    assert (web.name, web.role, web.command.words[0], web.command.shell) == (
        "app",
        Role.WEB,
        "uvicorn",
        False,
    )
    assert (web.workdir, web.command.at.path) == ("/srv", "Dockerfile")
    assert [(e.name, e.value) for e in manifest.environment] == [
        ("MODE", "image"),
        ("LEVEL", "info"),
        ("MODE", "live"),
        ("RETRIES", "3"),
    ]
    assert (manifest.cpu, manifest.memory, manifest.replicas, manifest.grace) == (2, 1024, 2, 20)
    assert (manifest.ports, manifest.published, manifest.open_env) == ((8000,), (8000,), True)
    (probe,) = manifest.probes
    assert (probe.path, probe.timeout, probe.period, manifest.health_path) == ("/ready", 2, 15, "/ready")
    assert [(m.path, m.persistent, m.source) for m in manifest.mounts] == [("/data", True, "data")]
    assert manifest.volumes == ("/data",)


def test_process_groups_and_the_release_command_keep_the_entrypoint(plant: Plant) -> None:
    tree = plant(
        {
            "start.sh": '#!/bin/sh\nset -e\nexec "$@"\n',
            "Dockerfile": """\
                FROM python:3.12
                WORKDIR /app
                COPY . .
                ENTRYPOINT ["./start.sh"]
                CMD ["gunicorn", "a:b"]
                """,
            "fly.toml": """\
                [deploy]
                  release_command = "alembic upgrade head"
                [processes]
                  worker = "celery -A tasks worker"
                  api = "gunicorn main:app -w 2 && true"
                [http_service]
                  processes = ["api"]
                """,
        }
    )
    (manifest,) = read(tree)
    assert [(p.name, p.role, p.command and p.command.words) for p in manifest.processes] == [
        ("api", Role.WEB, ("gunicorn", "main:app", "-w", "2", "&&", "true")),
        ("worker", Role.WORKER, ("celery", "-A", "tasks", "worker")),
        ("release", Role.RELEASE, ("alembic", "upgrade", "head")),
    ]
    assert manifest.ports == (8080,)


def test_sizes_services_and_checks(plant: Plant) -> None:
    (manifest,) = read(
        plant(
            {
                "fly.toml": """\
                    [[services]]
                      internal_port = 5000
                      protocol = "tcp"
                      [[services.http_checks]]
                        path = "/up"
                    [checks.deep]
                      type = "http"
                      port = 5001
                      path = "/deep"
                    [checks.open]
                      type = "tcp"
                    [[vm]]
                      size = "performance-2x"
                    """
            }
        )
    )
    assert (manifest.cpu, manifest.memory, manifest.published) == (2, 4096, (5000,))
    assert [(p.path, p.port) for p in manifest.probes] == [("/up", 0), ("/deep", 5001)]


def test_a_buildpack_runs_a_shell_and_anothers_image_is_a_service(plant: Plant) -> None:
    tree = plant(
        {
            "fly.toml": '[build]\nbuilder = "x/builder"\n[processes]\napp = "gunicorn a:b -b :$PORT"\n',
            "db/fly.toml": '[build]\nimage = "redis:7"\n',
            "requirements.txt": "gunicorn\n",
        }
    )
    db, app = read(tree)
    assert (db.use, db.processes) == (Use.SERVICE, ())
    command = app.processes[0].command
    assert command is not None
    assert (command.shell, app.requirements) == (True, ("requirements.txt",))


def test_broken(plant: Plant) -> None:
    (manifest,) = read(plant({"fly.toml": "app = \n"}))
    assert [(p.kind, p.at.line) for p in manifest.problems] == [("unreadable", 1)]
    text = 'processes = "x"\nenv = ["A"]\nservices = 3\nmounts = 4\n'
    (manifest,) = read(plant({"fly.toml": text}))
    assert [(p.kind, p.subject, p.at.line) for p in manifest.problems] == [
        ("wrong-type", "processes", 1),
        ("wrong-type", "env", 2),
        ("wrong-type", "services", 3),
        ("wrong-type", "mounts", 4),
    ]


def test_development(plant: Plant) -> None:
    (manifest,) = read(plant({"fly.dev.toml": ""}))
    assert manifest.use is Use.DEVELOPMENT
