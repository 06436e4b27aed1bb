from __future__ import annotations

import json
from typing import TYPE_CHECKING

from deploycheck.facts.manifests.ecs import read
from deploycheck.facts.manifests.model import Source, Use

if TYPE_CHECKING:
    from tests.facts.manifests.conftest import Plant

TASK = {
    "family": "shop",
    "cpu": "512",
    "memory": "1 GB",
    "containerDefinitions": [
        {
            "name": "web",
            "image": "123.dkr.ecr.eu-west-1.amazonaws.com/shop:latest",
            "command": ["gunicorn", "main:app", "-w", "$WORKERS"],
            "portMappings": [{"containerPort": 8000}],
            "environment": [{"name": "MODE", "value": "live"}],
            "secrets": [{"name": "TOKEN", "valueFrom": "arn:aws:x"}],
            "healthCheck": {"command": ["CMD-SHELL", "curl -f http://localhost:8000/up || exit 1"]},
            "stopTimeout": 60,
            "mountPoints": [{"sourceVolume": "files", "containerPath": "/data"}],
        }
    ],
    "volumes": [{"name": "files", "efsVolumeConfiguration": {"fileSystemId": "fs-1"}}],
}


def test_a_task(plant: Plant) -> None:
    (manifest,) = read(plant({"task-definition.json": json.dumps(TASK, indent=2)}))
    (web,) = manifest.processes
    assert web.command is not None
    assert (web.command.shell, web.command.words[3]) == (False, "$WORKERS")
    assert (manifest.name, manifest.use, manifest.certain) == ("web", Use.PRODUCTION, False)
    assert (manifest.cpu, manifest.memory, manifest.grace) == (0.5, 1024, 60)
    assert (manifest.published, manifest.health_path) == ((8000,), "/up")
    assert [(e.name, e.value, e.source) for e in manifest.environment] == [
        ("MODE", "live", Source.LITERAL),
        ("TOKEN", None, Source.SECRET),
    ]
    assert [(m.path, m.persistent) for m in manifest.mounts] == [("/data", True)]


def test_the_image_of_a_folder(plant: Plant) -> None:
    task = {"containerDefinitions": [{"name": "web", "image": "x/shop"}]}
    tree = plant(
        {
            "deploy/ecs-task.json": json.dumps(task),
            "shop/Dockerfile": "FROM python:3.12\nCOPY . /app\nWORKDIR /app\nCMD uvicorn a:b\n",
        }
    )
    (manifest,) = read(tree)
    assert (manifest.uses, manifest.certain, manifest.processes[0].directory) == (
        ("shop/Dockerfile",),
        False,
        "shop",
    )


def test_others_and_broken(plant: Plant) -> None:
    tree = plant({"ecs.json": '{"a": 1}', "task-def.json": "{", "taskdef.tpl.json": '{{ "a" }}'})
    (broken,) = read(tree)
    assert [(p.kind, p.at.path) for p in broken.problems] == [("unreadable", "task-def.json")]
    task = {"containerDefinitions": [{"command": "x", "environment": {"A": 1}, "secrets": [{}]}]}
    (odd,) = read(plant({"task-def.json": json.dumps(task, indent=1)}))
    assert [(p.kind, p.subject) for p in odd.problems] == [
        ("wrong-type", "command"),
        ("wrong-type", "environment"),
        ("env-entry", ""),
    ]
