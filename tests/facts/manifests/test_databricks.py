from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from deploycheck.facts.manifests import all_manifests, read_manifests
from deploycheck.facts.manifests.databricks import read
from deploycheck.facts.manifests.model import Role, Source, Use

if TYPE_CHECKING:
    from tests.facts.manifests.conftest import Plant

GOOD = """\
    command: ["gunicorn", "main:app", "-w", 4, "-b", "0.0.0.0:$DATABRICKS_APP_PORT"]
    env:
      - name: LEVEL
        value: info
      - name: WORKERS
        value: 4
      - name: PASSWORD
        valueFrom: db-password
      - name: EMPTY
        value: ""
    """


def test_command_and_environment(plant: Plant) -> None:
    (manifest,) = read(plant({"app.yaml": GOOD, "requirements.txt": ""}))
    assert (manifest.path, manifest.directory, manifest.problems) == ("app.yaml", "", ())
    assert manifest.requirements == ("requirements.txt",)
    process = manifest.process(Role.WEB)
    assert process is not None
    assert process.command is not None
    assert process.command.words == ("gunicorn", "main:app", "-w", "4", "-b", "0.0.0.0:$DATABRICKS_APP_PORT")
    assert not process.command.shell
    assert process.command.expands == {"DATABRICKS_APP_PORT"}
    assert str(process.command.argv[3].at) == "app.yaml:1:41"
    assert [(e.name, e.value, e.source, e.written, str(e.at)) for e in manifest.environment] == [
        ("LEVEL", "info", Source.LITERAL, "", "app.yaml:3:11"),
        ("WORKERS", "4", Source.LITERAL, "", "app.yaml:5:11"),
        ("PASSWORD", None, Source.RESOURCE, "db-password", "app.yaml:7:11"),
        ("EMPTY", "", Source.LITERAL, "", "app.yaml:9:11"),
    ]


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("command: [a\nenv: []\n", [("unreadable", "", "", 2)]),
        ("command:\n\t- a\n", [("unreadable", "", "", 2)]),
        ("command: 7\n", [("wrong-type", "command", "", 1)]),
        ("command: true\n", [("wrong-type", "command", "", 1)]),
        ("command: {a: b}\n", [("wrong-type", "command", "", 1)]),
        ("command: python app.py\n", [("wrong-type", "command", "", 1)]),
        ("command: [a, [b]]\n", [("wrong-type", "command", "", 1)]),
        ("command: []\n", [("empty-command", "command", "", 1)]),
        ("command:\n", [("empty-command", "command", "", 1)]),
        ("command: ''\n", [("empty-command", "command", "", 1)]),
        ("command: ['']\n", [("empty-command", "command", "", 1)]),
        ("command: [a]\ncommand: [b]\n", [("duplicate-key", "command", "", 2)]),
        ("comand: [a]\n", [("unknown-key", "comand", "command", 1)]),
        ("command: [a]\nenvs: []\n", [("unknown-key", "envs", "env", 2)]),
        ("command: [a]\nworkers: 2\n", [("unknown-key", "workers", "", 2)]),
        ("- command\n", [("wrong-type", "the file", "", 1)]),
        ("env:\n  A: b\n", [("wrong-type", "env", "", 2)]),
        ("command: [a]\nenv: A=b\n", [("wrong-type", "env", "", 2)]),
        ("command: [a]\nenv:\n  - A=b\n", [("env-entry", "A=b", "", 3)]),
        ("env:\n  - value: a\n", [("env-entry", "", "", 2)]),
        ("env:\n  - nam: A\n    value: a\n", [("env-entry", "", "name", 2)]),
        ("env:\n  - name: A\n", [("env-entry", "A", "", 2)]),
        ("env:\n  - name: A\n    value:\n", [("env-entry", "A", "", 2)]),
        ("env:\n  - name: A\n    value: a\n    valueFrom: b\n", [("env-entry", "A", "", 2)]),
        ("env:\n  - name: A\n    value_from: b\n", [("env-entry", "A", "valueFrom", 2)]),
        ("env:\n  - name: A\n    value: [b]\n", [("wrong-type", "A", "", 3)]),
        ("env:\n  - name: A\n    value: b\n    note: c\n", [("unknown-key", "note", "", 4)]),
        ("env:\n  - {name: A, value: b}\n  - {name: A, value: c}\n", [("env-entry", "A", "", 3)]),
        ("command: [a]\nenv:\n", []),
        ("command: [a]\nenv: # nothing\n", []),
        ("", []),
        ("# nothing\n", []),
    ],
)
def test_problems(plant: Plant, text: str, problems: list[tuple[str, str, str, int]]) -> None:
    (manifest,) = read(plant({"app.yaml": text, "requirements.txt": ""}))
    assert [(p.kind, p.subject, p.hint, p.at.line) for p in manifest.problems] == problems


def test_binary_and_alias_bomb(plant: Plant) -> None:
    bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 10)}]\n" for n in range(8)
    )
    tree = plant({"one/app.yaml": b"\x00\x01\xff", "two/app.yaml": bomb, "one/app.py": "", "two/app.py": ""})
    assert [[p.kind for p in m.problems] for m in read(tree)] == [["unreadable"], ["unreadable"]]


@pytest.mark.parametrize(
    "text",
    [
        "runtime: python311\nentrypoint: gunicorn -b :$PORT main:app\n",
        "runtime: python\nenv: flex\n",
        "apiVersion: v1\nkind: Service\n",
        "services:\n  - name: web\n",
        "spring:\n  profiles: x\n",
        "database: {host: x}\n",
        "image: {{ .Values.image }}\n",
        "runtime: python311\nentrypoint: [\n",
        "a: 1\n---\nb: 2\n",
        "only text\n",
    ],
)
def test_other_dialects(plant: Plant, text: str) -> None:
    assert read(plant({"app.yaml": text, "requirements.txt": ""})) == ()


def test_the_first_name_wins(plant: Plant) -> None:
    (manifest,) = read(plant({"app.yaml": "command: [b]\n", "app.yml": "command: [a]\n"}))
    assert manifest.path == "app.yml"
    assert [(p.kind, p.subject, p.at.path) for p in manifest.problems] == [
        ("shadowed", "app.yaml", "app.yaml")
    ]


def test_monorepo_without_examples(plant: Plant) -> None:
    files = {f"{folder}/app.yaml": "command: [a]\n" for folder in ("apps/x", "apps/y", "docs", "examples/z")}
    tree = plant(files)
    assert [m.path for m in read_manifests(tree)] == ["apps/x/app.yaml", "apps/y/app.yaml"]
    assert len(all_manifests(tree)) == len(files)


def test_examples_are_taken_when_there_is_nothing_else(plant: Plant) -> None:
    (manifest,) = read_manifests(plant({"examples/z/app.yaml": "command: [a]\n"}))
    assert (manifest.use, manifest.deployable) == (Use.EXAMPLE, True)


def test_a_start_script_is_followed(plant: Plant) -> None:
    line = "alembic upgrade head && exec gunicorn main:app -w ${WORKERS:-2}"
    tree = plant({"app.yaml": f"command: [bash, -c, '{line}']\n"})
    (manifest,) = read(tree)
    command = manifest.processes[0].command
    assert command is not None
    assert command.words == ("gunicorn", "main:app", "-w", "${WORKERS:-2}")
    assert (command.shell, command.execs, command.certain) == (True, True, True)
    assert [(c.words, c.checked) for c in command.before] == [(("alembic", "upgrade", "head"), True)]
    assert [c.words[:2] for c in command.via] == [("bash", "-c")]
    assert str(command.argv[0].at) == "app.yaml:1:51"
