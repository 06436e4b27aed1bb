"""Helpers: a whole project out of texts, looked at as a run looks at it."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from deploycheck.facts.deployments import Deployment
from deploycheck.project import Project, Settings

FASTAPI = "from fastapi import FastAPI\napp = FastAPI()\n"
FLASK = "from flask import Flask\napp = Flask(__name__)\n"
DATABRICKS = "command: [uvicorn, main:app, --port, $DATABRICKS_APP_PORT]\n"


def project(root: Path, files: Mapping[str, str], **settings: Any) -> Project:
    """Write the files (dedented) below a folder; without settings this shell's environment is left out."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")
    return Project(root, Settings(**(settings or {"isolated": True})))


def deployed(root: Path, files: Mapping[str, str], **settings: Any) -> Deployment:
    """Return the only deployment of a project."""
    (found,) = project(root, files, **settings).deployments
    return found


def with_dockerfile(files: Mapping[str, str], variables: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return files that an image deploys which serves `main:app`."""
    told = "".join(f"ENV {name}={value}\n" for name, value in (variables or {}).items())
    return {
        "Dockerfile": f"FROM python:3.12\nWORKDIR /app\nCOPY . .\n{told}CMD uvicorn main:app\n",
        **files,
    }
