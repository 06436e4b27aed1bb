from __future__ import annotations

from typing import TYPE_CHECKING

from deploycheck.facts.manifests.azure import read

if TYPE_CHECKING:
    from tests.facts.manifests.conftest import Plant


def test_app_service(plant: Plant) -> None:
    tree = plant(
        {
            "azure.yaml": "services:\n  web: {project: ./src, language: py, host: appservice}\n",
            "infra/main.bicep": "x: {\n  appCommandLine: 'entrypoint.sh'\n  healthCheckPath: '/up'\n}\n",
            "src/entrypoint.sh": "python -m gunicorn app:app\n",
            "src/requirements.txt": "",
        }
    )
    (manifest,) = read(tree)
    (web,) = manifest.processes
    assert web.command is not None
    assert (web.directory, web.command.words) == ("src", ("python", "-m", "gunicorn", "app:app"))
    assert (manifest.health_path, manifest.requirements) == ("/up", ("src/requirements.txt",))


def test_a_command_that_no_file_settles(plant: Plant) -> None:
    bicep = "appCommandLine: 'a'\nappCommandLine: 'b'\n"
    yaml = "services:\n  web: {project: ., language: python, host: appservice}\n"
    (manifest,) = read(plant({"azure.yaml": yaml, "main.bicep": bicep}))
    assert manifest.processes == ()


def test_container_apps(plant: Plant) -> None:
    tree = plant(
        {
            "azure.yaml": """\
                services:
                  api: {project: ./api, language: py, host: containerapp, docker: {context: ..}}
                  site: {project: ./site, language: js, host: staticwebapp}
                """,
            "api/Dockerfile": "FROM python:3.12\nCOPY api /app\nWORKDIR /app\nCMD uvicorn a:b\n",
        }
    )
    (manifest,) = read(tree)
    assert (manifest.platform.key, manifest.uses) == ("containerapps", ("api/Dockerfile",))


def test_broken(plant: Plant) -> None:
    (manifest,) = read(plant({"azure.yaml": "services: [\n"}))
    assert [p.kind for p in manifest.problems] == ["unreadable"]
