from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from deploycheck.facts.manifests.model import Role
from deploycheck.facts.manifests.railway import read

if TYPE_CHECKING:
    from tests.facts.manifests.conftest import Plant

CONFIG = {
    "build": {"builder": "RAILPACK"},
    "deploy": {
        "startCommand": "uvicorn main:app --host 0.0.0.0 --port $PORT",
        "preDeployCommand": ["alembic upgrade head"],
        "healthcheckPath": "/up",
        "healthcheckTimeout": 100,
        "drainingSeconds": 20,
        "multiRegionConfig": {"a": {"numReplicas": 2}, "b": {"numReplicas": 1}},
    },
}
TOML = """\
    [build]
    builder = "RAILPACK"
    [deploy]
    startCommand = "uvicorn main:app --host 0.0.0.0 --port $PORT"
    preDeployCommand = ["alembic upgrade head"]
    healthcheckPath = "/up"
    healthcheckTimeout = 100
    drainingSeconds = 20
    [deploy.multiRegionConfig.a]
    numReplicas = 2
    [deploy.multiRegionConfig.b]
    numReplicas = 1
    """


@pytest.mark.parametrize("files", [{"railway.json": json.dumps(CONFIG, indent="\t")}, {"railway.toml": TOML}])
def test_from_source(plant: Plant, files: dict[str, str]) -> None:
    (manifest,) = read(plant({**files, "requirements.txt": "uvicorn\n"}))
    web, release = manifest.processes
    assert web.command is not None
    assert release.command is not None
    assert (web.role, web.command.shell, web.command.words[:2]) == (Role.WEB, True, ("uvicorn", "main:app"))
    assert (release.role, release.command.words) == (Role.RELEASE, ("alembic", "upgrade", "head"))
    assert (manifest.replicas, manifest.grace, manifest.health_path) == (3, 20, "/up")
    assert [(p.path, p.timeout) for p in manifest.probes] == [("/up", 100)]
    assert manifest.as_is


def test_an_images_start_command_takes_the_place_of_its_entrypoint_and_no_shell_reads_it(
    plant: Plant,
) -> None:
    config = {
        "deploy": {"startCommand": "uvicorn main:app --port $PORT", "preDeployCommand": "python seed.py"}
    }
    dockerfile = 'FROM python:3.12\nWORKDIR /app\nCOPY . .\nENTRYPOINT ["tini"]\nCMD ["gunicorn", "a:b"]\n'
    tree = plant({"railway.json": json.dumps(config), "Dockerfile": dockerfile, "seed.py": ""})
    (manifest,) = read(tree)
    web, release = manifest.processes
    assert web.command is not None
    assert release.command is not None
    assert (web.command.shell, web.command.words) == (
        False,
        ("uvicorn", "main:app", "--port", "$PORT"),
    )
    assert (manifest.uses, manifest.as_is) == (("Dockerfile",), False)
    assert release.command.words == ("tini", "python", "seed.py")


def test_nixpacks(plant: Plant) -> None:
    start = '[start]\ncmd = "gunicorn a:b"\n'
    alone, beside_it = read(
        plant({"x/nixpacks.toml": start, "y/nixpacks.toml": start, "y/railway.json": "{}"})
    )[::-1]
    for manifest in (alone, beside_it):
        command = manifest.processes[0].command
        assert command is not None
        assert command.words == ("gunicorn", "a:b")


def test_broken(plant: Plant) -> None:
    (manifest,) = read(plant({"railway.json": '{"deploy": }'}))
    assert [(p.kind, str(p.at)) for p in manifest.problems] == [("unreadable", "railway.json:1:12")]
    (manifest,) = read(plant({"railway.json": '{"deploy": {"startCommand": ["a"], "preDeployCommand": ""}}'}))
    assert [(p.kind, p.subject) for p in manifest.problems] == [("wrong-type", "startCommand")]


def test_the_procfile_beside_it(plant: Plant) -> None:
    (manifest,) = read(
        plant({"railway.json": "{}", "Procfile": "web: gunicorn a:b\nrelease: alembic upgrade head\n"})
    )
    assert [p.name for p in manifest.processes] == ["web", "release"]
    assert manifest.uses == ("Procfile",)
