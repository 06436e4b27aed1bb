"""Backups outside of the app's code: what makes them, and what only looks so."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploycheck.facts.backups import Covers, Kind
from deploycheck.facts.backups.commented import commented, uncommented
from tests.facts.projects import DATABRICKS, FASTAPI, deployed, project

BASE = {"main.py": FASTAPI, "Dockerfile": "FROM python:3.12\nWORKDIR /srv\nCOPY . .\nCMD uvicorn main:app\n"}
SERVER, SQLITE, VOLUME = Covers.SERVER, Covers.SQLITE, Covers.VOLUME
LITESTREAM = "dbs:\n  - path: /data/app.db\n    replicas:\n      - url: s3://b/app\n"
RUNS = {"start.sh": "#!/bin/sh\nexec litestream replicate -exec 'uvicorn main:app'\n"}


def _service(text: str) -> dict[str, str]:
    return {"compose.yaml": f"services:\n  web:\n    build: .\n  keeper:\n{text}"}


@pytest.mark.parametrize(
    ("files", "kind", "covers", "on", "automated"),
    [
        ({"litestream.yml": LITESTREAM, **RUNS}, Kind.REPLICATION, SQLITE, True, True),
        ({"litestream.yml": LITESTREAM}, Kind.REPLICATION, SQLITE, False, True),
        ({"litestream.yml": "# dbs:\n#   - path: x\n", **RUNS}, Kind.REPLICATION, SQLITE, False, True),
        ({"litestream.yml": "dbs:\n  - path: /data/app.db\n", **RUNS}, Kind.REPLICATION, SQLITE, False, True),
        (_service("    image: offen/docker-volume-backup:v2\n"), Kind.SERVICE, VOLUME, True, True),
        (_service("    image: kartoza/pg-backup:16\n"), Kind.SERVICE, SERVER, True, True),
        (_service("    image: postgres:17\n    command: pg_dump -h db\n"), Kind.SERVICE, SERVER, True, True),
        (_service("    image: kartoza/pg-backup:16\n    profiles: [x]\n"), Kind.SERVICE, SERVER, True, False),
        (
            {"ops/dump.sh": "pg_dump x > y\n", "ops/crontab": "5 2 * * * /srv/dump.sh\n"},
            Kind.JOB,
            SERVER,
            True,
            True,
        ),
        ({"ops/dump.sh": "pg_dump x > y\n"}, Kind.SCRIPT, SERVER, False, False),
        ({"infra/db.tf": "backup_retention_period = 7\n"}, Kind.PROVIDER, SERVER, True, True),
        ({"infra/db.tf": "backup_retention_period = 0\n"}, Kind.PROVIDER, SERVER, False, True),
        (
            {"infra/db.tf": "backup_configuration {\n  enabled = false\n}\n"},
            Kind.PROVIDER,
            SERVER,
            False,
            True,
        ),
        ({"infra/db.bicep": "backupRetentionDays: 7\n"}, Kind.PROVIDER, SERVER, True, True),
        (
            {"db.yaml": "apiVersion: postgresql.cnpg.io/v1\nkind: ScheduledBackup\nspec: {schedule: x}\n"},
            Kind.PROVIDER,
            SERVER,
            True,
            True,
        ),
        (
            {"job.yaml": "apiVersion: batch/v1\nkind: CronJob\nspec: {jobTemplate: {x: pg_dump y}}\n"},
            Kind.JOB,
            SERVER,
            True,
            True,
        ),
    ],
)
def test_who_makes_copies(  # noqa: PLR0913, PLR0917 - a row of the table
    tmp_path: Path, files: dict[str, str], kind: Kind, covers: Covers, on: bool, automated: bool
) -> None:
    found = [b for b in project(tmp_path, BASE | files).backups if b.kind is kind]
    assert [(b.covers, b.on, b.automated) for b in found[:1]] == [(frozenset({covers}), on, automated)]


@pytest.mark.parametrize(
    "files",
    [
        {"ops/dump.sh": "# pg_dump x > y\necho no\n"},
        {"ops/crontab": "# 5 2 * * * pg_dump x\n"},
        {"compose.yaml": "services:\n  web:\n    build: .\n  # keeper:\n  #   image: kartoza/pg-backup:16\n"},
        {"infra/db.tf": "# backup_retention_period = 7\n"},
        {"docs/examples/litestream.yml": LITESTREAM},
        {"tests/dump.sh": "pg_dump x > y\n"},
        {"db.yaml": "apiVersion: postgresql.cnpg.io/v1\nkind: Cluster\nspec: {instances: 1}\n"},
        {"README.md": "# Notes\n\nThere are no backups of the database yet.\n"},
        {"static/start.png": "litestream replicate\n"},
    ],
)
def test_what_only_looks_so_is_none(tmp_path: Path, files: dict[str, str]) -> None:
    found = project(tmp_path, BASE | files)
    assert found.backups == ()
    assert found.tree.unread == []


APP_YAML = DATABRICKS + (
    "env:\n  - name: A\n    value: x\n  # - name: BACKUP_DIR\n  #   value: /b\n"
    "  #- name: BACKUP_MINUTES\n  #  value: '5'\n"
)


def test_entries_in_comments_are_found_with_their_values(tmp_path: Path) -> None:
    files = {"main.py": FASTAPI, "app.yaml": APP_YAML, ".env.example": "# BACKUP_DIR=/srv\nA=1\n"}
    deployment = deployed(tmp_path, files)
    found = commented(project(tmp_path, {}).tree, deployment, ["BACKUP_DIR", "BACKUP_MINUTES", "A"])
    assert [(c.name, c.value, c.at.path, c.at.line, c.deployed) for c in found] == [
        ("BACKUP_DIR", "/b", "app.yaml", 5, True),
        ("BACKUP_MINUTES", "5", "app.yaml", 7, True),
        ("BACKUP_DIR", "/srv", ".env.example", 1, False),
    ]


def test_an_entry_is_only_uncommented_where_the_file_then_has_it(tmp_path: Path) -> None:
    crooked = APP_YAML.replace("  # - name: BACKUP_DIR", "      # - name: BACKUP_DIR")
    for text, expected in ((APP_YAML, [5, 6]), (crooked, [])):
        deployment = deployed(tmp_path, {"main.py": FASTAPI, "app.yaml": text})
        tree = project(tmp_path, {}).tree
        edits = uncommented(tree, commented(tree, deployment, ["BACKUP_DIR"]))
        assert [e.start for e in edits] == expected
