"""The registry of rules, as the commands ask for it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from deploycheck.cli.errors import Stop
from deploycheck.engine.report import ExitCode
from deploycheck.pages import page_of
from deploycheck.rules import OURS, Named, Registry, RegistryError, load

if TYPE_CHECKING:
    from deploycheck.configuration import Configuration


def loaded(
    configuration: Configuration | None = None, root: Path | None = None, *, allowed: bool = False
) -> Registry:
    """Return every known rule, those of the plug-ins that a folder's configuration names too.

    Raises `Stop` when a plug-in's rules do not load, have no page, or would run what is not `allowed`.
    """
    named = _named(configuration, root or Path(), allowed=allowed) if configuration is not None else ()
    try:
        registry = load(named)
    except RegistryError as error:
        raise Stop(str(error), ExitCode.USAGE) from error
    for rule in registry.rules:
        # Ours have theirs: a test sees to that. With -OO nobody's docstrings are there.
        origin = registry.origin(rule)
        if origin != OURS and rule.doc and (problem := page_of(rule).problem):
            where = f"{rule.check.__module__} of {origin}"
            raise Stop(f"the docstring of {rule.code} ({where}) {problem}", ExitCode.USAGE)
    return registry


def _named(configuration: Configuration, root: Path, *, allowed: bool) -> tuple[Named, ...]:
    """Return the modules that a configuration names. Raises `Stop` where their code may not run.

    The configuration comes with the project, from a stranger's pull request too. So it cannot allow this
    itself: only the command line and the environment of who runs the check can.
    """
    if not configuration.plugins:
        return ()
    at = configuration.places["plugins"]
    if not allowed:
        names = ", ".join(configuration.plugins)
        raise Stop(
            f"{at}: plugins: {names} is code of the project, and a check runs none: --allow-plugins lets it, "
            "or install it beside deploycheck",
            ExitCode.USAGE,
        )
    folder = os.path.realpath(root / os.path.dirname(configuration.file))  # noqa: PTH120 - a text of ours
    return tuple(Named(module, configuration.file, folder) for module in configuration.plugins)


def with_local(*, allowed: bool) -> Registry:
    """Return every known rule; where it is allowed, those too that this folder's configuration names.

    Raises `Stop`.
    """
    if not allowed:
        return loaded()
    from deploycheck.cli.targets import configured
    from deploycheck.configuration import PRODUCTION

    return loaded(configured(Path(), PRODUCTION), Path(), allowed=True)
