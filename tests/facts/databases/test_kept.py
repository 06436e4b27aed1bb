"""Tests that look whether an engine was made before are no doubt that it is made."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploycheck.facts.databases.pools import openings
from tests.facts.projects import deployed, with_dockerfile


def conditions(tmp_path: Path, body: str) -> list[str]:
    """Return the tests that are left for the one engine that a method makes."""
    lines = "".join(f"        {line}\n" for line in body.split("\n"))
    text = (
        "import os\nfrom fastapi import FastAPI\nfrom sqlalchemy import create_engine\n\n\n"
        f"class Manager:\n    def engine(self):\n{lines}\n\napp = FastAPI()\nmanager = Manager()\n"
    )
    files = with_dockerfile({"main.py": text, "requirements.txt": "sqlalchemy\nfastapi\n"})
    (opening,) = openings(deployed(tmp_path, files))
    return [c.text for c in opening.conditions]


@pytest.mark.parametrize(
    "body",
    [
        "if self.e is None:\n    self.e = create_engine('sqlite:///a.db')",
        "if not self.e:\n    self.e = create_engine('sqlite:///a.db')",
        "if self.e is not None:\n    return self.e\nself.e = create_engine('sqlite:///a.db')",
        "if self.e:\n    return self.e\nmade = create_engine('sqlite:///a.db')\nself.e = made",
        "if 'e' not in self.all:\n    self.all['e'] = create_engine('sqlite:///a.db')",
        "if not hasattr(self, 'e'):\n    self.e = create_engine('sqlite:///a.db')",
    ],
)
def test_the_first_time_it_is_made(tmp_path: Path, body: str) -> None:
    assert conditions(tmp_path, body) == []


@pytest.mark.parametrize(
    ("body", "left"),
    [
        ("if self.url is None:\n    self.e = create_engine('sqlite:///a.db')", "self.url is None"),
        ("if self.e is not None:\n    self.e = create_engine('sqlite:///a.db')", "self.e is not None"),
        (
            "if self.url is None:\n    self.url = 'x'\n    self.e = create_engine('sqlite:///a.db')",
            "self.url is None",
        ),
    ],
)
def test_any_other_test_stays(tmp_path: Path, body: str, left: str) -> None:
    assert conditions(tmp_path, body) == [left]
