"""Which commands, actions and files audit packages, and when they count."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploycheck.facts.builds.following import Run
from deploycheck.facts.practice import When
from deploycheck.facts.practice.audits import BOTH, NODE, PYTHON, Covered, audits, find_audits
from deploycheck.facts.practice.tools import bare
from deploycheck.findings import Location
from tests.facts.projects import project

AT = Location("ci.yml")
NOTHING: Covered = frozenset()


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("npx --yes audit-ci@7 --high", "audit-ci"),
        ("pnpm exec knip", "knip"),
        ("pnpm dlx size-limit", "size-limit"),
        ("yarn dlx -q knip", "knip"),
        ("uv run --frozen pip-audit", "pip-audit"),
        ("uvx pip-audit==2.9.0", "pip-audit"),
        ("uv tool run pip-audit", "pip-audit"),
        ("poetry run python -m pip_audit", "pip_audit"),
        ("sudo env CI=1 /usr/local/bin/trivy fs .", "trivy"),
        ("npx -p typescript tsc", "tsc"),
        ("python3.12 -m vulture server", "vulture"),
        ("./node_modules/.bin/knip", "knip"),
    ],
)
def test_what_a_command_really_starts(command: str, name: str) -> None:
    assert bare(command.split())[0] == name


def test_a_command_that_only_talks_starts_nothing() -> None:
    assert bare(["echo", "npm", "audit"]) == ()
    assert bare(["uv", "run"]) == ("uv", "run")


@pytest.mark.parametrize(
    ("command", "covers"),
    [
        ("npm audit --audit-level=high --omit=dev", NODE),
        ("npm --prefix client audit", NODE),
        ("pnpm audit", NODE),
        ("yarn npm audit --all", NODE),
        ("bun audit", NODE),
        ("npx better-npm-audit audit", NODE),
        ("npm audit signatures", NOTHING),
        ("npm ci --no-audit", NOTHING),
        ("npm run audit", NOTHING),
        ("pip-audit -r requirements.txt", PYTHON),
        ("safety scan", PYTHON),
        ("uv audit", PYTHON),
        ("uv-secure uv.lock", PYTHON),
        ("pipenv check", PYTHON),
        ("pip-audit --version", NOTHING),
        ("pip install pip-audit", NOTHING),
        ("osv-scanner scan -r .", BOTH),
        ("trivy fs --exit-code 1 .", BOTH),
        ("trivy image app:latest", BOTH),
        ("trivy config .", NOTHING),
        ("grype dir:.", BOTH),
        ("snyk test --all-projects", BOTH),
        ("snyk auth", NOTHING),
        ("bandit -r .", NOTHING),
    ],
)
def test_what_a_command_audits(command: str, covers: Covered) -> None:
    assert audits(Run(tuple(command.split()), AT)) == covers


HEAD = "on: [pull_request]\njobs:\n  check:\n    runs-on: ubuntu-latest\n    steps:\n"


def of(root: Path, files: dict[str, str]) -> list[tuple[Covered, When, bool, bool]]:
    looked = project(root, files)
    found = find_audits(looked.practice, looked.tree)
    return [(a.covers, a.when, a.tolerant, a.recipe) for a in found]


@pytest.mark.parametrize(
    ("step", "covers", "tolerant"),
    [
        ("- run: npm audit || true", NODE, True),
        ("- run: npm audit || exit 0", NODE, True),
        ("- run: npm audit || (echo no; exit 1)", NODE, False),
        ("- run: npm audit --audit-level=none", NODE, True),
        ("- run: pip-audit\n        continue-on-error: true", PYTHON, True),
        ("- uses: pypa/gh-action-pip-audit@v1.1.0\n        continue-on-error: true", PYTHON, True),
        ("- uses: actions/dependency-review-action@v4", BOTH, False),
        ("- uses: google/osv-scanner-action/osv-scanner-action@v2", BOTH, False),
        ("- uses: aquasecurity/trivy-action@0.33.1\n        with: {scan-type: fs}", BOTH, False),
        ("- run: docker run --rm -v .:/src aquasec/trivy fs /src", BOTH, False),
    ],
)
def test_steps(tmp_path: Path, step: str, covers: Covered, *, tolerant: bool) -> None:
    files = {".github/workflows/ci.yml": f"{HEAD}      {step}\n"}
    assert of(tmp_path, files) == [(covers, When.CHANGES, tolerant, False)]


@pytest.mark.parametrize(
    "step",
    [
        "- uses: github/codeql-action/analyze@v4",
        "- uses: aquasecurity/trivy-action@0.33.1\n        with: {scan-type: config}",
        "# - run: npm audit\n      - run: echo npm audit",
    ],
)
def test_steps_that_audit_no_packages(tmp_path: Path, step: str) -> None:
    assert of(tmp_path, {".github/workflows/ci.yml": f"{HEAD}      {step}\n"}) == []


def test_what_is_shown_as_an_alert_counts_though_it_cannot_fail(tmp_path: Path) -> None:
    steps = (
        "      - run: trivy fs --format sarif -o out.sarif .\n        continue-on-error: true\n"
        "      - uses: github/codeql-action/upload-sarif@v4\n"
    )
    assert of(tmp_path, {".github/workflows/ci.yml": HEAD + steps}) == [(BOTH, When.CHANGES, False, False)]


@pytest.mark.parametrize(
    ("on", "condition", "when"),
    [
        ("push", "", When.CHANGES),
        ("schedule", "", When.CHANGES),
        ("{push: {tags: ['v*']}}", "", When.RELEASES),
        ("{push: {tags: ['v*'], branches: [main]}}", "", When.CHANGES),
        ("{release: {}, workflow_dispatch: {}}", "", When.RELEASES),
        ("push", "if: startsWith(github.ref, 'refs/tags/')", When.RELEASES),
        ("push", "if: github.event_name == 'release' || github.ref == 'refs/heads/main'", When.CHANGES),
    ],
)
def test_when_a_job_runs(tmp_path: Path, on: str, condition: str, when: When) -> None:
    text = HEAD.replace("[pull_request]", on).replace("    steps:", f"    {condition}\n    steps:")
    files = {".github/workflows/ci.yml": f"{text}      - run: npm audit\n"}
    assert of(tmp_path, files) == [(NODE, when, False, False)]


@pytest.mark.parametrize("condition", ["if: false", "if: ${{ false }}"])
def test_a_job_that_never_runs_audits_nothing(tmp_path: Path, condition: str) -> None:
    text = HEAD.replace("    steps:", f"    {condition}\n    steps:")
    assert of(tmp_path, {".github/workflows/ci.yml": f"{text}      - run: npm audit\n"}) == []


def test_recipes_are_told_apart_from_what_ci_runs(tmp_path: Path) -> None:
    files = {
        ".github/workflows/ci.yml": f"{HEAD}      - run: just check\n",
        "justfile": "check: audit\n\naudit:\n    -pip-audit\n    npm audit\n",
    }
    assert of(tmp_path, files) == [
        (PYTHON, When.CHANGES, True, False),
        (NODE, When.CHANGES, False, False),
        (PYTHON, When.CHANGES, True, True),
        (NODE, When.CHANGES, False, True),
    ]


@pytest.mark.parametrize(
    ("path", "text", "covers"),
    [
        (".github/dependabot.yml", "updates: [{package-ecosystem: uv, directory: /}]", PYTHON),
        (".github/dependabot.yml", "updates: [{package-ecosystem: npm, directory: /}]", NODE),
        ("renovate.json", "{}", BOTH),
        (".trunk/trunk.yaml", "lint: {enabled: [ruff@1.0, osv-scanner@2.0]}", BOTH),
        (".gitlab-ci.yml", "include:\n  - template: Jobs/Dependency-Scanning.gitlab-ci.yml\n", BOTH),
        ("Dockerfile", "FROM node:22\nRUN npm ci && npm audit --audit-level=high\n", NODE),
        (".husky/pre-push", "npm audit\n", NODE),
        ("lefthook.yml", "pre-push: {commands: {audit: {run: pip-audit}}}", PYTHON),
        (".pre-commit-config.yaml", "repos: [{repo: x, hooks: [{id: pip-audit}]}]", PYTHON),
        (".pre-commit-config.yaml", "repos: [{repo: local, hooks: [{id: a, entry: uv audit}]}]", PYTHON),
        ("Jenkinsfile", "// npm audit\nsh 'pip-audit -r requirements.txt'\n", PYTHON),
    ],
)
def test_other_places(tmp_path: Path, path: str, text: str, covers: Covered) -> None:
    assert of(tmp_path, {path: text}) == [(covers, When.CHANGES, False, False)]


def test_dependabot_for_actions_watches_no_packages(tmp_path: Path) -> None:
    text = "updates: [{package-ecosystem: github-actions, directory: /}, {package-ecosystem: docker}]"
    assert of(tmp_path, {".github/dependabot.yml": text}) == []


def test_a_part_of_a_repository_says_that_its_ci_is_out_of_sight(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    looked = project(tmp_path / "server", {"main.py": "x = 1\n"})
    assert looked.practice.above
    assert not project(tmp_path, {"main.py": "x = 1\n"}).practice.above
    own = {".github/workflows/ci.yml": f"{HEAD}      - run: pytest\n"}
    assert not project(tmp_path / "client", own).practice.above
