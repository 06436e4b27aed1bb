from __future__ import annotations

from typing import TYPE_CHECKING

from deploycheck.facts.manifests.dockerfile import read
from deploycheck.facts.manifests.model import Role, Source

if TYPE_CHECKING:
    from tests.facts.manifests.conftest import Plant

CONF = """\
[supervisord]
nodaemon=true
environment=LEVEL="info"

[program:nginx]
command=/usr/sbin/nginx -g "daemon off;"

[program:api]
command=gunicorn main:app -w %(ENV_WORKERS)s
    -b 127.0.0.1:8000
directory=/app/backend
environment=MODE="live",TOKEN="%(ENV_TOKEN)s"

[program:jobs]
command=celery -A tasks worker
"""
DOCKERFILE = """\
FROM python:3.12
WORKDIR /app
COPY . .
{0}
CMD ["supervisord", "-c", "{1}"]
"""


def test_the_programs_of_an_image(plant: Plant) -> None:
    tree = plant(
        {
            "backend/main.py": "",
            "ops/supervisord.conf": CONF,
            "Dockerfile": DOCKERFILE.format("", "/app/ops/supervisord.conf"),
        }
    )
    (manifest,) = read(tree)
    assert [(p.name, p.role, p.directory) for p in manifest.processes] == [
        ("nginx", Role.WORKER, ""),
        ("api", Role.WEB, "backend"),
        ("jobs", Role.WORKER, ""),
    ]
    api = manifest.processes[1].command
    assert api is not None
    assert api.words == ("gunicorn", "main:app", "-w", "${WORKERS}", "-b", "127.0.0.1:8000")
    assert (api.shell, sorted(api.expands), str(api.argv[0].at)) == (
        False,
        ["WORKERS"],
        "ops/supervisord.conf:9:9",
    )
    assert [(e.name, e.value, e.source) for e in api.env] == [
        ("LEVEL", "info", Source.LITERAL),
        ("MODE", "live", Source.LITERAL),
        ("TOKEN", None, Source.COMPUTED),
    ]
    assert [c.words[0] for c in api.via] == ["supervisord"]


def test_a_file_among_those_that_are_included(plant: Plant) -> None:
    tree = plant(
        {
            "api.conf": "[program:api]\ncommand=uvicorn a:b\n",
            "Dockerfile": """\
                FROM python:3.12
                COPY api.conf /etc/supervisor/conf.d/api.conf
                CMD ["supervisord"]
                """,
        }
    )
    (manifest,) = read(tree)
    assert [p.name for p in manifest.processes] == ["api"]


def test_no_configuration_is_told(plant: Plant) -> None:
    (manifest,) = read(plant({"Dockerfile": DOCKERFILE.format("", "/etc/elsewhere.conf")}))
    assert [p.command and p.command.words[0] for p in manifest.processes] == ["supervisord"]


def test_programs_that_nobody_knows_may_serve(plant: Plant) -> None:
    conf = "[program:db]\ncommand=redis-server\n[program:app]\ncommand=shop run-server\n"
    docker = 'FROM python:3.12\nWORKDIR /app\nCOPY . .\nCMD ["init-env", "supervisord", "-c", "s.conf"]\n'
    (manifest,) = read(plant({"s.conf": conf, "Dockerfile": docker}))
    assert [(p.name, p.role) for p in manifest.processes] == [("db", Role.WORKER), ("app", Role.WEB)]
