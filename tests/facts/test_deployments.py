"""What production starts, and what belongs to it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from deploycheck.facts.deployments import Deployment, Limits
from deploycheck.facts.manifests.model import Platform
from deploycheck.findings import Location
from tests.facts.projects import DATABRICKS, FASTAPI, FLASK, deployed, project


def names(root: Path, files: Mapping[str, str]) -> list[str]:
    return [d.name for d in project(root, files).deployments]


def app_of(deployment: Deployment) -> tuple[str, str]:
    assert deployment.app is not None
    return deployment.app.module.path, deployment.app.name


COMPOSE = {
    "docker-compose.yml": """\
        services:
          api:
            build: ./api
            environment: {A: from-compose}
          db:
            image: postgres:16
          jobs:
            build: ./api
            command: python -m worker
          tasks:
            build: ./api
            command: celery -A worker worker
          migrate:
            build: ./api
            command: alembic upgrade head
        """,
    "api/Dockerfile": """\
        FROM python:3.12
        WORKDIR /app
        COPY . .
        RUN pip install -r requirements.txt
        ENV A=from-image B=c
        CMD ["uvicorn", "main:app", "--host", "0.0.0.0"]
        """,
    "api/main.py": FASTAPI,
    "api/worker.py": "import time\ntime.sleep(1)\n",
    "api/requirements.txt": "fastapi\nuvicorn\n",
}


def test_a_dockerfile_that_compose_builds_is_part_of_the_service_and_workers_are_none(tmp_path: Path) -> None:
    api = deployed(tmp_path, COMPOSE)
    assert (api.name, api.directory, api.platform.key) == ("docker-compose.yml api", "api", "compose")
    assert [(m.path, m.name) for m in api.manifests] == [
        ("docker-compose.yml", "api"),
        ("api/Dockerfile", ""),
    ]
    assert api.process is not None
    assert (api.process.name, api.server and api.server.program) == ("api", "uvicorn")
    assert app_of(api) == ("api/main.py", "app")
    assert (set(api.modules), api.whole, api.tentative) == ({"api/main.py"}, True, False)
    assert (set(api.installed.names), api.installed.complete) == ({"fastapi", "uvicorn"}, True)
    assert [api.environment.lookup(n) for n in "D"] == [None]
    told = {n: s.text for n in "AB" if (s := api.environment.lookup(n)) is not None}
    assert told == {"A": "from-compose", "B": "c"}
    assert not api.environment.closed


def test_several_apps_of_one_repository_are_judged_each_on_its_own(tmp_path: Path) -> None:
    files = {
        "one/app.yaml": DATABRICKS + "env: [{name: A, value: b}]\n",
        "one/main.py": "import helper\n" + FASTAPI,
        "one/helper.py": "",
        "one/requirements.txt": "fastapi\n",
        "two/app.yaml": DATABRICKS,
        "two/main.py": FLASK,
        "two/requirements.txt": "flask\n",
    }
    one, two = project(tmp_path, files).deployments
    assert [(d.name, d.directory, set(d.modules), set(d.installed.names)) for d in (one, two)] == [
        ("one/app.yaml", "one", {"one/main.py", "one/helper.py"}, {"fastapi"}),
        ("two/app.yaml", "two", {"two/main.py"}, {"flask"}),
    ]
    assert one.environment.lookup("A") is not None
    assert two.environment.lookup("A") is None
    assert one.environment.closed


def test_an_app_in_backend(tmp_path: Path) -> None:
    files = {
        "app.yaml": "command: [uvicorn, main:app, --app-dir, backend]\n",
        "backend/main.py": "from shop import db\n" + FASTAPI,
        "backend/shop/__init__.py": "",
        "backend/shop/db.py": "",
        "backend/pyproject.toml": "[tool.ruff]\n",
        "requirements.txt": "fastapi\n",
    }
    one = deployed(tmp_path, files)
    assert app_of(one) == ("backend/main.py", "app")
    assert one.modules == {"backend/main.py", "backend/shop/__init__.py", "backend/shop/db.py"}
    assert (one.directory, set(one.installed.names), one.installed.complete) == ("", {"fastapi"}, True)
    assert one.at == Location("app.yaml", 1, 10, 1, 49)


def test_what_a_procfile_starts(tmp_path: Path) -> None:
    files = {
        "Procfile": "web: uvicorn main:app\nadmin: uvicorn admin:app\nrelease: alembic upgrade head\n",
        "main.py": FASTAPI,
        "admin.py": FLASK,
    }
    one = deployed(tmp_path, files)
    assert one.name == "Procfile"
    assert one.process is not None
    assert one.process.name == "web"
    assert one.release is not None
    assert one.release.name == "release"
    assert one.modules == {"main.py"}


TWO_WEBS = {
    "docker-compose.yml": """\
        services:
          api:
            build: .
            command: uvicorn main:app
          admin:
            build: .
            command: uvicorn admin:app
        """,
    "Dockerfile": "FROM python:3.12\nCOPY . .\n",
    "main.py": FASTAPI,
    "admin.py": FASTAPI,
}


def test_two_services_of_one_image(tmp_path: Path) -> None:
    found = project(tmp_path, TWO_WEBS).deployments
    assert [(d.name, set(d.modules)) for d in found] == [
        ("docker-compose.yml api", {"main.py"}),
        ("docker-compose.yml admin", {"admin.py"}),
    ]


def test_without_a_command_the_platform_starts_the_first_file(tmp_path: Path) -> None:
    files = {
        "app.yaml": "env: []\n",
        "server.py": FASTAPI
        + "if __name__ == '__main__':\n    import uvicorn\n    uvicorn.run(app, workers=3)\n",
        "zz.py": "import os\n",
    }
    one = deployed(tmp_path, files)
    assert one.server is not None
    assert (one.server.program, one.workers and one.workers.data) == ("uvicorn", 3)
    assert (set(one.modules), one.whole) == ({"server.py"}, True)
    assert one.process is not None
    assert one.process.command is None


def test_an_app_yaml_with_no_command_and_a_file_that_serves_nothing(tmp_path: Path) -> None:
    one = deployed(tmp_path, {"app.yaml": "env: []\n", "app.py": FASTAPI, "other.py": ""})
    assert (one.server, one.whole, set(one.modules)) == (None, False, {"app.py", "other.py"})
    assert app_of(one) == ("app.py", "app")


@pytest.mark.parametrize(
    "files",
    [
        {"Procfile": "worker: python jobs.py\n", "jobs.py": "x = 1\n"},
        {"Procfile": "worker: python jobs.py\n", "jobs.py": FASTAPI.replace("FastAPI()", "1")},
        {"docker-compose.yml": "services:\n  jobs:\n    image: python\n    command: celery -A jobs worker\n"},
        {"docker-compose.yml": "services:\n  db:\n    image: postgres\n"},
    ],
)
def test_workers_and_services_alone_are_no_deployment(tmp_path: Path, files: dict[str, str]) -> None:
    assert names(tmp_path, files) == []


def test_an_app_that_only_workers_stand_beside_is_judged_by_itself(tmp_path: Path) -> None:
    files = {"Procfile": "worker: python jobs.py\n", "jobs.py": "x = 1\n", "main.py": FASTAPI}
    one = deployed(tmp_path, files)
    assert (one.name, one.platform) == ("main.py", Platform("unknown", "no manifest"))


def test_a_script_that_cannot_be_parsed_may_serve(tmp_path: Path) -> None:
    files = {"Procfile": "web: python tools/serve.py\n", "tools/serve.py": "print 'x'\n", "core.py": FASTAPI}
    one = deployed(tmp_path, files)
    assert (set(one.modules), one.whole) == ({"tools/serve.py", "core.py"}, False)


def test_an_entry_that_cannot_be_parsed_is_among_the_modules(tmp_path: Path) -> None:
    files = {"app.yaml": DATABRICKS, "main.py": "print 'x'\n", "core.py": FASTAPI}
    one = deployed(tmp_path, files)
    assert (set(one.modules), one.whole) == ({"main.py", "core.py"}, False)


def test_an_import_that_cannot_be_parsed_is_among_the_modules(tmp_path: Path) -> None:
    files = {"app.yaml": DATABRICKS, "main.py": "import tools.x\n" + FASTAPI, "tools/x.py": "print 'x'\n"}
    one = deployed(tmp_path, files)
    assert (set(one.modules), one.whole) == ({"main.py", "tools/x.py"}, True)


DJANGO = {
    "manage.py": "import os\n",
    "site1/__init__.py": "",
    "site1/settings/__init__.py": "",
    "site1/settings/base.py": "ROOT_URLCONF = 'site1.urls'\n",
    "site1/settings/prod.py": "from .base import *\n",
    "site1/urls.py": "from site1 import views\nurlpatterns = []\n",
    "site1/views.py": "",
    "site1/unused.py": "",
    "site1/wsgi.py": """\
        import os
        from django.core.wsgi import get_wsgi_application
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site1.settings.base")
        application = get_wsgi_application()
        """,
    "site1/asgi.py": """\
        from django.core.asgi import get_asgi_application
        application = get_asgi_application()
        """,
}
SITE = {f"site1/{n}.py" for n in ("__init__", "settings/__init__", "settings/base", "urls", "views", "wsgi")}


def test_a_django_project_loads_its_settings_by_name(tmp_path: Path) -> None:
    one = deployed(tmp_path, {**DJANGO, "Procfile": "web: gunicorn site1.wsgi\n"})
    assert app_of(one) == ("site1/wsgi.py", "application")
    assert one.modules == SITE


def test_the_environment_may_name_other_settings_to_django(tmp_path: Path) -> None:
    files = {**DJANGO, "Procfile": "web: DJANGO_SETTINGS_MODULE=site1.settings.prod gunicorn site1.wsgi\n"}
    assert deployed(tmp_path, files).modules == {*SITE, "site1/settings/prod.py"}


def test_a_django_project_that_nothing_deploys_is_one(tmp_path: Path) -> None:
    assert names(tmp_path, DJANGO) in (["site1/wsgi.py"], ["site1/asgi.py"])


def test_a_library_has_none_and_the_reason_is_told(tmp_path: Path) -> None:
    files = {
        "pyproject.toml": '[project]\nname = "lib"\ndependencies = []\n',
        "src/lib/__init__.py": "def f():\n    return 1\n",
        "tests/test_it.py": FASTAPI,
        "examples/app.py": FASTAPI,
        "docs/main.py": FASTAPI,
    }
    found = project(tmp_path, files)
    assert found.deployments == ()
    assert found.nothing_to_check == "no Python web app, deployment manifest or migrations found"


def test_an_app_without_a_manifest_and_its_mounted_sub_app_are_one(tmp_path: Path) -> None:
    files = {
        "server/__init__.py": "",
        "server/main.py": "from server.sub import sub\n" + FASTAPI + 'app.mount("/x", sub)\n',
        "server/sub.py": "from fastapi import FastAPI\nsub = FastAPI()\n",
        "server/stray.py": "",
        "requirements.txt": "fastapi\n",
    }
    one = deployed(tmp_path, files)
    assert (one.name, one.directory, one.platform.name) == ("server/main.py", "", "no manifest")
    assert app_of(one) == ("server/main.py", "app")
    assert [a.name for a in one.apps] == ["app", "sub"]
    assert one.modules == {"server/__init__.py", "server/main.py", "server/sub.py"}
    assert (one.whole, one.environment.closed, one.environment.label) == (True, False, "nothing is known")
    assert (one.at, one.replicas, one.sized) == (Location("server/main.py", 3, 7, 3, 16), 1, False)


def test_two_apps_that_nothing_deploys_are_two(tmp_path: Path) -> None:
    assert names(tmp_path, {"a/main.py": FASTAPI, "b/main.py": FLASK}) == ["a/main.py", "b/main.py"]


def test_an_earlier_try_beside_the_app_is_not_certain(tmp_path: Path) -> None:
    files = {"api/main.py": FASTAPI, "api/main_without_login.py": FASTAPI, "old/first_try.py": FASTAPI}
    found = project(tmp_path, files).deployments
    assert {d.name: d.tentative for d in found} == {
        "api/main.py": False,
        "api/main_without_login.py": True,
        "old/first_try.py": False,
    }


def test_what_nothing_deploys_is_left_out_beside_what_is(tmp_path: Path) -> None:
    files = {
        "app.yaml": DATABRICKS,
        "main.py": "import core\n" + FASTAPI,
        "core.py": "",
        "old.py": FASTAPI,
        "tools/x.py": FLASK,
    }
    one = deployed(tmp_path, files)
    assert one.modules == {"main.py", "core.py"}
    assert len(one.apps) == 1


BUNDLE = {
    "databricks.yml": """\
        bundle: {name: b}
        resources:
          apps:
            shop:
              name: shop
              source_code_path: ./app
              resources:
              - name: db
                database: {instance_name: i, database_name: d, permission: CAN_CONNECT_AND_CREATE}
        """,
    "app/app.yaml": DATABRICKS + "env: [{name: A, value: b}]\n",
    "app/main.py": FASTAPI,
}


def test_a_bundle_and_its_app_yaml_are_one(tmp_path: Path) -> None:
    one = deployed(tmp_path, BUNDLE)
    assert (one.name, one.directory) == ("databricks.yml shop", "app")
    assert [m.path for m in one.manifests] == ["databricks.yml", "app/app.yaml"]
    given = one.environment.lookup("PGHOST")
    assert given is not None
    assert (given.text, given.layer) == (None, "Databricks Apps")
    assert (one.environment.closed, one.environment.maybe) == (True, frozenset())
    assert one.environment.label == "Databricks Apps + app/app.yaml"


def test_without_a_bundle_a_resource_may_be_attached(tmp_path: Path) -> None:
    one = deployed(tmp_path, {"app.yaml": DATABRICKS, "main.py": FASTAPI})
    assert one.environment.lookup("PGHOST") is None
    assert not one.environment.settled("PGHOST")
    assert one.environment.settled("OTHER")


@pytest.mark.parametrize(
    "command",
    ["uvicorn main:create --factory", "./start.sh", "python tools/serve.py", "python -u -m tools.serve"],
)
def test_an_app_that_is_reached_over_a_factory_or_script(tmp_path: Path, command: str) -> None:
    files = {
        "Procfile": f"web: {command}\n",
        "start.sh": "exec uvicorn main:create --factory\n",
        "tools/serve.py": 'import uvicorn\nuvicorn.run("main:create", factory=True)\n',
        "main.py": "from fastapi import FastAPI\ndef create():\n    app = FastAPI()\n    return app\n",
    }
    one = deployed(tmp_path, files)
    assert app_of(one) == ("main.py", "create")
    assert one.whole
    assert ("tools/serve.py" in set(one.modules)) == ("tools" in command)


def test_a_development_manifest_is_taken_for_want_of_another(tmp_path: Path) -> None:
    files = {"docker-compose.dev.yml": TWO_WEBS["docker-compose.yml"], **TWO_WEBS}
    del files["docker-compose.yml"]
    assert {d.tentative for d in project(tmp_path, files).deployments} == {True}


def test_declared_limits_win(tmp_path: Path) -> None:
    one = deployed(tmp_path, {"app.yaml": DATABRICKS, "main.py": FASTAPI})
    assert (one.cpu, one.memory, one.sized) == (2, 6144, False)
    changed = Deployment(**{**vars(one), "limits": Limits(4, 2048, 3)})
    assert (changed.cpu, changed.memory, changed.replicas, changed.sized) == (4, 2048, 3, True)


def test_what_is_installed_by_name_comes_before_what_is_near(tmp_path: Path) -> None:
    files = {
        "Dockerfile": """\
            FROM python:3.12
            COPY . .
            RUN pip install -r deploy/prod-requirements.txt
            CMD ["uvicorn", "main:app"]
            """,
        "deploy/prod-requirements.txt": "fastapi\nuvicorn\n",
        "requirements.txt": "httpx\n",
        "main.py": FASTAPI,
    }
    one = deployed(tmp_path, files)
    assert [f.path for f in one.installed.files] == ["deploy/prod-requirements.txt", "requirements.txt"]
    assert one.installed.names == {"fastapi", "uvicorn", "httpx"}
