"""What scripts run in the end."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploycheck.facts.builds import Builds, Script
from deploycheck.facts.builds.following import Follower, Run
from deploycheck.findings import Location
from deploycheck.sources.tree import Tree

AT = Location("ci.yml", 7)
FILES = {
    "justfile": "check: lint && report\n    pytest\n\nlint:\n    -ruff check\n\nreport:\n    date\n",
    "Makefile": "loop: loop\n\t$(MAKE) loop\n\nweb:\n\tcd client && npm run build\n",
    "client/package.json": """\
{"scripts": {"prebuild": "tsc", "build": "vite build", "again": "npm run again"}}
""",
    "scripts/check.sh": "#!/bin/sh\ncd client\nnpm ci\n",
}


def runs(root: Path, text: str, *, tolerant: bool = False) -> tuple[Run, ...]:
    for name, content in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    tree = Tree(root)
    return Follower(tree, Builds(tree)).script(Script(text, AT, tolerant=tolerant))


@pytest.mark.parametrize(
    ("text", "commands"),
    [
        ("just check", ["ruff check", "pytest", "date"]),
        ("make web", ["tsc", "vite build"]),
        ("npm -C client run build", ["tsc", "vite build"]),
        ("bash scripts/check.sh", ["npm ci"]),
        ("./scripts/check.sh", ["npm ci"]),
        ("sh -ec 'npm ci; npm test'", ["npm ci", "npm test"]),
        ("sudo -E just lint", ["ruff check"]),
        ("docker compose run --rm app just lint", ["ruff check"]),
        ("make loop", []),
        ("npm -C client run again", []),
        ("bash scripts/missing.sh", []),
    ],
)
def test_commands(tmp_path: Path, text: str, commands: list[str]) -> None:
    assert [run.text for run in runs(tmp_path, text)] == commands


def test_where_and_through_what(tmp_path: Path) -> None:
    (_, vite) = runs(tmp_path, "make web")
    assert (vite.at.path, vite.directory) == ("client/package.json", "client")
    assert [place.path for place in vite.via] == ["ci.yml", "Makefile"]
    assert vite.recipes == ("Makefile web", "client/package.json build")
    (script,) = runs(tmp_path, "bash scripts/check.sh")
    assert (script.at.path, script.at.line, script.directory) == ("scripts/check.sh", 3, "client")


@pytest.mark.parametrize(
    ("text", "tolerant"),
    [
        ("npm audit", False),
        ("npm audit || true", True),
        ("npm audit || :", True),
        ("cd client && npm audit --json || exit 0", True),
        ("npm audit || echo bad", True),
        ("npm audit || { echo bad; exit 1; }", False),
        ("npm audit || exit 1", False),
        ("npm ci || true\nnpm audit", False),
        ("just lint", True),
    ],
)
def test_what_ignores_a_failure(tmp_path: Path, text: str, *, tolerant: bool) -> None:
    assert runs(tmp_path, text)[-1].tolerant is tolerant
    assert runs(tmp_path, text, tolerant=True)[-1].tolerant


def test_containers(tmp_path: Path) -> None:
    (run,) = runs(tmp_path, "docker run --rm -v .:/src aquasec/trivy fs /src")
    assert (run.contained, run.image, run.text) == (True, "aquasec/trivy", "fs /src")
    assert not runs(tmp_path, "just lint")[0].contained


def test_other_languages_are_not_followed(tmp_path: Path) -> None:
    tree = Tree(tmp_path)
    script = Script("import os", AT, language="python")
    assert Follower(tree, Builds(tree)).script(script) == ()
