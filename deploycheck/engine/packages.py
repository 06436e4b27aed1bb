"""The packages that deploycheck needs, and what to say when one of them cannot be imported."""

from __future__ import annotations

import traceback

DISTRIBUTIONS = {
    "alembic": "alembic",
    "dotenv": "python-dotenv",
    "packaging": "packaging",
    "pathspec": "pathspec",
    "psycopg": "psycopg[binary]",
    "pydantic": "pydantic",
    "rich": "rich",
    "ruamel": "ruamel.yaml",
    "sqlalchemy": "sqlalchemy",
    "tomlkit": "tomlkit",
    "typer": "typer",
    "yaml": "pyyaml",
}
"""What each is called when it is imported, and when it is installed."""


def hint_for(error: BaseException) -> str:
    """Say which package is missing or broken and how to install it; empty when the error is another one."""
    package = _broken(error)
    if not package:
        return ""
    name = DISTRIBUTIONS[package]
    state = (
        "is not installed"
        if isinstance(error, ModuleNotFoundError) and error.name == package
        else "cannot be imported"
    )
    return f"{name} {state}, which deploycheck needs: python -m pip install --force-reinstall '{name}'"


def _broken(error: BaseException) -> str:
    """Return the package of ours whose import this error ended, or an empty string.

    That is the first of which a module was still being run: what it needs itself may be what is missing.
    """
    for frame, _ in traceback.walk_tb(error.__traceback__):
        package = str(frame.f_globals.get("__name__", "")).partition(".")[0]
        if frame.f_code.co_name == "<module>" and package in DISTRIBUTIONS:
            return package
    missing = (error.name or "").partition(".")[0] if isinstance(error, ImportError) else ""
    return missing if missing in DISTRIBUTIONS else ""
