"""What production installs without a pin, by its way of installing."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploycheck.facts.requirements.pinning import Loose, loose_files
from tests.facts.projects import DATABRICKS, FASTAPI, project

PYPROJECT = '[project]\nname = "shop"\nversion = "1"\ndependencies = ["fastapi>=0.1", "uvicorn==0.38.0"]\n'
LOCK = 'version = 1\n\n[[package]]\nname = "fastapi"\nversion = "0.121.0"\nsource = { registry = "x" }\n'


def loose(root: Path, files: dict[str, str]) -> list[Loose]:
    looked = project(root, {"main.py": FASTAPI, **files})
    (manifest,) = looked.manifests
    return list(loose_files(manifest, looked.requirements, looked.tree))


def image(*installs: str) -> str:
    runs = "".join(f"RUN {line}\n" for line in installs)
    return f"FROM python:3.13\nWORKDIR /app\nCOPY . .\n{runs}CMD uvicorn main:app\n"


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ("fastapi", 1),
        ("fastapi>=0.1", 1),
        ("fastapi~=0.121.0", 1),
        ("fastapi==0.*", 1),
        ("fastapi<1,>=0.1", 1),
        ("fastapi==0.121.0", 0),
        ("fastapi===0.121.0", 0),
        ("fastapi[standard] == 0.121.0 ; python_version > '3.9'", 0),
        ("fastapi==0.121.0 --hash=sha256:aa", 0),
        ("fastapi @ git+https://example.com/fastapi@4f1c2d3", 0),
        ("-c constraints.txt\nfastapi", 0),
        ("# fastapi", 0),
        ("uv", 0),
    ],
)
def test_lines(tmp_path: Path, line: str, count: int) -> None:
    files = {"app.yaml": DATABRICKS, "requirements.txt": line + "\n", "constraints.txt": "fastapi==1.0\n"}
    assert sum(len(found.loose) for found in loose(tmp_path, files)) == count


@pytest.mark.parametrize(
    ("installs", "files", "paths"),
    [
        (["pip install -r requirements.txt"], {"requirements.txt": "fastapi\n"}, ["requirements.txt"]),
        (
            ["uv pip install --system -r requirements.txt"],
            {"requirements.txt": "fastapi\n"},
            ["requirements.txt"],
        ),
        (["pip install ."], {"uv.lock": LOCK}, ["pyproject.toml"]),
        (["uv sync"], {}, ["pyproject.toml"]),
        (["uv sync --frozen"], {"uv.lock": LOCK}, []),
        (["poetry install"], {"poetry.lock": LOCK}, []),
        (["pip install --no-deps ."], {}, []),
        (["pip install -c constraints.txt ."], {"constraints.txt": "fastapi==1.0\n"}, []),
        (["uv export -o locked.txt", "pip install -r locked.txt"], {}, []),
        (["uv sync --frozen", "pip install ."], {"uv.lock": LOCK}, []),
    ],
)
def test_ways_of_installing(
    tmp_path: Path, installs: list[str], files: dict[str, str], paths: list[str]
) -> None:
    found = loose(tmp_path, {"Dockerfile": image(*installs), "pyproject.toml": PYPROJECT, **files})
    assert [f.path for f in found] == paths


def test_databricks_reads_no_lock_beside_requirements(tmp_path: Path) -> None:
    files = {
        "app.yaml": DATABRICKS,
        "requirements.txt": "fastapi\n",
        "pyproject.toml": PYPROJECT,
        "uv.lock": LOCK,
    }
    (found,) = loose(tmp_path, files)
    assert (found.path, found.unused) == ("requirements.txt", "uv.lock")


def test_databricks_takes_the_lock_where_there_are_no_requirements(tmp_path: Path) -> None:
    assert loose(tmp_path, {"app.yaml": DATABRICKS, "pyproject.toml": PYPROJECT, "uv.lock": LOCK}) == []


def test_another_platform_may_take_the_lock(tmp_path: Path) -> None:
    files = {"Procfile": "web: uvicorn main:app\n", "requirements.txt": "fastapi\n"}
    assert [f.path for f in loose(tmp_path, files)] == ["requirements.txt"]
    assert loose(tmp_path, {**files, "uv.lock": LOCK}) == []
