"""Which rules could not look at everything: never "could not look" as 0, never a file that nobody runs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from deploycheck.engine import ExitCode, Report, Selection, run
from deploycheck.engine.incomplete import Loaded, kinds, missing_for
from deploycheck.findings import Location
from deploycheck.rules import Reads, load
from deploycheck.sources.errors import Unread
from tests.facts.projects import DATABRICKS, FASTAPI, project
from tests.fakes import make_rule

BAD = "print 'python 2'\n"
APP = {"app.yaml": DATABRICKS, "main.py": FASTAPI}


def unread(*paths: str) -> list[Unread]:
    return [Unread(p, "is odd", Location(p)) for p in paths]


def checked(root: Path, files: Mapping[str, str], reads: Reads = Reads.PYTHON) -> Report:
    return run(project(root, files), Selection((make_rule(reads=reads),)))


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("app/main.py", Reads.PYTHON),
        ("tools/x.py", Reads.PYTHON),
        ("tests/test_a.py", Reads.NOTHING),
        ("docs/conf.py", Reads.NOTHING),
        ("setup.py", Reads.PYTHON | Reads.REQUIREMENTS),
        ("gunicorn.conf.py", Reads.PYTHON | Reads.MANIFESTS),
        ("uv.lock", Reads.REQUIREMENTS),
        ("pyproject.toml", Reads.MANIFESTS | Reads.REQUIREMENTS),
        ("app.yaml", Reads.MANIFESTS),
        ("Dockerfile", Reads.MANIFESTS),
        ("secret_folder", Reads.PYTHON | Reads.MANIFESTS | Reads.REQUIREMENTS | Reads.MIGRATIONS),
        ("shop/migrations/versions/1_a.py", Reads.PYTHON | Reads.MIGRATIONS),
        ("alembic/env.py", Reads.PYTHON | Reads.MIGRATIONS),
        ("db/versions_gxy/a.py", Reads.PYTHON | Reads.MIGRATIONS),
        ("conf/alembic.prod.ini", Reads.MANIFESTS | Reads.MIGRATIONS),
        ("tests/migrations/versions/a.py", Reads.NOTHING),
        ("logo.png", Reads.NOTHING),
    ],
)
def test_which_inputs_a_path_may_be(path: str, expected: Reads) -> None:
    assert kinds(path) is expected


@pytest.mark.parametrize(
    ("path", "loaded", "missing"),
    [
        ("shop/a.py", Loaded(frozenset(), ()), True),
        ("tools/a.py", Loaded(frozenset(), ()), False),
        ("tools/a.py", Loaded(frozenset({"tools/a.py"}), ()), True),
        ("tools/a.py", Loaded(), True),
        ("backend/tools/a.py", Loaded(frozenset(), ("backend",)), True),
        ("other/tools/a.py", Loaded(frozenset(), ("backend",)), False),
        ("demo/a.py", Loaded(), False),
        ("demo/a.py", Loaded(frozenset({"demo/a.py"}), ()), True),
        ("versions/a.py", Loaded(frozenset(), ()), True),
        ("tools", Loaded(frozenset(), ()), True),
    ],
)
def test_what_counts_by_what_production_loads(path: str, loaded: Loaded, missing: bool) -> None:
    assert bool(missing_for(Reads.PYTHON, unread(path), loaded)) is missing


def test_the_reason_names_the_first_and_counts_the_others() -> None:
    assert (
        missing_for(Reads.PYTHON, unread("a.py", "x.txt", "b.py")) == "incomplete: a.py is odd (and 1 more)"
    )
    assert missing_for(Reads.MANIFESTS, unread("a.py")) == ""


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({**APP, "other.py": BAD}, ExitCode.INCOMPLETE),
        ({**APP, "tools/old.py": BAD}, ExitCode.READY),
        ({**APP, "setup.py": BAD}, ExitCode.READY),
        ({**APP, "tests/test_x.py": BAD}, ExitCode.READY),
        ({**APP, "main.py": "import tools.old\n" + FASTAPI, "tools/old.py": BAD}, ExitCode.INCOMPLETE),
        ({**APP, "main.py": "import demo.x\n" + FASTAPI, "demo/x.py": BAD}, ExitCode.INCOMPLETE),
        ({**APP, "main.py": BAD}, ExitCode.INCOMPLETE),
        (
            {"Procfile": "web: python tools/serve.py\n", "tools/serve.py": BAD, "core.py": FASTAPI},
            ExitCode.INCOMPLETE,
        ),
        ({"Procfile": "web: make run\n", "tools/serve.py": BAD, "core.py": FASTAPI}, ExitCode.INCOMPLETE),
        ({"Procfile": "web: python tools/serve.py\n", "tools/serve.py": BAD}, ExitCode.INCOMPLETE),
        ({"main.py": FASTAPI, "tools/old.py": BAD}, ExitCode.READY),
    ],
)
def test_the_exit_code_of_a_file_that_cannot_be_parsed(
    tmp_path: Path, files: dict[str, str], code: ExitCode
) -> None:
    report = checked(tmp_path, files)
    assert report.exit_code is code
    bad = next(p for p, text in files.items() if text == BAD)
    assert bad in {u.path for u in report.unread}


def test_a_setup_py_that_cannot_be_parsed_is_an_input_of_what_reads_requirements(tmp_path: Path) -> None:
    assert checked(tmp_path, {**APP, "setup.py": BAD}, Reads.REQUIREMENTS).exit_code is ExitCode.INCOMPLETE


def test_a_charts_template_is_no_file_that_could_not_be_read(tmp_path: Path) -> None:
    files = {
        "main.py": FASTAPI,
        "Dockerfile": "FROM python:3.12\nCOPY . .\nCMD uvicorn main:app --host 0.0.0.0\n",
        "chart/Chart.yaml": "apiVersion: v2\nname: shop\nversion: 0.1.0\n",
        "chart/values.yaml": "replicaCount: 2\nimage: {repository: shop, tag: '1'}\n",
        "chart/templates/deployment.yaml": """\
            apiVersion: apps/v1
            kind: Deployment
            metadata:
              name: {{ include "shop.fullname" . }}
            spec:
              {{- if not .Values.autoscaling }}
              replicas: {{ .Values.replicaCount }}
              {{- end }}
              template:
                spec:
                  containers:
                    - name: web
                      image: "{{ .Values.image.repository }}:{{ .Values.image.tag }}"
                      {{- with .Values.env }}
                      env: {{- toYaml . | nindent 10 }}
                      {{- end }}
            """,
    }
    report = run(project(tmp_path, files), Selection(load().rules))
    assert report.unread == ()
    assert not report.incomplete
