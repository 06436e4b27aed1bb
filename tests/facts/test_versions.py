from __future__ import annotations

from pathlib import Path

import pytest

from deploycheck.facts.requirements import installed_for, read_requirements
from deploycheck.facts.versions import may_reach, with_requirement
from deploycheck.sources.tree import Tree


@pytest.mark.parametrize(
    ("specifier", "expected"),
    [
        ("", True),
        ("<0.30", False),
        ("==0.29.0", False),
        ("==0.30.6", True),
        ("==0.29.*", False),
        (">=0.20", True),
        (">=0.20,<0.30", False),
        ("~=0.27", True),
        ("~=0.27.0", False),
        ("<1", True),
    ],
)
def test_a_requirement_may_reach_a_version(tmp_path: Path, specifier: str, expected: bool) -> None:
    (tmp_path / "requirements.txt").write_text(f"uvicorn{specifier}\n", encoding="utf-8")
    installed = installed_for(read_requirements(Tree(tmp_path)), "")
    assert may_reach(installed, "uvicorn", "0.30") is expected


@pytest.mark.parametrize(("specifier", "expected"), [("^0.23.2", False), ("^0.30", True), ("*", True)])
def test_poetry_writes_ranges_of_its_own(tmp_path: Path, specifier: str, expected: bool) -> None:
    text = f'[tool.poetry]\nname = "a"\n[tool.poetry.dependencies]\nuvicorn = "{specifier}"\n'
    (tmp_path / "pyproject.toml").write_text(text, encoding="utf-8")
    installed = installed_for(read_requirements(Tree(tmp_path)), "")
    assert may_reach(installed, "uvicorn", "0.30") is expected


@pytest.mark.parametrize(
    ("name", "text", "added"),
    [
        ("requirements.txt", "uvicorn[standard]>=0.30\n", "uvicorn-worker"),
        ("requirements.txt", "uvicorn==0.30.0 --hash=sha256:00\n", None),
        (
            "pyproject.toml",
            '[project]\nname = "a"\ndependencies = [\n  "uvicorn",\n]\n',
            '  "uvicorn-worker",',
        ),
        (
            "pyproject.toml",
            '[project]\nname = "a"\ndependencies = ["uvicorn"]\n',
            'dependencies = ["uvicorn", "uvicorn-worker"]',
        ),
        (
            "pyproject.toml",
            '[tool.poetry]\nname = "a"\n[tool.poetry.dependencies]\nuvicorn = "^0.30"\n',
            'uvicorn-worker = "*"',
        ),
    ],
)
def test_a_package_is_added_beside_another(tmp_path: Path, name: str, text: str, added: str | None) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    tree = Tree(tmp_path)
    edits = with_requirement(tree, installed_for(read_requirements(tree), ""), "uvicorn", "uvicorn-worker")
    assert [e.text.rstrip("\n") for e in edits] == ([added] if added else [])
