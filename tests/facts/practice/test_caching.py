"""The defaults of GitHub's setup actions, row by row, and what a whole job keeps by them."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploycheck.facts.pipelines import Job, Pipeline, Step, Trigger
from deploycheck.facts.practice.caching import Kept, setup_node, setup_python, setup_uv
from deploycheck.facts.practice.installing import Ecosystem
from deploycheck.facts.practice.uncached import Uncached, uncached
from deploycheck.findings import Location
from tests.facts.projects import project

AT = Location("ci.yml")
HASH = "c771a70e6277c0a99b617c7a806ffedaca235ff9"


def step(uses: str, inputs: dict[str, str], version: str | None = None) -> Step:
    told = uses.partition("@")[2] if version is None else version
    return Step("", AT, uses=uses, inputs=inputs, version=told if told[:1] in "v0123456789" else "")


@pytest.mark.parametrize("version", ["v1", "v2", "v3", "v4", "v5", "v6", "v6.1.0", "v7", "main"])
@pytest.mark.parametrize(
    ("inputs", "kept"),
    [
        ({}, Kept.OFF),
        ({"cache": ""}, Kept.OFF),
        ({"cache": "pip"}, Kept.ON),
        ({"cache": "pipenv"}, Kept.ON),
        ({"cache": "poetry"}, Kept.ON),
        ({"cache": "${{ inputs.cache }}"}, Kept.UNKNOWN),
        ({"cache-dependency-path": "requirements/*.txt"}, Kept.OFF),
    ],
)
def test_setup_python_caches_only_when_asked(version: str, inputs: dict[str, str], kept: Kept) -> None:
    expected = Kept.OFF if version == "v1" else kept
    assert setup_python(step(f"actions/setup-python@{version}", inputs)).kept is expected


PUSH = (Trigger("push", AT, branches=("main",)), Trigger("pull_request", AT))
TAGS = (Trigger("push", AT, tags=("v*",)),)
UV = [
    *((f"v{n}", {}, "ubuntu-latest", PUSH, Kept.OFF) for n in range(1, 5)),
    ("v4.2.0", {}, "ubuntu-latest", PUSH, Kept.OFF),
    ("v4", {"enable-cache": "auto"}, "ubuntu-latest", PUSH, Kept.OFF),
    *((f"v{n}", {"enable-cache": "true"}, "ubuntu-latest", PUSH, Kept.ON) for n in range(1, 11)),
    *((f"v{n}", {"enable-cache": "false"}, "ubuntu-latest", PUSH, Kept.OFF) for n in range(1, 11)),
    *((f"v{n}", {}, "ubuntu-latest", PUSH, Kept.ON) for n in range(5, 11)),
    *((f"v{n}", {"enable-cache": "auto"}, "macos-15", PUSH, Kept.ON) for n in range(5, 11)),
    *((f"v{n}", {}, "self-hosted", PUSH, Kept.OFF) for n in range(5, 11)),
    *((f"v{n}", {"enable-cache": "true"}, "self-hosted", PUSH, Kept.ON) for n in range(5, 11)),
    *((f"v{n}", {}, "group:large", PUSH, Kept.UNKNOWN) for n in range(5, 11)),
    *((f"v{n}", {}, "depot-ubuntu-24.04", PUSH, Kept.UNKNOWN) for n in range(5, 11)),
    *((f"v{n}", {}, "ubuntu-24.04", TAGS, Kept.ON) for n in range(5, 10)),
    ("v10", {}, "ubuntu-24.04", TAGS, Kept.OFF),
    ("v10.0.1", {}, "ubuntu-24.04", (Trigger("release", AT),), Kept.OFF),
    ("v10", {}, "ubuntu-24.04", (Trigger("pull_request_target", AT),), Kept.OFF),
    ("v10", {}, "ubuntu-24.04", (Trigger("workflow_run", AT),), Kept.OFF),
    ("v10", {"enable-cache": "true"}, "ubuntu-24.04", (Trigger("release", AT),), Kept.ON),
    ("v10", {}, "ubuntu-24.04", (*TAGS, Trigger("pull_request", AT)), Kept.ON),
    ("v9", {}, "ubuntu-24.04", (Trigger("pull_request_target", AT),), Kept.ON),
    ("main", {}, "ubuntu-latest", PUSH, Kept.UNKNOWN),
    (HASH, {}, "ubuntu-latest", PUSH, Kept.UNKNOWN),
    ("v8", {"enable-cache": "${{ matrix.cache }}"}, "ubuntu-latest", PUSH, Kept.UNKNOWN),
]


@pytest.mark.parametrize(("version", "inputs", "runner", "triggers", "kept"), UV)
def test_setup_uv_caches_by_version_runner_and_event(
    version: str, inputs: dict[str, str], runner: str, triggers: tuple[Trigger, ...], kept: Kept
) -> None:
    told = None if version != HASH else ""
    job = Job("test", AT, runners=(runner,))
    pipeline = Pipeline("github", "ci.yml", AT, triggers=triggers)
    assert setup_uv(step(f"astral-sh/setup-uv@{version}", inputs, told), job, pipeline).kept is kept


NPM, YARN, PNPM = ({"packageManager": f"{name}@9.1.0+sha512.ab"} for name in ("npm", "yarn", "pnpm"))
ENGINES: dict[str, object] = {"devEngines": {"packageManager": {"name": "npm"}}}
NODE = [
    *((f"v{n}", {}, NPM, Kept.OFF) for n in range(1, 5)),
    ("v1", {"cache": "npm"}, {}, Kept.OFF),
    ("v2.1.5", {"cache": "npm"}, {}, Kept.OFF),
    *((f"v{n}", {"cache": name}, {}, Kept.ON) for n in range(2, 8) for name in ("npm", "yarn", "pnpm")),
    *(("v5", {}, package, Kept.ON) for package in (NPM, YARN, PNPM)),
    ("v5", {}, ENGINES, Kept.OFF),
    *((f"v{n}", {}, {}, Kept.OFF) for n in range(5, 8)),
    *((f"v{n}", {}, package, Kept.ON) for n in (6, 7) for package in (NPM, ENGINES)),
    *((f"v{n}", {}, package, Kept.OFF) for n in (6, 7) for package in (YARN, PNPM)),
    *((f"v{n}", {"package-manager-cache": "false"}, NPM, Kept.OFF) for n in range(5, 8)),
    *((f"v{n}", {"package-manager-cache": "false", "cache": "npm"}, NPM, Kept.ON) for n in range(5, 8)),
    ("main", {}, NPM, Kept.UNKNOWN),
    ("main", {}, {}, Kept.OFF),
    ("v4", {"cache": "${{ matrix.manager }}"}, {}, Kept.UNKNOWN),
]


@pytest.mark.parametrize(("version", "inputs", "package", "kept"), NODE)
def test_setup_node_caches_by_version_and_package_manager(
    version: str, inputs: dict[str, str], package: dict[str, object], kept: Kept
) -> None:
    assert setup_node(step(f"actions/setup-node@{version}", inputs), package).kept is kept


WORKFLOW = """\
on: {ON}
jobs:
  test:
    runs-on: {RUNNER}
    steps:
"""


def found(  # noqa: PLR0913 - one a part of a workflow
    root: Path,
    steps: str,
    ecosystem: Ecosystem = Ecosystem.PYTHON,
    *,
    on: str = "[push, pull_request]",
    runner: str = "ubuntu-latest",
    files: dict[str, str] | None = None,
) -> list[Uncached]:
    head = WORKFLOW.format(ON=on, RUNNER=runner)
    lines = "".join(f"      {line}\n" for line in steps.splitlines())
    (root / ".git").mkdir()
    looked = project(root, {".github/workflows/ci.yml": head + lines, **(files or {})})
    return list(uncached(looked.practice, ecosystem, looked.tree))


PIP = "- run: pip install -r requirements.txt"


@pytest.mark.parametrize(
    "steps",
    [
        PIP,
        "- uses: actions/setup-python@v6\n" + PIP,
        "- uses: actions/setup-python@v6\n- run: python -m pip install -e .[test]",
        "- run: python3.12 -m pip install pytest httpx fastapi",
        "- run: pip install pytest httpx\n- run: pip install fastapi",
        "- uses: actions/setup-python@v6\n- run: |\n    pip install poetry\n    poetry install",
        "- run: pipenv sync --dev",
        "- run: tox -e py312",
        "- run: |\n    cd server\n    pip install -r requirements.txt",
        "- uses: astral-sh/setup-uv@v4\n- run: uv sync --frozen",
        f"- uses: astral-sh/setup-uv@{HASH} # v4.1.0\n- run: uv sync",
        "- uses: astral-sh/setup-uv@v7\n  with: {enable-cache: false}\n- run: uv run pytest",
        "- run: pip install uv\n- run: uv pip install -r requirements.txt",
        "- uses: actions/setup-python@v6\n  with: {cache: pip}\n- run: pip install uv\n- run: uv sync",
        "- uses: actions/cache@v4\n  with: {path: .mypy_cache, key: x}\n" + PIP,
        "- uses: actions/cache@v4\n  with: {path: ~/.npm, key: x}\n" + PIP,
        "- uses: actions/setup-node@v4\n  with: {cache: npm}\n" + PIP,
        "- uses: docker/setup-buildx-action@v3\n- uses: codecov/codecov-action@v5\n" + PIP,
    ],
)
def test_python_is_installed_afresh(tmp_path: Path, steps: str) -> None:
    assert [u.jobs.job.name for u in found(tmp_path, steps)] == ["test"]


@pytest.mark.parametrize(
    "steps",
    [
        "- run: pytest",
        "- run: pip install --upgrade pip build twine",
        "- run: pip install ruff",
        "- run: docker compose run --rm app pip install -r requirements.txt",
        "- run: docker build .",
        "- uses: pre-commit/action@v3.0.1",
        "- uses: actions/setup-python@v6\n  with: {cache: pip}\n" + PIP,
        "- uses: actions/setup-python@v6\n  with: {cache: poetry}\n- run: poetry install",
        "- uses: actions/cache@v4\n  with: {path: ~/.cache/pip, key: x}\n" + PIP,
        "- uses: actions/cache@v4\n  with:\n    path: |\n      .ruff_cache\n      .venv\n    key: x\n" + PIP,
        "- uses: actions/cache/restore@v4\n  with: {path: '${{ env.pythonLocation }}', key: x}\n" + PIP,
        "- uses: actions/cache@v4\n  with: {path: '${{ steps.where.outputs.dir }}', key: x}\n" + PIP,
        "- uses: actions/cache@v4\n  with: {path: ~/.cache, key: x}\n" + PIP,
        "- uses: actions/cache@v4\n  with: {path: ~/.cache/uv, key: x}\n- run: uv sync",
        "- uses: astral-sh/setup-uv@v5\n- run: uv sync",
        f"- uses: astral-sh/setup-uv@{HASH} # v9.0.0\n- run: uv sync",
        f"- uses: astral-sh/setup-uv@{HASH}\n- run: uv sync",
        "- uses: astral-sh/setup-uv@v3\n  with: {enable-cache: true}\n- run: uv sync",
        "- uses: acme/setup-python-env@v1\n" + PIP,
        "- uses: cachix/install-nix-action@v31\n" + PIP,
        "- uses: jdx/mise-action@v2\n" + PIP,
        "- run: nix develop -c true\n" + PIP,
        "- run: bazel test //...\n" + PIP,
        "- run: uvx ruff check",
        "- run: uv sync --only-group lint",
        "- run: echo pip install -r requirements.txt",
        PIP + "\n- uses: pypa/gh-action-pypi-publish@release/v1",
    ],
)
def test_python_is_kept_or_not_worth_it(tmp_path: Path, steps: str) -> None:
    assert found(tmp_path, steps) == []


@pytest.mark.parametrize(
    ("on", "runner"),
    [
        ("{push: {tags: ['v*']}}", "ubuntu-latest"),
        ("release", "ubuntu-latest"),
        ("workflow_dispatch", "ubuntu-latest"),
        ("workflow_call", "ubuntu-latest"),
        ("push", "self-hosted"),
        ("push", "[self-hosted, linux]"),
        ("push", "{group: large}"),
        ("push", "blacksmith-4vcpu-ubuntu-2404"),
        ("push", "${{ vars.RUNNER }}"),
    ],
)
def test_releases_and_other_machines_are_left_alone(tmp_path: Path, on: str, runner: str) -> None:
    assert found(tmp_path, PIP, on=on, runner=runner) == []


def test_a_matrix_of_runners(tmp_path: Path) -> None:
    steps = PIP + "\n"
    text = WORKFLOW.format(ON="push", RUNNER="${{ matrix.os }}").replace(
        "    steps:", "    strategy:\n      matrix:\n        os: [ubuntu-latest, macos-14]\n    steps:"
    )
    looked = project(tmp_path, {".github/workflows/ci.yml": f"{text}      {steps}"})
    assert len(list(uncached(looked.practice, Ecosystem.PYTHON, looked.tree))) == 1
    own = text.replace("macos-14", "our-builder")
    looked = project(tmp_path, {".github/workflows/ci.yml": f"{own}      {steps}"})
    assert list(uncached(looked.practice, Ecosystem.PYTHON, looked.tree)) == []


def test_a_recipe_that_installs(tmp_path: Path) -> None:
    (one,) = found(
        tmp_path,
        "- uses: actions/setup-python@v6\n- run: just setup",
        files={"justfile": "setup: deps\n\ndeps:\n    pip install -r requirements.txt\n"},
    )
    assert (one.run.at.path, one.run.at.line) == ("justfile", 4)
    assert one.at.line == 6


def test_a_called_workflow_is_judged_where_it_stands(tmp_path: Path) -> None:
    called = WORKFLOW.format(ON="workflow_call", RUNNER="ubuntu-latest") + f"      {PIP}\n"
    caller = "on: push\njobs:\n  call:\n    uses: ./.github/workflows/reused.yml\n"
    files = {".github/workflows/ci.yml": caller, ".github/workflows/reused.yml": called}
    looked = project(tmp_path, files)
    (one,) = uncached(looked.practice, Ecosystem.PYTHON, looked.tree)
    assert one.at.path == ".github/workflows/reused.yml"


NODE_INSTALLS = ["npm ci", "npm install", "yarn", "yarn install --immutable", "pnpm i --frozen-lockfile"]


@pytest.mark.parametrize("command", NODE_INSTALLS)
def test_node_packages(tmp_path: Path, command: str) -> None:
    old = "- uses: actions/setup-node@v4\n- run: " + command
    assert len(found(tmp_path, old, Ecosystem.NODE)) == 1


@pytest.mark.parametrize(
    "steps",
    [
        "- run: npm install -g pnpm",
        "- run: npm install eslint",
        "- run: npm run build",
        "- run: docker run node npm ci",
        "- uses: actions/setup-node@v4\n  with: {cache: npm}\n- run: npm ci",
        "- uses: actions/cache@v4\n  with: {path: client/node_modules, key: x}\n- run: npm ci",
        "- uses: pnpm/action-setup@v5\n  with: {cache: true}\n- run: pnpm install",
        "- uses: bahmutov/npm-install@v1\n- run: npm ci",
        "- run: bun install",
    ],
)
def test_node_packages_are_kept_or_not_installed(tmp_path: Path, steps: str) -> None:
    assert found(tmp_path, steps, Ecosystem.NODE) == []


@pytest.mark.parametrize(
    ("manager", "version", "count"),
    [("npm", "v6", 0), ("pnpm", "v6", 1), ("pnpm", "v5", 0), ("npm", "v4", 1)],
)
def test_node_by_the_package_manager_of_the_root(
    tmp_path: Path, manager: str, version: str, count: int
) -> None:
    files = {"package.json": f'{{"packageManager": "{manager}@9.0.0"}}'}
    steps = f"- uses: actions/setup-node@{version}\n- run: {manager} install"
    assert len(found(tmp_path, steps, Ecosystem.NODE, files=files)) == count


BROWSERS = "- run: npx playwright install"


@pytest.mark.parametrize(
    ("steps", "count"),
    [
        ("- run: npx playwright install --with-deps", 1),
        ("- run: pnpm exec playwright install chromium", 1),
        ("- run: python -m playwright install", 1),
        ("- run: uv run playwright install firefox", 1),
        ("- run: npx playwright install-deps", 0),
        ("- run: npx playwright install --only-shell", 0),
        ("- run: npx playwright test", 0),
        (
            "- uses: actions/cache@v4\n  with: {path: ~/.cache/ms-playwright, key: x}\n" + BROWSERS,
            0,
        ),
        ("- uses: actions/cache@v4\n  with: {path: ~/.npm, key: x}\n- run: npx playwright install", 1),
    ],
)
def test_browsers(tmp_path: Path, steps: str, count: int) -> None:
    assert len(found(tmp_path, steps, Ecosystem.BROWSERS)) == count


GITLAB = """\
image: python:3.12
variables: {VARIABLES}
cache: {CACHE}
test:
  script:
    - pip install -r requirements.txt
    - pytest
"""


@pytest.mark.parametrize(
    ("variables", "cache", "count"),
    [
        ("{}", "{paths: []}", 1),
        ("{}", "{paths: [.cache/pip]}", 1),
        ("{}", "{paths: [~/.cache/pip]}", 1),
        ('{PIP_CACHE_DIR: "$CI_PROJECT_DIR/.cache/pip"}', "{paths: [.cache/pip]}", 0),
        ('{PIP_CACHE_DIR: "$CI_PROJECT_DIR/.cache/pip"}', "{paths: [node_modules]}", 1),
        ('{PIP_CACHE_DIR: "$CI_PROJECT_DIR/.cache/pip"}', "[{paths: [.npm]}, {paths: [.cache/]}]", 0),
        ("{}", "{paths: [.venv/]}", 0),
        ("{}", "{paths: [$PIP_CACHE_DIR]}", 0),
    ],
)
def test_gitlab_keeps_what_lies_in_the_project(
    tmp_path: Path, variables: str, cache: str, count: int
) -> None:
    text = GITLAB.replace("{VARIABLES}", variables).replace("{CACHE}", cache)
    looked = project(tmp_path, {".gitlab-ci.yml": text})
    assert len(list(uncached(looked.practice, Ecosystem.PYTHON, looked.tree))) == count


def test_a_gitlab_cache_that_stays_empty_says_why(tmp_path: Path) -> None:
    text = GITLAB.replace("{VARIABLES}", "{}").replace("{CACHE}", "{paths: [.cache/pip]}")
    looked = project(tmp_path, {".gitlab-ci.yml": text})
    (one,) = uncached(looked.practice, Ecosystem.PYTHON, looked.tree)
    assert one.why == "the cache of .cache/pip stays empty unless PIP_CACHE_DIR leads there"
