"""What a project's own configuration says: `[tool.deploycheck]` in pyproject.toml, or deploycheck.toml.

Looked up from the target upward; the nearest file wins, and the search ends at the repository's root.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from deploycheck.configuration.errors import ConfigurationError, hint
from deploycheck.configuration.search import nearest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from deploycheck.configuration.origins import Origin
    from deploycheck.findings import Location, Severity

__all__ = ["PRODUCTION", "Configuration", "ConfigurationError", "Suppress", "Target", "load", "targets"]

PRODUCTION = "production"
"""The profile of a run that names none. It needs no table."""


@dataclass(frozen=True, slots=True)
class Suppress:
    """One entry of `suppress`: a rule's findings about a subject, in files of a pattern, or both.

    `until` is the last day on which it holds. `at` is where the entry stands.
    """

    at: Location
    rule: str
    reason: str
    subject: str = ""
    path: str = ""
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Configuration:
    """What the file says for one target under one profile; a key that it leaves out has its default.

    `select` and `ignore` are codes, names or families of rules. `rules` gives severities to such (None
    switches off), and `per_path_ignores` names, by pattern, those whose findings do not count there.
    Patterns are those of .gitignore, from the file's folder. `plugins` are modules with further rules, which
    only who runs the check can allow.
    `suppress` leaves out single findings with a reason, and `baseline` is a file of those that are known, as
    seen from where we run.
    `injected` are variables that the platform provides, `environment` variables with the values that
    production has. `cpu` is in vCPU, `memory` in MB; `max_connections` is what the database server allows.
    `pooler` tells that one stands before it, `ci_elsewhere` that CI is not in the repository. `backups` and
    `rate_limits` say in words who makes copies of the database server, and what limits requests before they
    reach the app; `request_timeout` and `statement_timeout` are the bounds that a proxy and the database's
    role have, in seconds.
    `min_downgrade_coverage` is in percent. What the command line decides too is None where
    the file is silent.

    `file` is "" when there is none, and `base` the target's path from its folder. `beside` names a file
    that speaks of us too and is not used. `origins` has the origin of each value, by dotted name.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    fail_on: Severity | None = None
    rules: dict[str, Severity | None] = field(default_factory=dict)
    per_path_ignores: dict[str, tuple[str, ...]] = field(default_factory=dict)
    exclude: tuple[str, ...] = ()
    plugins: tuple[str, ...] = ()
    suppress: tuple[Suppress, ...] = ()
    baseline: str | None = None
    injected: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    env_files: tuple[str, ...] = ()
    isolated: bool | None = None
    cpu: float | None = None
    memory: int | None = None
    replicas: int | None = None
    max_connections: int | None = None
    pooler: bool = False
    ci_elsewhere: bool = False
    backups: str = ""
    rate_limits: str = ""
    request_timeout: float | None = None
    statement_timeout: float | None = None
    min_downgrade_coverage: int | None = None
    exit_zero: bool | None = None
    format: tuple[str, ...] = ()
    color: str | None = None
    fix_suggestions: bool | None = None
    quiet: bool | None = None
    verbose: bool | None = None

    file: str = ""
    profile: str = PRODUCTION
    target: str = ""
    base: str = ""
    beside: str = ""
    origins: Mapping[str, Origin] = field(default_factory=dict, compare=False)

    KEYS: ClassVar[tuple[str, ...]]
    """The keys as the file spells them."""

    @property
    def places(self) -> dict[str, Location]:
        """The place of each value, by dotted name (`fail-on`, `environment.PORT`), for messages."""
        return {name: origin.at for name, origin in self.origins.items() if origin.at is not None}


Configuration.KEYS = tuple(
    f.name.replace("_", "-")
    for f in fields(Configuration)
    if f.name not in {"file", "profile", "target", "base", "beside", "origins"}
)


@dataclass(frozen=True, slots=True)
class Target:
    """One of several targets of a file: its name, its path from the file's folder, and where it is named."""

    name: str
    path: str
    at: Location


def load(target: Path, profile: str = PRODUCTION) -> Configuration:
    """Return the configuration that applies to a folder under a profile. Raises `ConfigurationError`."""
    found = nearest(Path(os.path.realpath(target)))
    if found is None or not found.table:
        if profile != PRODUCTION:
            where = f"{found.document.path}: " if found else ""
            raise ConfigurationError(f"{where}unknown profile {profile!r}{hint(profile, (PRODUCTION,))}")
        return Configuration(file=found.document.path if found else "", beside=found.beside if found else "")
    # pydantic takes longer to import than all the rest, so only a project with such a table waits for it.
    from deploycheck.configuration.merging import configuration_of

    return configuration_of(found, profile)


def targets(folder: Path) -> tuple[Target, ...]:
    """Return the targets that the file in this very folder lists. Raises `ConfigurationError`."""
    found = nearest(Path(os.path.realpath(folder)))
    if found is None or found.base or "targets" not in found.table:
        return ()
    from deploycheck.configuration.merging import targets_of

    return targets_of(found)
