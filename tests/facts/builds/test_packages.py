"""Packages of node: bundlers, locks, ranges and places."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from deploycheck.facts.builds.packages import Package, read_packages
from tests.facts.projects import project


def packages(root: Path, files: dict[str, str]) -> tuple[Package, ...]:
    return read_packages(project(root, files).tree)


@pytest.mark.parametrize(
    ("scripts", "bundler"),
    [
        ({"build": "vite build"}, "vite"),
        ({"build": "tsc -b && NODE_ENV=production vite build --mode prod"}, "vite"),
        ({"build": "next build --turbopack"}, "next"),
        ({"build:assets": "webpack --mode production"}, "webpack"),
        ({"build": "npx react-scripts build"}, "react-scripts"),
        ({"build": "ng build"}, "ng"),
        ({"dev": "vite", "preview": "vite preview"}, ""),
        ({"build": "tsc"}, ""),
        ({"build": "./build.sh"}, ""),
        ({"watch": "webpack --watch"}, ""),
        ({"build-docs": "vitepress build docs"}, ""),
        ({}, ""),
    ],
)
def test_bundlers(tmp_path: Path, scripts: dict[str, str], bundler: str) -> None:
    (found,) = packages(tmp_path, {"package.json": json.dumps({"scripts": scripts}, indent=2)})
    assert found.bundler == bundler
    assert (found.build is not None) is bool(bundler)


@pytest.mark.parametrize("folder", ["docs", "website", "examples/a", "e2e", "tests/app", ".storybook"])
def test_packages_that_production_does_not_have(tmp_path: Path, folder: str) -> None:
    assert packages(tmp_path, {f"{folder}/package.json": "{}"}) == ()


def test_a_lock_of_the_workspace_counts(tmp_path: Path) -> None:
    files = {"apps/web/package.json": "{}", "pnpm-lock.yaml": "", "other/package.json": "[]"}
    (found,) = packages(tmp_path, files)
    assert (found.path, found.lock) == ("apps/web/package.json", "pnpm-lock.yaml")


def test_ranges(tmp_path: Path) -> None:
    wanted = {"a": "^1.0.0", "b": "1.2.3", "c": "workspace:*", "d": "file:../d", "e": "latest", "f": "1.x"}
    wanted |= {"g": "github:x/g#4f1c2d39", "h": "1.2.3-beta.1"}
    (found,) = packages(tmp_path, {"package.json": json.dumps({"dependencies": wanted}, indent=2)})
    assert found.loose == ("a", "e", "f")
    assert (found.at.line, found.places["b"].line) == (2, 4)


@pytest.mark.parametrize(
    ("text", "library"),
    [
        ('{"private": true, "exports": "./a.js"}', False),
        ('{"exports": "./a.js"}', True),
        ('{"main": "a.js", "types": "a.d.ts"}', True),
        ('{"main": "a.js"}', False),
        ("{}", False),
    ],
)
def test_libraries(tmp_path: Path, text: str, *, library: bool) -> None:
    (found,) = packages(tmp_path, {"package.json": text})
    assert found.is_library is library
