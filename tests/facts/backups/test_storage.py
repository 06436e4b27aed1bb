"""Where a SQLite file is kept, on each platform."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploycheck.facts.backups import Place, storage_of
from deploycheck.facts.backups.purpose import main_sqlite
from deploycheck.project import Project
from tests.facts.projects import DATABRICKS, project

IMAGE = "FROM python:3.12\nWORKDIR /srv\nCOPY . .\n{}CMD uvicorn main:app\n"


def _app(url: str) -> str:
    return (
        "import os\nfrom pathlib import Path\nfrom elsewhere import here\nfrom fastapi import FastAPI\n"
        f"from sqlalchemy import create_engine\napp = FastAPI()\nengine = create_engine({url})\n"
    )


def _kept(found: Project) -> tuple[str, Place, bool]:
    (deployment,) = found.deployments
    opened = main_sqlite(found.tree, deployment)
    assert opened is not None
    storage = storage_of(found.tree, deployment, opened)
    return storage.file.text, storage.place, storage.certain


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ('"sqlite:///data/app.db"', "data/app.db"),
        ('"sqlite:////data/app.db"', "/data/app.db"),
        ('"sqlite+pysqlite:///app.db?timeout=5"', "app.db"),
        ('"sqlite:///file:app.db?uri=true"', "app.db"),
        ("f\"sqlite:///{Path(__file__).parent / 'app.db'}\"", "app.db"),
    ],
)
def test_an_ephemeral_platform_keeps_no_file_wherever_it_lies(tmp_path: Path, url: str, text: str) -> None:
    found = project(tmp_path, {"main.py": _app(url), "app.yaml": DATABRICKS})
    assert _kept(found) == (text, Place.CONTAINER, True)


@pytest.mark.parametrize(
    "url", ['"sqlite://"', '"sqlite:///:memory:"', '"sqlite:///file:x?mode=memory&uri=true"']
)
def test_a_database_in_memory_is_no_file(tmp_path: Path, url: str) -> None:
    found = project(tmp_path, {"main.py": _app(url), "app.yaml": DATABRICKS})
    assert main_sqlite(found.tree, found.deployments[0]) is None


@pytest.mark.parametrize(
    ("url", "volume", "place"),
    [
        ('"sqlite:///data/app.db"', "- data:/srv/data", Place.KEPT),
        ('"sqlite:////srv/data/app.db"', "- ./state:/srv", Place.KEPT),
        ("f\"sqlite:///{Path(__file__).parent / 'data' / 'app.db'}\"", "- data:/srv/data", Place.KEPT),
        ('"sqlite:////srv/data/app.db"', "- data:/srv/database", Place.CONTAINER),
        ('"sqlite:////srv/data/app.db"', "- /srv/data", Place.ANONYMOUS),
        ('"sqlite:////srv/data/app.db"', "- {type: tmpfs, target: /srv/data}", Place.ANONYMOUS),
        ('f"sqlite:///{here()}/app.db"', "- data:/srv/data", Place.UNKNOWN),
    ],
)
def test_a_volume_of_a_service_keeps_what_lies_below_it(
    tmp_path: Path, url: str, volume: str, place: Place
) -> None:
    compose = f"services:\n  web:\n    build: .\n    volumes:\n      {volume}\nvolumes: {{data: {{}}}}\n"
    files = {"main.py": _app(url), "Dockerfile": IMAGE.format(""), "compose.yaml": compose}
    assert _kept(project(tmp_path, files))[1] is place


@pytest.mark.parametrize(
    ("files", "place", "certain"),
    [
        ({}, Place.CONTAINER, False),
        ({"fly.toml": 'app = "x"\n'}, Place.CONTAINER, True),
        ({"fly.toml": '[[mounts]]\nsource = "d"\ndestination = "/data"\n'}, Place.KEPT, False),
        ({"fly.toml": '[mounts]\ndestination = "/other"\n'}, Place.CONTAINER, True),
        ({"render.yaml": "services:\n  - type: web\n    disk: {mountPath: /data}\n"}, Place.KEPT, False),
        ({"render.yaml": "services:\n  - type: web\n"}, Place.CONTAINER, True),
        ({"README.md": "    docker run -v x:/data image\n"}, Place.KEPT, False),
        (
            {"README.md": "    docker run --mount type=volume,source=x,target=/data image\n"},
            Place.KEPT,
            False,
        ),
        ({"railway.json": "{}\n"}, Place.CONTAINER, False),
    ],
)
def test_what_runs_an_image_tells_what_it_mounts(
    tmp_path: Path, files: dict[str, str], place: Place, certain: bool
) -> None:
    base = {"main.py": _app('"sqlite:////data/app.db"'), "Dockerfile": IMAGE.format("")}
    assert _kept(project(tmp_path, base | files))[1:] == (place, certain)


@pytest.mark.parametrize(
    ("volume", "place"),
    [
        ("persistentVolumeClaim: {claimName: x}", Place.KEPT),
        ("hostPath: {path: /x}", Place.KEPT),
        ("emptyDir: {}", Place.CONTAINER),
    ],
)
def test_a_claim_of_kubernetes_keeps_and_an_empty_folder_does_not(
    tmp_path: Path, volume: str, place: Place
) -> None:
    pod = (
        "apiVersion: apps/v1\nkind: Deployment\nspec:\n  template:\n    spec:\n"
        "      containers:\n        - name: web\n"
        "          volumeMounts: [{name: d, mountPath: /data}]\n"
        f"      volumes:\n        - name: d\n          {volume}\n"
    )
    files = {"main.py": _app('"sqlite:////data/app.db"'), "Dockerfile": IMAGE.format(""), "k8s/web.yaml": pod}
    assert _kept(project(tmp_path, files))[1] is place


def test_an_images_own_volume_has_no_name(tmp_path: Path) -> None:
    files = {"main.py": _app('"sqlite:////data/app.db"'), "Dockerfile": IMAGE.format("VOLUME /data\n")}
    assert _kept(project(tmp_path, files))[1] is Place.ANONYMOUS


@pytest.mark.parametrize(
    ("line", "is_main"),
    [
        ('engine = create_engine("sqlite:///notes.db")', True),
        ('engine = create_engine("sqlite:///sessions.db")', True),
        ('engine = create_engine("sqlite:///http_cache.sqlite")', False),
        ('cache_engine = create_engine("sqlite:///notes.db")', False),
        ('engine = create_engine("sqlite:///mlflow.db")', False),
        ('engine = create_engine("sqlite:///file:notes.db?mode=ro&uri=true")', False),
    ],
)
def test_a_cache_is_not_productions_database(tmp_path: Path, line: str, is_main: bool) -> None:
    text = _app('"sqlite:///x.db"').replace('engine = create_engine("sqlite:///x.db")', line)
    found = project(tmp_path, {"main.py": text, "app.yaml": DATABRICKS})
    assert (main_sqlite(found.tree, found.deployments[0]) is not None) is is_main


def test_beside_a_database_one_named_for_sessions_is_a_cache(tmp_path: Path) -> None:
    text = _app('"sqlite:///sessions.db"') + 'main = create_engine("sqlite:///notes.db")\n'
    found = project(tmp_path, {"main.py": text, "app.yaml": DATABRICKS})
    opened = main_sqlite(found.tree, found.deployments[0])
    assert opened is not None
    assert opened.resolved.shape == "sqlite:///notes.db"
