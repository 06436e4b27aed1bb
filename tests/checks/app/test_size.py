"""APP009 on files too large to keep beside the other examples: each is a hole of the size that counts."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploycheck.checks.app.size import file_too_large
from deploycheck.project import Project, Settings

LIMIT = 10_485_760
APP = 'command: ["gunicorn", "main:app"]\n'
BUNDLE = """\
bundle:
  name: shop
resources:
  apps:
    shop:
      name: shop
      source_code_path: {source}
"""


def found(root: Path, files: dict[str, str | int]) -> list[str]:
    """Write files (a number is a size in bytes) and return what the rule reports."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, str):
            path.write_text(content)
        else:
            with path.open("wb") as file:
                file.truncate(content)
    (root / ".git").mkdir(exist_ok=True)
    return [draft.at.path for draft in file_too_large(Project(root, Settings(isolated=True)))]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"app.yaml": APP, "a.bin": LIMIT + 1}, ["a.bin"]),
        ({"app.yaml": APP, "a.bin": LIMIT}, []),
        ({"app.yaml": APP, "b/a.bin": LIMIT + 1, "a.csv": LIMIT + 1}, ["a.csv", "b/a.bin"]),
        ({"app.yaml": APP, ".gitignore": "*.bin\n", "a.bin": LIMIT + 1}, []),
        ({"web/app.yaml": APP, "web/a.bin": LIMIT + 1, "data/b.bin": LIMIT + 1}, ["web/a.bin"]),
        ({"Procfile": "web: gunicorn main:app\n", "a.bin": LIMIT + 1}, []),
    ],
)
def test_what_an_app_uploads(tmp_path: Path, files: dict[str, str | int], expected: list[str]) -> None:
    assert found(tmp_path, {"main.py": "", **files}) == expected


@pytest.mark.parametrize(
    ("sync", "expected"),
    [
        ("", ["web/data/rows.csv"]),
        ("sync:\n  exclude:\n    - web/data/**\n", []),
        ("sync:\n  exclude:\n    - '*.csv'\n", []),
        ("sync:\n  exclude:\n    - web/data\n", []),
        ("sync:\n  exclude:\n    - notebooks/**\n", ["web/data/rows.csv"]),
        ("targets:\n  prod:\n    mode: production\n    sync:\n      exclude: [web/data]\n", []),
        (
            "targets:\n  dev:\n    sync:\n      exclude: [web/data]\n  prod:\n    mode: production\n",
            ["web/data/rows.csv"],
        ),
    ],
)
def test_what_a_bundle_uploads(tmp_path: Path, sync: str, expected: list[str]) -> None:
    files: dict[str, str | int] = {
        "databricks.yml": BUNDLE.format(source="./web") + sync,
        "web/app.yaml": APP,
        "web/main.py": "",
        "web/data/rows.csv": LIMIT + 1,
        "notebooks/large.ipynb": LIMIT + 1,
    }
    assert found(tmp_path, files) == expected
