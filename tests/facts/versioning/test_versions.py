"""The version that an app tells, its package's, and who keeps the two together."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploycheck.facts.versioning import keeper_of, package_of, told_version, version_teller
from deploycheck.findings import Location
from tests.facts.projects import DATABRICKS, FASTAPI, deployed, project

APP = "from fastapi import FastAPI\napp = FastAPI(version={})\n"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"pyproject.toml": '[project]\nname = "a"\nversion = "1.2"\n'}, ("a", "1.2", 3)),
        ({"pyproject.toml": '[tool.poetry]\nname = "a"\nversion = "1.2"\n'}, ("a", "1.2", 3)),
        ({"pyproject.toml": '[project]\nname = "a"\ndynamic = ["version"]\n'}, ("a", "", 3)),
        ({"pyproject.toml": '[project]\nname = "a"\nversion = "0.0.0"\n'}, ("a", "", 3)),
        ({"setup.cfg": "[metadata]\nname = a\nversion = 3.4\n"}, ("a", "3.4", 3)),
        ({"setup.cfg": "[metadata]\nname = a\nversion = attr: a.__version__\n"}, ("a", "", 3)),
        ({"setup.py": 'from setuptools import setup\nsetup(name="a", version="5.0")\n'}, ("a", "5.0", 2)),
        ({"pyproject.toml": "[tool.ruff]\nline-length = 90\n"}, None),
        ({"pyproject.toml": "not toml"}, None),
        ({"setup.cfg": "not an ini file"}, None),
        ({"setup.py": "x ="}, None),
    ],
)
def test_the_package_of_a_folder(
    tmp_path: Path, files: dict[str, str], expected: tuple[str, str, int] | None
) -> None:
    made = project(tmp_path, {**files, "server/main.py": FASTAPI})
    found = package_of(made.tree, made.program, "server")
    assert (None if found is None else (found.name, found.version, found.at.line)) == expected


def test_the_nearest_package_counts(tmp_path: Path) -> None:
    made = project(
        tmp_path,
        {
            "pyproject.toml": '[project]\nname = "all"\nversion = "1"\n',
            "api/pyproject.toml": '[project]\nname = "api"\nversion = "2.0"\n',
            "api/src/main.py": FASTAPI,
        },
    )
    found = package_of(made.tree, made.program, "api/src")
    assert found is not None
    assert found.name == "api"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ('"1.0.0"', "1.0.0"),
        ('"v1.4"', "v1.4"),
        ('f"{1}.{2}.0"', "1.2.0"),
        ('"v1"', None),
        ('"2024-10-01"', None),
        ('__import__("os").environ["V"]', None),
        ('open("VERSION").read()', None),
    ],
)
def test_what_an_app_tells(tmp_path: Path, written: str, expected: str | None) -> None:
    made = deployed(tmp_path, {"app.yaml": DATABRICKS, "main.py": APP.format(written)})
    found = told_version(made)
    assert (None if found is None else found.text) == expected


def test_an_app_that_tells_nothing_says_the_frameworks_default(tmp_path: Path) -> None:
    found = told_version(deployed(tmp_path, {"app.yaml": DATABRICKS, "main.py": FASTAPI}))
    assert found is not None
    assert (found.text, found.default) == ("0.1.0", True)


def test_a_description_at_another_address_counts(tmp_path: Path) -> None:
    text = 'from fastapi import FastAPI\napp = FastAPI(openapi_url="/api/openapi.json")\n'
    assert told_version(deployed(tmp_path, {"app.yaml": DATABRICKS, "main.py": text})) is not None


@pytest.mark.parametrize("options", ["openapi_url=None", "**{'title': 'x'} | __import__('x').OPTIONS"])
def test_an_app_that_shows_no_description_or_whose_options_are_unseen_tells_nothing(
    tmp_path: Path, options: str
) -> None:
    text = f"from fastapi import FastAPI\napp = FastAPI({options})\n"
    assert told_version(deployed(tmp_path, {"app.yaml": DATABRICKS, "main.py": text})) is None


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pyproject.toml", '[tool.hatch.version]\npath = "pkg/__init__.py"\n'),
        ("pyproject.toml", '[tool.setuptools.dynamic]\nversion = {attr = "pkg.__version__"}\n'),
        ("pyproject.toml", '[tool.semantic_release]\nversion_variables = ["pkg/__init__.py:__version__"]\n'),
        (
            "pyproject.toml",
            '[build-system]\nbuild-backend = "flit_core.buildapi"\n[project]\ndynamic = ["version"]\n',
        ),
        ("setup.cfg", "[metadata]\nversion = attr: pkg.__version__\n"),
        (".bumpversion.cfg", "[bumpversion:file:pkg/__init__.py]\n"),
        (".github/workflows/release.yml", "run: sed -i s/x/$TAG/ pkg/__init__.py\n"),
    ],
)
def test_who_keeps_a_version(tmp_path: Path, name: str, text: str) -> None:
    made = project(tmp_path, {name: text, "pkg/__init__.py": '__version__ = "1.0"\n'})
    assert keeper_of(made.tree, made.program, Location("pkg/__init__.py", 1)) == name


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pyproject.toml", '[tool.ruff.lint.per-file-ignores]\n"pkg/__init__.py" = ["F401"]\n'),
        ("setup.cfg", "[metadata]\nversion = 1.0\n"),
        (".github/workflows/ci.yml", "run: pytest pkg\n"),
    ],
)
def test_who_does_not(tmp_path: Path, name: str, text: str) -> None:
    made = project(tmp_path, {name: text, "pkg/__init__.py": '__version__ = "1.0"\n'})
    assert keeper_of(made.tree, made.program, Location("pkg/__init__.py", 1)) == ""


def test_a_line_may_say_so_itself(tmp_path: Path) -> None:
    line = '__version__ = "1.0"  # x-release-please-version\n'
    made = project(tmp_path, {"pkg/__init__.py": line})
    assert keeper_of(made.tree, made.program, Location("pkg/__init__.py", 1)) == "pkg/__init__.py"


@pytest.mark.parametrize(
    ("route", "expected"),
    [
        ('@app.get("/version")\ndef f(): return V\n', True),
        ('@app.get("/api/about")\ndef f(): return V\n', True),
        ('@app.get("/health")\ndef f(): return {"app_version": 1}\n', True),
        ('@app.get("/files/{x}/version")\ndef f(x): return {"version": 1}\n', False),
        ('@app.get("/health")\ndef f(): return {"conversion": 1}\n', False),
        ("", None),
    ],
)
def test_who_tells_the_version(tmp_path: Path, route: str, expected: bool | None) -> None:
    made = deployed(tmp_path, {"app.yaml": DATABRICKS, "main.py": FASTAPI + route})
    assert version_teller(made) is expected
