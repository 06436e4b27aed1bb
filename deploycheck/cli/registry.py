"""The registry of rules, as the commands ask for it."""

from __future__ import annotations

from deploycheck.cli.errors import Stop
from deploycheck.engine.report import ExitCode
from deploycheck.rules import Registry, RegistryError, load


def loaded() -> Registry:
    """Return every known rule. Raises `Stop` when a plug-in's rules do not load."""
    try:
        return load()
    except RegistryError as error:
        raise Stop(str(error), ExitCode.USAGE) from error
