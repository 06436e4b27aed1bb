from __future__ import annotations

from typing import TYPE_CHECKING

from deploycheck.facts.manifests.apprunner import read
from deploycheck.facts.manifests.model import Source

if TYPE_CHECKING:
    from tests.facts.manifests.conftest import Plant


def test_a_service(plant: Plant) -> None:
    text = """\
        version: 1.0
        runtime: python311
        build: {commands: {build: [pip install -r requirements.txt]}}
        run:
          command: gunicorn main:app -b 0.0.0.0:8000
          network: {port: 8000, env: APP_PORT}
          env:
            - {name: MODE, value: live}
          secrets:
            - {name: TOKEN, value-from: "arn:aws:x"}
        """
    (manifest,) = read(plant({"apprunner.yaml": text}))
    assert manifest.processes[0].command is not None
    assert manifest.processes[0].command.words[0] == "gunicorn"
    assert (manifest.published, manifest.open_env) == ((8000,), True)
    assert [(e.name, e.value, e.source) for e in manifest.environment] == [
        ("APP_PORT", "8000", Source.LITERAL),
        ("MODE", "live", Source.LITERAL),
        ("TOKEN", None, Source.SECRET),
    ]


def test_others_and_broken(plant: Plant) -> None:
    assert read(plant({"apprunner.yaml": "runtime: nodejs18\n"})) == ()
    (broken,) = read(plant({"apprunner.yaml": "run: [\n"}))
    assert [p.kind for p in broken.problems] == ["unreadable"]
    (odd,) = read(plant({"apprunner.yaml": "runtime: python3\nrun: {command: [a], env: {A: b}}\n"}))
    assert [(p.kind, p.subject) for p in odd.problems] == [
        ("wrong-type", "run.command"),
        ("wrong-type", "run.env"),
    ]
