"""What lies in a project's folder and is not the project's own: packages, caches, copies, templates."""

from __future__ import annotations

import re
from collections.abc import Collection

_KINDS = {
    "version control": (".git", ".hg", ".svn", ".jj", ".bzr"),
    "installed packages": (
        "site-packages",
        "dist-packages",
        "node_modules",
        "bower_components",
        "__pypackages__",
        ".eggs",
        ".pixi",
        ".yarn",
        ".pnpm-store",
        ".bundle",
    ),
    "copies of other projects' code": ("_vendor", "_vendored", "vendored", "third_party", "third-party"),
    "a tool's cache": (
        "__pycache__",
        ".tox",
        ".nox",
        ".cache",
        ".mypy_cache",
        ".ruff_cache",
        ".pytest_cache",
        ".pytype",
        ".pyre",
        ".hypothesis",
        ".ipynb_checkpoints",
        ".direnv",
        ".terraform",
        ".serverless",
        ".aws-sam",
        ".gradle",
        ".turbo",
        ".next",
        ".nuxt",
        ".svelte-kit",
        ".parcel-cache",
        ".databricks",
        "htmlcov",
    ),
    "instructions and examples for coding agents": (
        ".claude",
        ".cursor",
        ".agents",
        ".codex",
        ".gemini",
        ".windsurf",
    ),
}
_BY_NAME = {name: kind for kind, names in _KINDS.items() for name in names}
_ENDINGS = (".egg-info", ".dist-info")
# `_subdirectory: template` in copier.yml; read by eye, since the rest of the file is often a template too.
_COPIER = re.compile(r"^_subdirectory:[ \t]*[\"']?([^\"'\s#]+)", re.MULTILINE)

COPIER_FILES = ("copier.yml", "copier.yaml")
"""The files that make a folder a copier template."""


def by_name(name: str) -> str:
    """Say what a folder's name alone gives away, or an empty string for a folder to look into."""
    if kind := _BY_NAME.get(name):
        return kind
    return "installed packages" if name.endswith(_ENDINGS) else ""


def is_template_name(name: str) -> bool:
    """Tell whether a name is to be filled in by a template engine: `{{cookiecutter.slug}}`."""
    return "{" in name and ("{{" in name or "{%" in name)


def by_content(names: Collection[str]) -> str:
    """Say what the names inside of a folder give away, or an empty string."""
    if "pyvenv.cfg" in names or "conda-meta" in names:
        return "a virtual environment"
    return ""


def copier_template(text: str) -> str:
    """Return the folder that holds the template, relative to its copier.yml; empty when there is none.

    A copier.yml without `_subdirectory` says that its own folder is the template. Such a folder is
    often a working application too, so it is not left out.
    """
    found = _COPIER.search(text)
    folder = found[1].strip("/").removeprefix("./") if found else ""
    return "" if folder in {"", "."} or "{" in folder or ".." in folder else folder
