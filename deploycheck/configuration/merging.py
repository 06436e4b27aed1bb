"""Makes one configuration of a file's table, the target's entry and a profile, the later over the earlier.

Tables (`environment`, `rules`, `per-path-ignores`) are merged entry by entry; every other value replaces.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from deploycheck.configuration import PRODUCTION, Configuration, Suppress, Target
from deploycheck.configuration.errors import ConfigurationError, hint
from deploycheck.configuration.origins import Origin, Source
from deploycheck.configuration.search import nearest
from deploycheck.configuration.validation import validated
from deploycheck.findings import Severity

if TYPE_CHECKING:
    from deploycheck.configuration.search import Found
    from deploycheck.findings import Location
    from deploycheck.sources.toml import Key

_NOT_VALUES = frozenset({"profiles", "targets", "path", "name"})


@dataclass(slots=True)
class _Merged:
    """The values so far, by key, and the origin of each by dotted name."""

    found: Found
    values: dict[str, object] = field(default_factory=dict)
    origins: dict[str, Origin] = field(default_factory=dict)

    def add(
        self, table: Mapping[str, object], below: tuple[Key, ...], source: Source, name: str = ""
    ) -> None:
        """Lay a table over what is there."""
        for key, value in table.items():
            if key in _NOT_VALUES:
                continue
            if isinstance(value, Mapping):
                self.values[key] = {**cast("Mapping[str, object]", self.values.get(key, {})), **value}
                for entry in value:
                    at = self.at(*below, key, entry)
                    self.origins[f"{key}.{entry}"] = Origin(source, name, at)
            else:
                self.values[key] = self._placed(value, *below, key) if key == "suppress" else value
                self.origins[key] = Origin(source, name, self.at(*below, key))

    def _placed(self, value: object, *keys: Key) -> list[Suppress]:
        """Return the entries of `suppress`, each with its place."""
        entries = cast("list[dict[str, Any]]", value)
        return [Suppress(self.at(*keys, number), **entry) for number, entry in enumerate(entries)]

    def at(self, *keys: Key) -> Location:
        """Return the place of a value in the file."""
        return self.found.document.locate(*self.found.prefix, *keys)


def configuration_of(found: Found, profile: str) -> Configuration:
    """Return what a file says about its target under a profile. Raises `ConfigurationError`."""
    table = validated(found)
    merged = _Merged(found)
    merged.add(table, (), Source.FILE)
    name = ""
    for number, (target, entry) in enumerate(_targets(found, table)):
        if os.path.realpath(found.folder / target.path) == str(found.target):
            name = target.name
            merged.add(entry, ("targets", number), Source.TARGET, name)
    merged.add(_profile(found, table, profile), ("profiles", profile), Source.PROFILE, profile)
    _check_patterns(merged)
    return Configuration(
        **{key.replace("-", "_"): value for key, value in _typed(merged)},  # type: ignore[arg-type]
        file=found.document.path,
        profile=profile,
        target=name,
        base=found.base,
        beside=found.beside,
        origins=merged.origins,
    )


def targets_of(found: Found) -> tuple[Target, ...]:
    """Return the targets that a file lists. Raises `ConfigurationError` for one that cannot be checked."""
    listed = _targets(found, validated(found))
    for target, entry in listed:
        folder = found.folder / target.path
        if not os.path.isdir(folder):  # noqa: PTH112 - Path would raise for a forbidden one
            raise ConfigurationError(f"{target.at}: there is no folder {target.path}")
        own = nearest(Path(os.path.realpath(folder)))
        lost = sorted(entry.keys() - {"path", "name"})
        if lost and own is not None and own.folder != found.folder:
            file = posixpath.normpath(posixpath.join(target.path, own.document.path))
            raise ConfigurationError(
                f"{target.at}: {file} is the configuration of this target: say {', '.join(lost)} there"
            )
    return tuple(target for target, _ in listed)


def _targets(found: Found, table: Mapping[str, object]) -> list[tuple[Target, Mapping[str, object]]]:
    """Return the targets with their entries. Raises `ConfigurationError` for two of one name or folder."""
    made: list[tuple[Target, Mapping[str, object]]] = []
    seen: set[str] = set()
    for number, entry in enumerate(cast("list[dict[str, object]]", table.get("targets", []))):
        at = found.document.locate(*found.prefix, "targets", number, "path")
        path = posixpath.normpath(str(entry["path"]))
        if not _is_inside(found.folder, path):
            raise ConfigurationError(f"{at}: targets[{number}].path leads out of the folder of this file")
        target = Target(str(entry.get("name") or path), path, at)
        keys = {f"name {target.name}", f"folder {os.path.realpath(found.folder / path)}"}
        if keys & seen:
            raise ConfigurationError(
                f"{at}: {target.name} is listed twice: each target has one name and folder"
            )
        seen |= keys
        made.append((target, entry))
    return made


def _is_inside(folder: Path, path: str) -> bool:
    """Tell whether a path stays below the file's folder, links followed: it must not lead us away."""
    real = os.path.realpath(folder / path)
    return real == str(folder) or real.startswith(str(folder).rstrip("/") + "/")


def _profile(found: Found, table: Mapping[str, object], profile: str) -> Mapping[str, object]:
    profiles = cast("dict[str, dict[str, object]]", table.get("profiles", {}))
    if profile not in profiles and profile != PRODUCTION:
        known = sorted({PRODUCTION, *profiles})
        place = found.document.path
        raise ConfigurationError(f"{place}: unknown profile {profile!r}{hint(profile, known)}")
    return profiles.get(profile, {})


def _typed(merged: _Merged) -> Iterator[tuple[str, object]]:
    """Yield the values in the types of `Configuration`."""
    for key, value in merged.values.items():
        match key:
            case "fail-on":
                yield key, None if value is None else Severity(str(value))
            case "rules":
                rules = cast("dict[str, dict[str, str]]", value)
                yield key, {rule: _severity(table["severity"]) for rule, table in rules.items()}
            case "per-path-ignores":
                ignores = cast("dict[str, list[str]]", value)
                yield key, {pattern: tuple(rules) for pattern, rules in ignores.items()}
            case "env-files":
                yield key, tuple(_inside(merged, key, name) for name in cast("list[str]", value))
            case "baseline":
                yield key, _inside(merged, key, str(value))
            case _:
                yield key, tuple(value) if isinstance(value, list) else value


def _severity(level: str) -> Severity | None:
    return None if level == "off" else Severity(level)


def _inside(merged: _Merged, key: str, name: str) -> str:
    """Return the path of a file that a key names, as seen from where we run."""
    if not _is_inside(merged.found.folder, name):
        place = merged.origins[key].at
        raise ConfigurationError(f"{place}: {key}: {name} leads out of the folder of this file")
    return os.path.relpath(merged.found.folder / name)


def _check_patterns(merged: _Merged) -> None:
    """Refuse patterns that never match anything, or that take back: each stands for itself."""
    from deploycheck.sources.patterns import read

    excluded = cast("list[str]", merged.values.get("exclude", []))
    ignored = cast("dict[str, object]", merged.values.get("per-path-ignores", {}))
    places = merged.origins
    listed = [("exclude", pattern, places["exclude"].at) for pattern in excluded]
    listed += [(key, p, places[f"{key}.{p}"].at) for key in ("per-path-ignores",) for p in ignored]
    suppressed = cast("list[Suppress]", merged.values.get("suppress", []))
    listed += [("suppress", entry.path, entry.at) for entry in suppressed if entry.path]
    for key, pattern, at in listed:
        if read(pattern) is None:
            raise ConfigurationError(f"{at}: {key}: {pattern!r} is no pattern: it would match nothing")
        if key != "exclude" and pattern.startswith("!"):
            raise ConfigurationError(f"{at}: {key}: {pattern!r} takes back, and here each stands for itself")
