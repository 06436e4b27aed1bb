"""The registry of rules, as the commands ask for it."""

from __future__ import annotations

from deploycheck.cli.errors import Stop
from deploycheck.engine.report import ExitCode
from deploycheck.pages import page_of
from deploycheck.rules import Registry, RegistryError, load


def loaded() -> Registry:
    """Return every known rule. Raises `Stop` when a plug-in's rules do not load, or have no page."""
    try:
        registry = load()
    except RegistryError as error:
        raise Stop(str(error), ExitCode.USAGE) from error
    for rule in registry.rules:
        # Ours have theirs: a test sees to that. With -OO nobody's docstrings are there.
        is_ours = rule.check.__module__.startswith("deploycheck.")
        if not is_ours and rule.doc and (problem := page_of(rule).problem):
            raise Stop(f"the docstring of {rule.code} ({rule.check.__module__}) {problem}", ExitCode.USAGE)
    return registry
