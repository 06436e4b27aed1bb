"""The edits that give a setup action its cache, and what the findings say."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploycheck.checks.ci.caches import node_uncached, python_uncached
from deploycheck.findings import Draft
from tests.facts.projects import project

HEAD = "on: [push]\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n"


def findings(root: Path, steps: str, files: dict[str, str], *, node: bool = False) -> list[Draft]:
    looked = project(root, {".github/workflows/ci.yml": HEAD + steps, **files})
    return list((node_uncached if node else python_uncached)(looked))


def patched(root: Path, draft: Draft) -> str:
    lines = (root / ".github/workflows/ci.yml").read_text(encoding="utf-8").splitlines(keepends=True)
    assert draft.fix is not None
    for edit in sorted(draft.fix.edits, key=lambda e: -e.start):
        lines[edit.start - 1 : edit.end] = [edit.text if edit.text.endswith("\n") else edit.text + "\n"]
    return "".join(lines).removeprefix(HEAD)


PIP = "      - run: pip install -r requirements.txt\n"


USES = "      - uses: actions/setup-python@v6\n"
NAMED = "      - name: Python\n        uses: actions/setup-python@v6 # new\n"
WITH = USES + "        with:\n            python-version: '3.13' # pinned\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (USES, USES + "        with:\n          cache: pip\n"),
        (NAMED + "        if: true\n", NAMED + "        if: true\n        with:\n          cache: pip\n"),
        (WITH, WITH + "            cache: pip\n"),
        (
            USES + "        with: {python-version: '3.13'}\n",
            USES + "        with: {python-version: '3.13', cache: pip}\n",
        ),
    ],
)
def test_setup_python_is_given_a_cache(tmp_path: Path, before: str, after: str) -> None:
    (draft,) = findings(tmp_path, before + PIP, {"requirements.txt": "flask\n"})
    assert patched(tmp_path, draft) == after + PIP


def test_where_the_file_is_not_found_by_itself_it_is_named(tmp_path: Path) -> None:
    steps = "      - uses: actions/setup-python@v6\n      - run: pip install -r requirements/ci.txt\n"
    (draft,) = findings(tmp_path, steps, {"requirements/ci.txt": "flask\n"})
    assert "          cache-dependency-path: requirements/ci.txt\n" in patched(tmp_path, draft)


def test_uv_is_switched_on(tmp_path: Path) -> None:
    steps = "      - uses: astral-sh/setup-uv@v7\n        with:\n          enable-cache: false # why?\n"
    (draft,) = findings(tmp_path, steps + "      - run: uv sync\n", {})
    assert "          enable-cache: true # why?\n" in patched(tmp_path, draft)


@pytest.mark.parametrize(
    ("files", "added"),
    [
        ({"package-lock.json": "{}"}, "          cache: npm\n"),
        (
            {"client/package-lock.json": "{}"},
            "          cache: npm\n          cache-dependency-path: client/package-lock.json\n",
        ),
    ],
)
def test_setup_node_is_told_where_the_lock_is(tmp_path: Path, files: dict[str, str], added: str) -> None:
    steps = "      - uses: actions/setup-node@v4\n      - run: npm ci\n        working-directory: client\n"
    (draft,) = findings(tmp_path, steps, {"client/package.json": "{}", **files}, node=True)
    assert added in patched(tmp_path, draft)


@pytest.mark.parametrize(
    "steps",
    [
        "      - uses: actions/setup-node@v4\n      - run: npm ci\n",
        "      - uses: actions/setup-node@v1\n      - run: npm ci\n",
        "      - uses: actions/setup-node@v4\n      - run: pnpm install\n",
        "      - run: npm ci\n",
    ],
)
def test_no_edit_where_the_action_would_fail(tmp_path: Path, steps: str) -> None:
    files = {"package.json": "{}", "pnpm-lock.yaml": ""}
    (draft,) = findings(tmp_path, steps, files, node=True)
    assert draft.fix is not None
    assert draft.fix.edits == ()


def test_jobs_of_one_file_stand_together(tmp_path: Path) -> None:
    job = "    runs-on: ubuntu-latest\n    steps:\n" + PIP
    jobs = "".join(f"  job{n}:\n{job}" for n in range(6))
    (draft,) = findings(tmp_path, PIP + jobs, {})
    assert draft.message.startswith(
        "Jobs test, job0, job1, job2 and 3 more download all their Python packages"
    )
    assert draft.subject == ".github/workflows/ci.yml"
