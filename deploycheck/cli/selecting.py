"""Which rules run, and how their findings count: the options and the configuration, against the registry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from deploycheck.cli.errors import Stop
from deploycheck.cli.registry import loaded
from deploycheck.configuration.origins import Source
from deploycheck.engine.report import ExitCode
from deploycheck.findings import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from deploycheck.cli.asking import Asked
    from deploycheck.cli.settings import Resolved
    from deploycheck.configuration import Configuration
    from deploycheck.configuration.origins import Origin
    from deploycheck.engine import Selection
    from deploycheck.rules import Registry, Rule


def selection_of(resolved: Resolved[Asked], configuration: Configuration, root: Path) -> Selection:
    """Return which rules run in the target at `root`. Raises `Stop`.

    That is for a rule that does not exist, with the place that names it, or a plug-in that cannot be had.

    The command line's `--select` replaces the file's; `--ignore` and what is off add up.
    """
    from deploycheck.engine import Selection

    asked = resolved.options
    registry = loaded(configuration, root, allowed=bool(asked.allow_plugins))
    for key in ("select", "ignore"):
        _must_be_known(registry, getattr(asked, key), _told(resolved.origins[key], key))
    for entry in configuration.suppress:
        _must_be_known(registry, (entry.rule,), f"{entry.at}: suppress: ")
    severities = _severities(registry, configuration)
    off = [code for code, severity in severities.items() if severity is None]
    rules = registry.select(asked.select, (*asked.ignore, *off))
    if not rules:
        raise Stop("no rule is left to run: select more, or ignore less", ExitCode.USAGE)
    percent = asked.min_downgrade_coverage
    return Selection(
        rules,
        Severity(asked.fail_on or Severity.CRITICAL),
        bool(asked.exit_zero),
        None if percent is None else int(percent),
        profile=configuration.profile,
        severities={code: severity for code, severity in severities.items() if severity is not None},
        ignored=_ignored(registry, configuration),
        base=configuration.base,
        registry=registry,
    )


def _told(origins: Iterable[Origin], key: str) -> str:
    """Say who names a rule: nothing for the command line, which the user has just typed."""
    named = [o for o in origins if o.source is not Source.FLAG]
    if not named or len(named) < len(tuple(origins)):
        return ""
    return " + ".join(str(o) if o.at is None else f"{o}: {key}" for o in named) + ": "


def _must_be_known(registry: Registry, wanted: Iterable[str], place: str) -> None:
    from deploycheck.rules import UnknownRule

    for each in wanted:
        try:
            registry.matching(each)
        except UnknownRule as error:
            raise Stop(f"{place}{error}", ExitCode.USAGE) from error


def _severities(registry: Registry, configuration: Configuration) -> dict[str, Severity | None]:
    """Return the severity that the file gives to each rule, None for off: a code goes before its family."""
    places: Mapping[str, Any] = configuration.places
    found: dict[str, Severity | None] = {}
    for wanted in configuration.rules:
        _must_be_known(registry, (wanted,), f"{places[f'rules.{wanted}']}: rules: ")
    matched = [(registry.matching(wanted), wanted) for wanted in configuration.rules]
    for rules, wanted in sorted(matched, key=lambda pair: _precision(pair[1], pair[0])):
        found |= {rule.code: configuration.rules[wanted] for rule in rules}
    return found


def _precision(wanted: str, rules: tuple[Rule, ...]) -> tuple[int, str]:
    """Order what names a rule, the loosest first: a family, a name, a code."""
    key = wanted.strip().casefold()
    kinds = [2 if key == r.code.casefold() else 1 if key == r.name else 0 for r in rules]
    return max(kinds), wanted


def _ignored(registry: Registry, configuration: Configuration) -> dict[str, frozenset[str]]:
    """Return the codes whose findings do not count, by pattern."""
    made: dict[str, frozenset[str]] = {}
    for pattern, names in configuration.per_path_ignores.items():
        place = configuration.places[f"per-path-ignores.{pattern}"]
        _must_be_known(registry, names, f"{place}: per-path-ignores: ")
        made[pattern] = frozenset(r.code for name in names for r in registry.matching(name))
    return made
