from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deploycheck.facts.manifests import instructions
from deploycheck.facts.manifests.building import read_image
from deploycheck.facts.manifests.dockerfile import read
from deploycheck.facts.manifests.model import Command, Manifest, Source, Use
from deploycheck.facts.manifests.shell import unwrap

if TYPE_CHECKING:
    from tests.facts.manifests.conftest import Plant


def started(manifest: Manifest) -> Command:
    command = manifest.processes[0].command
    assert command is not None
    return command


def one(plant: Plant, text: str, **files: str) -> Manifest:
    (manifest,) = read(plant({"Dockerfile": text, **files}))
    return manifest


def test_a_plain_image(plant: Plant) -> None:
    tree = plant(
        {
            "Dockerfile": """\
                # syntax=docker/dockerfile:1
                FROM python:3.12-slim
                ENV A=1 B="two words" \\
                    # a comment inside
                    C=$A-x PATH=/venv/bin:$PATH
                ENV OLD a b
                WORKDIR /code
                COPY requirements.txt .
                RUN pip install --no-cache-dir -r requirements.txt \\
                 && rm -rf /tmp/x
                COPY . .
                EXPOSE 8000/tcp 9000
                VOLUME /code/data
                HEALTHCHECK --interval=5s CMD curl -f http://localhost:8000/health || exit 1
                CMD ["uvicorn", "app.main:app", \\
                     "--port", "8000"]
                """,
            "requirements.txt": "",
            "app/main.py": "",
        }
    )
    (manifest,) = read(tree)
    assert [(e.name, e.value, e.source, e.at.line) for e in manifest.environment] == [
        ("A", "1", Source.LITERAL, 3),
        ("B", "two words", Source.LITERAL, 3),
        ("C", "1-x", Source.LITERAL, 5),
        ("PATH", None, Source.COMPUTED, 5),
        ("OLD", "a b", Source.LITERAL, 6),
    ]
    assert (manifest.ports, manifest.volumes, manifest.health_path) == (
        (8000, 9000),
        ("/code/data",),
        "/health",
    )
    assert (manifest.image, manifest.directory, manifest.use) == ("python:3.12-slim", "", Use.PRODUCTION)
    assert [c.words for c in manifest.installs] == [
        ("pip", "install", "--no-cache-dir", "-r", "requirements.txt")
    ]
    assert manifest.requirements == ("requirements.txt",)
    process = manifest.processes[0]
    assert (process.directory, process.workdir) == ("", "/code")
    command = started(manifest)
    assert (command.words, command.shell) == (("uvicorn", "app.main:app", "--port", "8000"), False)
    assert str(command.argv[2].at) == "Dockerfile:16:6"


@pytest.mark.parametrize(
    ("lines", "words", "shell"),
    [
        ('CMD ["gunicorn", "a:b"]', ["gunicorn", "a:b"], False),
        ("CMD gunicorn a:b -w $W", ["gunicorn", "a:b", "-w", "$W"], True),
        ("CMD ['gunicorn', 'a:b']", ["[gunicorn,", "a:b]"], True),
        ('ENTRYPOINT ["gunicorn"]\nCMD ["a:b", "-w", "2"]', ["gunicorn", "a:b", "-w", "2"], False),
        ('ENTRYPOINT gunicorn a:b\nCMD ["-w"]', ["gunicorn", "a:b"], True),
        ('ENTRYPOINT ["tini", "--"]\nCMD gunicorn a:b', ["gunicorn", "a:b"], True),
        ('CMD ["one"]\nCMD ["two"]', ["two"], False),
        ('CMD ["sh", "-c", "alembic upgrade head && exec gunicorn a:b"]', ["gunicorn", "a:b"], True),
        ('ENTRYPOINT ["bash", "-c"]\nCMD ["exec gunicorn a:b"]', ["gunicorn", "a:b"], True),
    ],
)
def test_what_is_started(plant: Plant, lines: str, words: list[str], *, shell: bool) -> None:
    command = started(one(plant, f"FROM python:3.12\n{lines}\n"))
    assert (list(unwrap(command).words), command.shell) == (words, shell)


def test_stages(plant: Plant) -> None:
    tree = plant(
        {
            "Dockerfile": """\
                ARG VERSION=3.12
                FROM python:${VERSION}-slim AS base
                ENV A=1
                WORKDIR /app
                CMD ["base"]
                FROM node:20 AS front
                WORKDIR /front
                COPY client .
                FROM base AS builder
                COPY pyproject.toml uv.lock ./
                RUN --mount=type=cache,target=/root/.cache uv sync --frozen
                COPY server ./server
                FROM base
                ENV B=2
                COPY --from=builder /app /app
                COPY --from=front /front/dist /app/static
                ENTRYPOINT ["python", "-m"]
                """,
            "pyproject.toml": "",
            "uv.lock": "",
            "server/main.py": "",
            "client/index.html": "",
        }
    )
    (manifest,) = read(tree)
    assert manifest.image == "python:3.12-slim"
    assert [(e.name, e.value) for e in manifest.environment] == [("A", "1"), ("B", "2")]
    # An ENTRYPOINT of its own makes Docker forget the CMD of the stage below.
    assert started(manifest).words == ("python", "-m")
    assert [c.words for c in manifest.installs] == [("uv", "sync", "--frozen")]
    assert manifest.requirements == ("pyproject.toml",)
    stage = read_image(tree, "Dockerfile").stage()
    assert stage is not None
    assert stage.project_path("/app/server/main.py") == "server/main.py"
    assert stage.project_path("/etc/passwd") is None


def test_targets(plant: Plant) -> None:
    text = "FROM python AS one\nFROM python AS Two\n"
    image = read_image(plant({"Dockerfile": text}), "Dockerfile")
    assert [
        s and s.name for s in (image.stage(), image.stage("two"), image.stage("0"), image.stage("x"))
    ] == [
        *("Two", "Two", "one", None),
    ]


def test_arguments_give_defaults(plant: Plant) -> None:
    manifest = one(plant, "FROM python\nARG W=4\nENV W=$W X=${Y:-z}\nCMD gunicorn a:b\n")
    assert [(e.name, e.value, e.default, e.written) for e in manifest.environment] == [
        ("W", None, "4", "$W"),
        ("X", None, "z", "${Y:-z}"),
    ]


@pytest.mark.parametrize(
    ("path", "copies", "directory"),
    [
        ("backend/Dockerfile", "COPY . .", "backend"),
        ("backend/Dockerfile", "COPY backend /app", "backend"),
        ("backend/Dockerfile", "COPY backend/app ./app", "backend"),
        ("backend/Dockerfile", "COPY app ./app", "backend"),
        ("docker/Dockerfile", "COPY . .", ""),
        ("Dockerfile", "COPY backend/ ./", "backend"),
        ("Dockerfile", "COPY backend/app/*.py ./app/", "backend"),
        ("Dockerfile.prod", "COPY ./backend/app /app/app", "backend"),
        ("deploy/api.Dockerfile", 'COPY ["backend", "/app"]', "backend"),
    ],
)
def test_context_and_working_directory(plant: Plant, path: str, copies: str, directory: str) -> None:
    text = f'FROM python\nWORKDIR /app\n{copies}\nCMD ["uvicorn", "app.main:app"]\n'
    (manifest,) = read(plant({path: text, "backend/app/main.py": ""}))
    assert manifest.processes[0].directory == directory


def test_a_script_in_the_image(plant: Plant) -> None:
    tree = plant(
        {
            "Dockerfile": """\
                FROM python
                WORKDIR /app
                COPY deploy/start.sh /usr/local/bin/start.sh
                COPY . .
                ENTRYPOINT ["/usr/local/bin/start.sh"]
                CMD ["gunicorn", "a:b"]
                """,
            "deploy/start.sh": '#!/bin/sh\nset -e\nexport X=1\nalembic upgrade head\nexec "$@"\n',
        }
    )
    (manifest,) = read(tree)
    command = started(manifest)
    assert command.words == ("gunicorn", "a:b")
    assert [(e.name, e.value, str(e.at)) for e in command.env] == [("X", "1", "deploy/start.sh:3:8")]
    assert [(c.words, c.checked, str(c.at)) for c in command.before] == [
        (("alembic", "upgrade", "head"), True, "deploy/start.sh:4:1")
    ]


def test_heredocs(plant: Plant) -> None:
    text = (
        'FROM python\nRUN <<EOF\npip install flask\nCMD nothing\nEOF\nCOPY <<-X /x\nFROM no\nX\nCMD ["a"]\n'
    )
    manifest = one(plant, text)
    assert manifest.problems == ()
    assert [c.words for c in manifest.installs] == [("pip", "install", "flask")]
    assert started(manifest).words == ("a",)


def test_another_escape_character(plant: Plant) -> None:
    manifest = one(plant, '# escape=`\nFROM python\nRUN pip install `\n  flask\nCMD ["a"]\n')
    assert [c.words for c in manifest.installs] == [("pip", "install", "flask")]


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("", [("unreadable", "", 1)]),
        ("CMD a\n", [("unreadable", "", 1)]),
        ("FROM python\nRUNN x\nCMD a\n", [("unknown-key", "RUN", 2)]),
        ("FROM python\nCMD []\n", [("empty-command", "", 2)]),
        ("FROM python\n=\nCMD a\n", [("unknown-key", "", 2)]),
    ],
)
def test_problems(plant: Plant, text: str, problems: list[tuple[str, str, int]]) -> None:
    manifest = one(plant, text)
    assert [(p.kind, p.hint, p.at.line) for p in manifest.problems] == problems


@pytest.mark.parametrize(
    ("text", "use"),
    [
        ("FROM nginx\nCOPY . /usr/share/nginx/html\n", Use.SERVICE),
        ("FROM node:20\nCMD npm start\n", Use.SERVICE),
        ("FROM tiangolo/uvicorn-gunicorn-fastapi:python3.11\nCOPY . /app\n", Use.PRODUCTION),
        ("FROM ubuntu\nRUN apt-get install -y python3-pip\nCMD ./serve\n", Use.PRODUCTION),
    ],
)
def test_images_without_python(plant: Plant, text: str, use: Use) -> None:
    assert one(plant, text).use is use


def test_binary(plant: Plant) -> None:
    (manifest,) = read(plant({"Dockerfile": b"\x00\x01\x02"}))
    assert [p.kind for p in manifest.problems] == ["unreadable"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.sampled_from([*"FROMCDENV[]\"'\\\n #<=$`&|", "CMD ", "RUN <<A\n", "FROM a\n", "ENV ", "COPY "])
    )
)
def test_any_text_can_be_read(parts: list[str]) -> None:
    text = "".join(parts)
    source = instructions.read("Dockerfile", text)
    assert len(source.text) == len(text)
    assert all(0 <= i.start <= i.end <= len(text) or i.start >= i.end for i in source.instructions)
