"""What a project's own configuration says: `[tool.deploycheck]` in pyproject.toml, or deploycheck.toml.

Looked up from the target upward; the nearest file wins, and the search ends at the repository's root.
"""

from __future__ import annotations

import difflib
import os
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from deploycheck.sources.errors import ReadError
from deploycheck.sources.text import decode, read_bytes
from deploycheck.sources.toml import parse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from deploycheck.findings import Location, Severity
    from deploycheck.sources.toml import TomlDocument

__all__ = ["Configuration", "ConfigurationError", "load"]

_TABLE = ("tool", "deploycheck")


class ConfigurationError(Exception):
    """A configuration that cannot be taken: one line that names the place and the nearest valid thing."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """What the file says; a key that it leaves out has its default. `file` is "" when there is none.

    `select` and `ignore` are codes, names or families of rules. `injected` are variables that the
    platform provides, `environment` variables with the values that production has. `cpu` is in
    vCPU, `memory` in MB; `max_connections` is what the database server allows.
    `min_downgrade_coverage` is in percent.
    `places` has the place of each key, for messages.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    fail_on: Severity | None = None
    injected: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    cpu: float | None = None
    memory: int | None = None
    replicas: int | None = None
    max_connections: int | None = None
    min_downgrade_coverage: int | None = None

    file: str = ""
    places: Mapping[str, Location] = field(default_factory=dict, compare=False)

    KEYS: ClassVar[tuple[str, ...]]
    """The keys as the file spells them."""


Configuration.KEYS = tuple(
    f.name.replace("_", "-") for f in fields(Configuration) if f.name not in {"file", "places"}
)


def load(target: Path) -> Configuration:
    """Return the configuration that applies to `target`. Raises `ConfigurationError`."""
    document, prefix = _nearest(Path(os.path.realpath(target)))
    if document is None:
        return Configuration()
    table = document.get(*prefix)
    if not isinstance(table, dict):
        raise ConfigurationError(f"{document.locate(*prefix)}: tool.deploycheck must be a table")
    for key in table:
        if key not in Configuration.KEYS:
            raise ConfigurationError(f"{document.locate(*prefix, key)}: unknown key {key!r}{_hint(key)}")
    # pydantic takes longer to import than all the rest, so only a project with such a table waits for it.
    from deploycheck.configuration.validation import validated

    return validated(table, document, prefix)


def _hint(key: str) -> str:
    near = difflib.get_close_matches(key.replace("_", "-").lower(), Configuration.KEYS, n=1, cutoff=0.5)
    return f"; did you mean {near[0]!r}?" if near else f"; valid are {', '.join(Configuration.KEYS)}"


def _nearest(target: Path) -> tuple[TomlDocument | None, tuple[str, ...]]:
    """Return the nearest file that configures us, and the keys under which it does."""
    for folder in (target, *target.parents):
        for name, prefix in (("deploycheck.toml", ()), ("pyproject.toml", _TABLE)):
            document = _document(folder / name, _shown(folder / name, target))
            if document is not None and (not prefix or document.get(*prefix) is not None):
                return document, prefix
        if (folder / ".git").exists():
            break
    return None, ()


def _shown(file: Path, target: Path) -> str:
    """Name a file as seen from the target, so that no message holds the machine's own paths."""
    return Path(os.path.relpath(file, target)).as_posix()


def _document(file: Path, shown: str) -> TomlDocument | None:
    """Return a file's TOML, or None where there is no file, or it does not speak of us at all."""
    if not file.is_file():
        return None
    try:
        content = read_bytes(os.path.realpath(file), shown)
        if file.name == "pyproject.toml" and b"deploycheck" not in content:
            return None
        return parse(decode(content, shown).text, shown)
    except ReadError as error:
        if file.name == "pyproject.toml" and "[tool.deploycheck" not in _raw(file):
            return None  # Unreadable, and not ours to read here: the report names it among the unread.
        raise ConfigurationError(f"{error.at}: {error.reason}") from error


def _raw(file: Path) -> str:
    try:
        return read_bytes(os.path.realpath(file), file.name).decode(errors="replace")
    except ReadError:
        return ""
