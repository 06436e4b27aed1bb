from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from deploycheck.facts.manifests import read_manifests, readers
from deploycheck.facts.manifests.model import Use
from deploycheck.facts.manifests.platforms import DATABRICKS, PLATFORMS
from deploycheck.facts.manifests.uses import use_of

if TYPE_CHECKING:
    from tests.facts.manifests.conftest import Plant


@pytest.mark.parametrize(
    ("path", "use"),
    [
        ("app.yaml", Use.PRODUCTION),
        ("backend/Dockerfile", Use.PRODUCTION),
        ("Dockerfile.prod", Use.PRODUCTION),
        ("compose/production/django/Dockerfile", Use.PRODUCTION),
        ("Dockerfile.dev", Use.DEVELOPMENT),
        ("dev.Dockerfile", Use.DEVELOPMENT),
        (".devcontainer/Dockerfile", Use.DEVELOPMENT),
        ("compose/local/django/Dockerfile", Use.DEVELOPMENT),
        ("docker-compose.test.yml", Use.DEVELOPMENT),
        ("tests/Dockerfile", Use.EXAMPLE),
        ("docs/app.yaml", Use.EXAMPLE),
        (".claude/skills/x/app.yaml", Use.EXAMPLE),
        ("docker-compose.example.yml", Use.EXAMPLE),
    ],
)
def test_what_a_path_tells(path: str, use: Use) -> None:
    assert use_of(path) is use


def test_a_developers_database_is_left_out(plant: Plant) -> None:
    compose = "services:\n  db:\n    image: postgres\n    environment: {POSTGRES_PASSWORD: x}\n"
    tree = plant({"app.yaml": "command: [python, main.py]\n", "docker-compose.yml": compose})
    assert [m.path for m in read_manifests(tree)] == ["app.yaml"]


def test_nothing(plant: Plant) -> None:
    assert read_manifests(plant({"README.md": ""})) == ()


def test_the_order_is_the_platforms(plant: Plant) -> None:
    tree = plant(
        {
            "b/Dockerfile": "FROM python\nCMD python b.py\n",
            "a/Dockerfile": "FROM python\nCMD python a.py\n",
            "Procfile": "web: python main.py\n",
            "app.yaml": "command: [python, main.py]\n",
        }
    )
    assert [m.path for m in read_manifests(tree)] == ["app.yaml", "Procfile", "a/Dockerfile", "b/Dockerfile"]
    assert read_manifests(tree) == read_manifests(tree)


MANIFESTS = {
    "app.yaml": "command: [python, main.py, $X]\nenv:\n  - {name: A, value: b}\n",
    "databricks.yml": """\
resources:
  apps:
    x: {source_code_path: ., config: {env: [{name: A, value: b}]}}
""",
    "Procfile": "web: cd a && gunicorn b:c -w ${X:-2}\n",
    "compose.yml": """\
services:
  web:
    build: {context: ., target: x}
    environment: [A=$B]
    ports: ['80:80']
""",
    "fly.toml": '[processes]\na = "b $X"\n[[http_service.checks]]\npath = "/x"\n',
    "render.yaml": """\
services:
  - {type: web, runtime: python, startCommand: a b, envVars: [{key: A, value: b}]}
""",
    "railway.json": '{"deploy": {"startCommand": "a b", "preDeployCommand": ["c"]}}\n',
    "app.json": '{"env": {"A": {"value": "b"}}, "formation": {"web": {"quantity": 2}}}\n',
    "heroku.yml": "build: {docker: {web: Dockerfile}}\nrun: {web: a b}\nrelease: {command: [c]}\n",
    "k.yaml": """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: a}
spec: {template: {spec: {containers: [{name: a, image: x, command: [a, $(B)], env: [{name: B, value: c}]}]}}}
""",
    "kustomization.yaml": "resources: [k.yaml]\npatches: [{path: p.yaml, target: {name: a}}]\n",
    "service.yaml": """\
apiVersion: serving.knative.dev/v1
kind: Service
spec: {template: {spec: {containers: [{image: x, ports: [{containerPort: 80}]}]}}}
""",
    "task-def.json": '{"containerDefinitions": [{"name": "a", "command": ["b"], "cpu": 256}]}\n',
    ".do/app.yaml": "services: [{name: a, run_command: b, envs: [{key: A, value: b}]}]\n",
    "apprunner.yaml": "runtime: python3\nrun: {command: a b, env: [{name: A, value: b}]}\n",
    "azure.yaml": "services: {web: {project: ., language: py, host: appservice}}\n",
    "a.service": "[Service]\nExecStart=/x/gunicorn a:b -w ${W}\nEnvironment=W=2\n",
    "supervisord.conf": "[program:a]\ncommand=gunicorn a:b\nenvironment=A=b\n",
    "chart/templates/d.yaml": "{{ if .Values.x }}\nkind: Job\nspec: {{ .Values.y | quote }}\n{{ end }}\n",
    ".ebextensions/a.config": "option_settings: {'aws:x': {A: b}}\ncontainer_commands: {a: {command: b}}\n",
    "Dockerfile": 'FROM python AS x\nENV A=1\nCOPY --from=x /a /b\nRUN pip install a\nCMD ["a", "b"]\n',
}


@pytest.mark.parametrize("name", MANIFESTS)
def test_a_file_cut_short_or_damaged_never_raises(plant: Plant, name: str) -> None:
    text = MANIFESTS[name]
    beside = {"Dockerfile": MANIFESTS["Dockerfile"], "chart/Chart.yaml": "name: x\n", "Procfile": "web: a\n"}
    plant({**beside, "k.yaml": MANIFESTS["k.yaml"]})
    for end in range(0, len(text), 3):
        read_manifests(plant({name: text[:end]}))
    for at in range(0, len(text), 11):
        for wrong in ("[", "{", "'", "\t", "\n", ":", "-", "$", "*x", "\x00"):
            read_manifests(plant({name: text[:at] + wrong + text[at + 1 :]}))


def test_platforms() -> None:
    assert len({platform.key for platform in PLATFORMS}) == len(PLATFORMS)
    assert len(readers()) == len(set(readers())) == 19
    assert (DATABRICKS.closed, DATABRICKS.cpu, DATABRICKS.memory, DATABRICKS.grace) == (True, 2, 6144, 15)
    assert (DATABRICKS.request_limit, DATABRICKS.file_limit) == (120, 10485760)
    assert DATABRICKS.port_variables == ("DATABRICKS_APP_PORT", "PORT")
    assert not DATABRICKS.injects & DATABRICKS.may_inject


POD = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop}
spec: {template: {spec: {containers: [{name: shop, image: IMAGE}]}}}
"""
IMAGE = "FROM python:3.12\nWORKDIR /app\nCOPY . .\nCMD uvicorn main:app\n"


def test_an_image_that_is_only_likely_stays_a_deployment(plant: Plant) -> None:
    tree = plant({"k8s.yaml": POD.replace("IMAGE", "x/y"), "Dockerfile": IMAGE})
    assert [(m.path, m.use, m.certain) for m in read_manifests(tree)] == [
        ("k8s.yaml", Use.PRODUCTION, False),
        ("Dockerfile", Use.PRODUCTION, True),
    ]


def test_the_only_image_under_the_workloads_own_name_is_ours(plant: Plant) -> None:
    tree = plant({"k8s.yaml": POD.replace("IMAGE", "ghcr.io/acme/shop:1.4"), "Dockerfile": IMAGE})
    assert [(m.path, m.use, m.certain) for m in read_manifests(tree)] == [
        ("k8s.yaml", Use.PRODUCTION, True),
        ("Dockerfile", Use.PART, True),
    ]


def test_a_plain_compose_file_beside_a_platform_is_a_developers(plant: Plant) -> None:
    compose = "services:\n  web: {build: .}\n  db: {image: postgres}\n"
    tree = plant({"fly.toml": "[http_service]\n", "compose.yml": compose, "Dockerfile": IMAGE})
    assert [(m.path, m.use) for m in read_manifests(tree)] == [
        ("fly.toml", Use.PRODUCTION),
        ("Dockerfile", Use.PART),
    ]
    live = plant({"docker-compose.prod.yml": compose})
    assert ("docker-compose.prod.yml", "web") in [(m.path, m.name) for m in read_manifests(live)]
