"""The project: each fact worked out once, on first use, with what the user adds."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploycheck.configuration import Configuration
from deploycheck.facts.environment import Kind
from deploycheck.project import Project, Settings
from deploycheck.sources.errors import ReadError
from tests.facts.projects import DATABRICKS, FASTAPI, project


def env_file(root: Path, content: str) -> Settings:
    file = root / "prod.env"
    file.write_text(content)
    return Settings(env_files=(file,), isolated=True)


def test_nothing_is_read_before_it_is_asked_for(tmp_path: Path) -> None:
    one = Project(tmp_path / "gone", Settings(env_files=(tmp_path / "gone.env",)))
    assert set(vars(one)) == {"root", "settings", "target", "rehearsal", "judged"}


def test_facts_are_worked_out_once(tmp_path: Path) -> None:
    one = project(tmp_path, {"main.py": FASTAPI})
    for name in ("tree", "program", "manifests", "requirements", "sources", "deployments"):
        assert getattr(one, name) is getattr(one, name)


@pytest.mark.parametrize(
    "files",
    [
        {"main.py": FASTAPI},
        {"app.yaml": DATABRICKS},
        {"alembic.ini": "[alembic]\n"},
        {"db/versions/1_a.py": ""},
        {"shop/migrations/env.py": ""},
    ],
)
def test_there_is_something_to_check(tmp_path: Path, files: dict[str, str]) -> None:
    assert project(tmp_path, files).nothing_to_check == ""


@pytest.mark.parametrize(
    "files", [{}, {"README.md": "x"}, {"lib/__init__.py": "x = 1\n"}, {"tests/a.py": FASTAPI}]
)
def test_there_is_nothing_to_check(tmp_path: Path, files: dict[str, str]) -> None:
    assert project(tmp_path, files).nothing_to_check == (
        "no Python web app, deployment manifest or migrations found"
    )


def test_an_env_file_is_a_layer_with_its_values(tmp_path: Path) -> None:
    settings = env_file(tmp_path, "A=1\nB=${A}2\n# no\nexport C='x y'\nD=\nBARE\nA=3\n")
    (layer,) = Project(tmp_path, settings).sources.layers()
    assert (layer.kind, layer.name) == (Kind.ENV_FILE, (tmp_path / "prod.env").as_posix())
    assert {n: s.text for n, s in layer.settings.items()} == {
        "A": "3",
        "B": "12",
        "C": "x y",
        "D": "",
        "BARE": None,
    }


def test_the_later_of_two_env_files_wins(tmp_path: Path) -> None:
    (tmp_path / "a.env").write_text("A=1\nB=1\n")
    (tmp_path / "b.env").write_text("B=2\n")
    (tmp_path / "main.py").write_text(FASTAPI)
    settings = Settings(env_files=(tmp_path / "a.env", tmp_path / "b.env"), isolated=True)
    (deployment,) = Project(tmp_path, settings).deployments
    found = {n: s.text for n in "AB" if (s := deployment.environment.lookup(n)) is not None}
    assert found == {"A": "1", "B": "2"}


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        ("A=1\nnot a line\n", 2, "line 2 is not NAME=value: correct or remove it"),
        ("A=1\n\n1B=2\n-\n", 3, "line 3 (and 1 more) is not NAME=value: correct or remove it"),
    ],
)
def test_an_odd_line_of_an_env_file_is_refused(tmp_path: Path, content: str, line: int, reason: str) -> None:
    with pytest.raises(ReadError) as raised:
        Project(tmp_path, env_file(tmp_path, content)).sources  # noqa: B018 - reads the file
    assert (raised.value.at.line, raised.value.reason) == (line, reason)


def test_what_the_configuration_declares(tmp_path: Path) -> None:
    declared = Configuration(injected=("PGHOST",), environment={"A": "b"}, cpu=4, memory=2048, replicas=3)
    one = project(
        tmp_path, {"app.yaml": DATABRICKS, "main.py": FASTAPI}, isolated=True, configuration=declared
    )
    (deployment,) = one.deployments
    assert (deployment.cpu, deployment.memory, deployment.replicas) == (4, 2048, 3)
    found = {n: s.text for n in ("PGHOST", "A") if (s := deployment.environment.lookup(n)) is not None}
    assert found == {"PGHOST": None, "A": "b"}


def test_an_app_that_cannot_be_parsed_is_not_nothing(tmp_path: Path) -> None:
    one = project(
        tmp_path, {"main.py": 'from flask import Flask\n\napp = Flask(__name__)\nprint "started"\n'}
    )
    assert one.nothing_to_check == ""


def test_a_script_that_cannot_be_parsed_and_no_app_is_nothing(tmp_path: Path) -> None:
    assert project(tmp_path, {"tool.py": 'print "hello"\n'}).nothing_to_check


@pytest.mark.parametrize(
    "imports",
    ["from shop.db import engine", "from .db import (\n    engine,  # the one\n)", "import shop.db as db"],
)
def test_what_an_unparsed_file_imports_is_loaded_all_the_same(tmp_path: Path, imports: str) -> None:
    files = {
        "shop/__init__.py": "",
        "shop/main.py": FASTAPI + "from shop.deps import get_db\n",
        "shop/deps.py": f"{imports}\n\ndef get_db():\n    try: ...\n    except A, B: ...\n",
        "shop/db.py": 'from sqlalchemy import create_engine\nengine = create_engine("sqlite:///shop.db")\n',
    }
    one = project(tmp_path, files)
    (deployment,) = one.deployments
    assert deployment.modules == {"shop/__init__.py", "shop/main.py", "shop/deps.py", "shop/db.py"}
    assert [e.at.path for e in deployment.engines] == ["shop/db.py"]
    assert [u.path for u in one.program.unparsed] == ["shop/deps.py"]
