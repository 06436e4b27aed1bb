from __future__ import annotations

from typing import TYPE_CHECKING

from deploycheck.facts.manifests import read_manifests
from deploycheck.facts.manifests.appengine import read

if TYPE_CHECKING:
    from tests.facts.manifests.conftest import Plant


def test_flexible(plant: Plant) -> None:
    tree = plant(
        {
            "app.yaml": """\
                runtime: python
                env: flex
                entrypoint: gunicorn -b :$PORT main:app
                env_variables:
                  A: 1
                  B: two
                resources: {cpu: 2, memory_gb: 1.5}
                manual_scaling: {instances: 3}
                readiness_check: {path: /ready}
                """,
            "requirements.txt": "",
        }
    )
    (manifest,) = read_manifests(tree)
    assert manifest.platform.key == "appengine"
    command = manifest.processes[0].command
    assert command is not None
    assert (command.words, command.shell) == (("gunicorn", "-b", ":$PORT", "main:app"), True)
    assert str(command.argv[2].at) == "app.yaml:3:25"
    assert [(e.name, e.value, e.at.line) for e in manifest.environment] == [("A", "1", 5), ("B", "two", 6)]
    assert (manifest.cpu, manifest.memory, manifest.replicas, manifest.health_path) == (2, 1536, 3, "/ready")
    assert manifest.requirements == ("requirements.txt",)


def test_standard(plant: Plant) -> None:
    (manifest,) = read(plant({"app.yaml": "runtime: python312\ninstance_class: F2\n"}))
    assert (manifest.processes[0].command, manifest.memory) == (None, 768)


def test_problems(plant: Plant) -> None:
    text = "runtime: python312\nentrypoint: [a]\nenv_variables: [A]\n"
    (manifest,) = read(plant({"app.yaml": text}))
    assert [(p.kind, p.subject, p.at.line) for p in manifest.problems] == [
        ("wrong-type", "entrypoint", 2),
        ("wrong-type", "env_variables", 3),
    ]
    (broken,) = read(plant({"app.yaml": "runtime: python312\nentrypoint: [\n"}))
    assert [p.kind for p in broken.problems] == ["unreadable"]


def test_other_languages_and_dialects(plant: Plant) -> None:
    assert read(plant({"a/app.yaml": "runtime: go121\n", "b/app.yaml": "command: [a]\n"})) == ()
