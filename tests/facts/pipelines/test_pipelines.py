from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from deploycheck.facts.pipelines import Runner, read_pipelines
from deploycheck.sources.tree import Tree


def at(root: Path, path: str, text: str) -> None:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(dedent(text), encoding="utf-8")


WORKFLOW = """\
    name: Release
    on:
      push:
        branches: [main]
        tags: ["v*"]
      workflow_dispatch:
    env: {A: "1"}
    defaults:
      run:
        working-directory: server
    jobs:
      build:
        runs-on: ubuntu-latest
        services: {db: {image: "postgres:17"}}
        steps:
          - run: |
              make
              make check
      ship:
        needs: build
        if: github.ref == 'refs/heads/main'
        environment: {name: production, url: x}
        steps:
          - uses: ./.github/actions/deploy
            with: {app: shop}
          - run: echo done
            working-directory: client
            continue-on-error: true
    """
ACTION = """\
    inputs: {app: {required: true}, region: {default: fra}}
    runs:
      using: composite
      steps:
        - run: flyctl deploy -a ${{ inputs.app }} -r ${{ inputs.region }}
          shell: bash
    """


def test_github(tmp_path: Path) -> None:
    at(tmp_path, ".github/workflows/release.yml", WORKFLOW)
    at(tmp_path, ".github/actions/deploy/action.yml", ACTION)
    (found,) = read_pipelines(Tree(tmp_path))
    assert found.events() == {"push", "workflow_dispatch"}
    assert found.triggers[0].tags == ("v*",)
    build, ship = found.jobs
    assert build.services == ("postgres:17",)
    assert build.steps[0].script is not None
    assert build.steps[0].script.text == "make\nmake check\n"
    assert build.steps[0].directory == "server"
    assert found.needed(ship) == (build,)
    assert ship.target == "production"
    assert ship.steps[0].script is not None
    assert ship.steps[0].script.text == "flyctl deploy -a shop -r fra"
    assert ship.steps[0].script.at.path == ".github/actions/deploy/action.yml"
    assert (ship.steps[1].directory, ship.steps[1].tolerant) == ("client", True)


def test_reusable_workflows_stand_in_their_callers(tmp_path: Path) -> None:
    at(
        tmp_path,
        ".github/workflows/main.yml",
        """\
        on: push
        jobs:
          ship:
            uses: ./.github/workflows/ship.yml
            with: {target: prod}
          other:
            uses: elsewhere/ci/.github/workflows/x.yml@v1
        """,
    )
    at(
        tmp_path,
        ".github/workflows/ship.yml",
        """\
        on: {workflow_call: {inputs: {target: {type: string}}}}
        jobs:
          migrate: {runs-on: x, steps: [{run: alembic upgrade head}]}
          deploy: {needs: migrate, runs-on: x, steps: [{run: "flyctl deploy -a ${{ inputs.target }}"}]}
        """,
    )
    main = next(p for p in read_pipelines(Tree(tmp_path)) if p.path.endswith("main.yml"))
    ship, other = main.jobs
    assert [s.script.text for s in ship.steps if s.script] == [
        "alembic upgrade head",
        "flyctl deploy -a prod",
    ]
    assert other.steps == ()
    assert other.uses.startswith("elsewhere/")


@pytest.mark.parametrize(
    "path",
    [
        ".github/workflows/old/deploy.yml",
        ".github/workflows/deploy.yml.disabled",
        ".github/deploy.yml",
        "apps/shop/.github/workflows/deploy.yml",
        ".github/workflow-templates/deploy.yml",
    ],
)
def test_only_the_roots_workflows_live(tmp_path: Path, path: str) -> None:
    at(tmp_path, path, WORKFLOW)
    assert read_pipelines(Tree(tmp_path)) == ()


def test_gitlab(tmp_path: Path) -> None:
    at(
        tmp_path,
        ".gitlab-ci.yml",
        """\
        include: [{local: /ci/deploy.yml}]
        stages: [test, migrate, deploy]
        variables: {A: "1"}
        .base: {before_script: [pip install .]}
        unit: {extends: .base, stage: test, services: ["postgres:17"], script: [pytest]}
        migrate: {extends: [.base], stage: migrate, script: ["alembic upgrade head"]}
        """,
    )
    at(tmp_path, "ci/deploy.yml", "ship: {stage: deploy, environment: production, script: [flyctl deploy]}\n")
    (found,) = read_pipelines(Tree(tmp_path))
    assert [j.name for j in found.jobs] == ["unit", "migrate", "ship"]
    migrate, ship = found.jobs[1], found.jobs[2]
    assert [s.script.text for s in migrate.steps if s.script] == ["pip install .", "alembic upgrade head"]
    assert ship.needs == ("unit", "migrate")
    assert ship.target == "production"


def test_azure(tmp_path: Path) -> None:
    at(
        tmp_path,
        "azure-pipelines.yml",
        """\
        trigger: [main]
        stages:
          - stage: db
            jobs:
              - job: migrate
                steps:
                  - script: alembic upgrade head
                    workingDirectory: server
          - stage: app
            jobs:
              - deployment: web
                environment: production
                strategy: {runOnce: {deploy: {steps: [{task: "AzureWebApp@1", inputs: {appName: shop}}]}}}
        """,
    )
    (found,) = read_pipelines(Tree(tmp_path))
    migrate, web = found.jobs
    assert migrate.steps[0].directory == "server"
    assert web.needs == ("db/migrate",)
    assert (web.target, web.steps[0].uses) == ("production", "AzureWebApp@1")


def test_circleci_and_bitbucket(tmp_path: Path) -> None:
    at(
        tmp_path,
        ".circleci/config.yml",
        """\
        version: 2.1
        commands: {prepare: {steps: [{run: pip install .}]}}
        jobs:
          test:
            docker: [{image: "python:3.12"}, {image: "postgres:17"}]
            steps: [checkout, prepare, {run: pytest}]
          ship: {docker: [{image: "python:3.12"}], steps: [{run: {name: go, command: flyctl deploy}}]}
        workflows: {main: {jobs: [test, {ship: {requires: [test]}}]}}
        """,
    )
    at(
        tmp_path,
        "bitbucket-pipelines.yml",
        """\
        pipelines:
          branches:
            main:
              - step: {name: Test, script: [pytest]}
              - step: {name: Ship, deployment: production, script: ["make", {pipe: "x/heroku-deploy:1"}]}
        """,
    )
    circle, bucket = read_pipelines(Tree(tmp_path))
    assert [j.name for j in circle.jobs] == ["test", "ship"]
    assert circle.jobs[0].services == ("postgres:17",)
    assert [s.script.text for s in circle.jobs[0].steps if s.script] == ["pip install .", "pytest"]
    assert circle.jobs[1].needs == ("test",)
    assert bucket.jobs[1].needs == ("Test",)
    assert bucket.jobs[1].target == "production"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "jobs: []",
        "jobs: {a: b}",
        "on: push\njobs: {a: {steps: {x: y}}}",
        "a: &a [*a]",
        "jobs: {a: {needs: a}}",
    ],
)
def test_odd_files_do_no_harm(tmp_path: Path, text: str) -> None:
    at(tmp_path, ".github/workflows/x.yml", text)
    at(tmp_path, ".gitlab-ci.yml", text)
    at(tmp_path, "azure-pipelines.yml", text)
    at(tmp_path, ".circleci/config.yml", text)
    at(tmp_path, "bitbucket-pipelines.yml", text)
    for pipeline in read_pipelines(Tree(tmp_path)):
        assert all(pipeline.needed(job) is not None for job in pipeline.jobs)


@pytest.mark.parametrize(
    ("uses", "version"),
    [
        ("actions/setup-node@v4", "v4"),
        ("actions/setup-node@v4.1.0", "v4.1.0"),
        ("actions/setup-node@4", "4"),
        (f"actions/setup-node@{'ab12' * 10} # v5.0.1", "v5.0.1"),
        (f"actions/setup-node@{'ab12' * 10} # pin@v5", "v5"),
        (f"actions/setup-node@{'ab12' * 10}  # tag=v6.0.0 (renovate)", "v6.0.0"),
        (f"actions/setup-node@{'ab12' * 10}", ""),
        (f"actions/setup-node@{'ab12' * 10} # do not touch", ""),
        ("actions/setup-node@main", ""),
        ("./actions/setup", ""),
    ],
)
def test_the_version_of_an_action(tmp_path: Path, uses: str, version: str) -> None:
    text = f"on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - uses: {uses}\n"
    at(tmp_path, ".github/workflows/ci.yml", text)
    (pipeline,) = read_pipelines(Tree(tmp_path))
    assert pipeline.jobs[0].steps[0].version == version


@pytest.mark.parametrize(
    ("job", "labels", "runner"),
    [
        ("runs-on: ubuntu-latest", ("ubuntu-latest",), Runner.HOSTED),
        ("runs-on: windows-2025", ("windows-2025",), Runner.HOSTED),
        ("runs-on: macos-15-xlarge", ("macos-15-xlarge",), Runner.HOSTED),
        ("runs-on: ubuntu-24.04-arm", ("ubuntu-24.04-arm",), Runner.HOSTED),
        ("runs-on: [self-hosted, linux]", ("self-hosted", "linux"), Runner.SELF_HOSTED),
        ("runs-on: {group: big, labels: [gpu]}", ("gpu", "group:big"), Runner.UNKNOWN),
        ("runs-on: ubuntu-latest-16-cores", ("ubuntu-latest-16-cores",), Runner.UNKNOWN),
        ("runs-on: '${{ vars.RUNNER }}'", ("${{ vars.RUNNER }}",), Runner.UNKNOWN),
        (
            "{runs-on: '${{ matrix.os }}', strategy: {matrix: {os: [ubuntu-latest, macos-14]}}}",
            ("ubuntu-latest", "macos-14"),
            Runner.HOSTED,
        ),
        (
            "{runs-on: '${{ matrix.on.image }}', strategy: {matrix: {on: [{image: our-own}]}}}",
            ("our-own",),
            Runner.UNKNOWN,
        ),
        (
            "{runs-on: '${{ matrix.os }}', strategy: {matrix: {include: [{os: ubuntu-22.04}]}}}",
            ("ubuntu-22.04",),
            Runner.HOSTED,
        ),
        (
            "{runs-on: '${{ matrix.a }}', strategy: {matrix: {a: ['${{ matrix.a }}']}}}",
            ("${{ matrix.a }}",),
            Runner.UNKNOWN,
        ),
        ("timeout-minutes: 5", (), Runner.UNKNOWN),
    ],
)
def test_runners(tmp_path: Path, job: str, labels: tuple[str, ...], runner: Runner) -> None:
    written = job if job.startswith("{") else f"{{{job}}}"
    at(tmp_path, ".github/workflows/ci.yml", f"on: push\njobs:\n  a: {written}\n")
    (pipeline,) = read_pipelines(Tree(tmp_path))
    assert (pipeline.jobs[0].runners, pipeline.jobs[0].runner) == (labels, runner)


def test_a_composite_action_that_may_fail(tmp_path: Path) -> None:
    at(tmp_path, ".github/actions/scan/action.yml", "runs: {using: composite, steps: [{run: npm audit}]}\n")
    step = "      - uses: ./.github/actions/scan\n        continue-on-error: true\n"
    at(tmp_path, ".github/workflows/ci.yml", f"on: push\njobs:\n  a:\n    steps:\n{step}")
    (pipeline,) = read_pipelines(Tree(tmp_path))
    assert pipeline.jobs[0].steps[0].tolerant
