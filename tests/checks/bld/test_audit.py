"""What BLD001 tells of audits that do not count."""

from __future__ import annotations

from pathlib import Path

from deploycheck.checks.bld.audit import no_audit
from deploycheck.findings import Draft, Severity
from tests.facts.projects import FASTAPI, project, with_dockerfile

JOB = "jobs:\n  one:\n    runs-on: ubuntu-latest\n    steps:\n      - run: {RUN}\n"


def findings(root: Path, workflows: dict[str, tuple[str, str]], **files: str) -> list[Draft]:
    (root / ".git").mkdir()
    written = {
        f".github/workflows/{name}.yml": f"on: {on}\n{JOB.replace('{RUN}', run)}"
        for name, (on, run) in workflows.items()
    }
    app = with_dockerfile({"main.py": FASTAPI, "requirements.txt": "fastapi==1.0\n", **written})
    return list(no_audit(project(root, {**app, **{k.replace("_", "."): v for k, v in files.items()}})))


def told(draft: Draft) -> list[str]:
    return [step.text for step in draft.trail[1:]]


JUST = "ship: audit\n    ./ship\n\naudit:\n    pip-audit -r requirements.txt\n"


def test_an_audit_of_releases_says_that_pull_requests_have_none(tmp_path: Path) -> None:
    workflows = {"ci": ("[pull_request]", "pytest"), "release": ("{push: {tags: ['v*']}}", "just ship")}
    (draft,) = findings(tmp_path, workflows, justfile=JUST)
    assert draft.severity is Severity.LOW
    assert "at releases only" in draft.message
    (step,) = told(draft)
    assert step.startswith("pip-audit -r requirements.txt counts for the release, and not for pull requests")
    assert ".github/workflows/release.yml:6" in step


def test_the_same_recipe_for_pull_requests_is_enough(tmp_path: Path) -> None:
    workflows = {"ci": ("[pull_request]", "just audit"), "release": ("{push: {tags: ['v*']}}", "just ship")}
    assert findings(tmp_path, workflows, justfile=JUST) == []


def test_a_recipe_that_no_workflow_calls(tmp_path: Path) -> None:
    (draft,) = findings(tmp_path, {"ci": ("[push]", "pytest")}, justfile=JUST)
    assert draft.severity is None
    assert told(draft) == ["pip-audit -r requirements.txt: a recipe that no workflow calls for changes"]


def test_where_there_is_no_ci_a_recipe_is_what_people_run(tmp_path: Path) -> None:
    assert findings(tmp_path, {}, justfile=JUST) == []


def test_an_audit_that_cannot_fail_is_none(tmp_path: Path) -> None:
    (draft,) = findings(tmp_path, {"ci": ("[push]", "just audit || true")}, justfile=JUST)
    assert "cannot fail" in draft.message
    assert told(draft) == ["pip-audit -r requirements.txt: its failure is ignored"]


def test_a_workflow_of_others_may_audit(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    ci = "on: push\njobs:\n  all:\n    uses: acme/workflows/.github/workflows/python.yml@v3\n"
    app = with_dockerfile({"main.py": FASTAPI, "requirements.txt": "fastapi==1.0\n"})
    (draft,) = no_audit(project(tmp_path, {**app, ".github/workflows/ci.yml": ci}))
    assert not draft.certain
    security = ci.replace("python.yml", "security-scan.yml")
    assert list(no_audit(project(tmp_path, {**app, ".github/workflows/ci.yml": security}))) == []
