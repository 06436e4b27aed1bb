"""Options and who decides them: the command line, then `DEPLOYCHECK_…` variables, the file, the defaults.

A dataclass of options has a field for each, unset by default. Every field can be set by a variable of its
name; one that the configuration has a key for, by the file as well.
"""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import typer

from deploycheck.cli.errors import Stop
from deploycheck.configuration.origins import DEFAULT, Origin, Source
from deploycheck.engine.report import ExitCode

if TYPE_CHECKING:
    from deploycheck.configuration import Configuration

PREFIX = "DEPLOYCHECK_"
_ON, _OFF = frozenset({"1", "true", "yes", "on"}), frozenset({"0", "false", "no", "off"})

T = TypeVar("T")
Check = Callable[[str | None], str | None]


def option(  # noqa: PLR0913 - each is one trait of an option
    unset: object = None,
    *,
    name: str = "",
    default: object = None,
    check: Check | None = None,
    commas: bool = False,
    adds: bool = False,
    flag: bool = False,
) -> Any:  # noqa: ANN401 - as `dataclasses.field` itself
    """Return a field for an option.

    `name` is what the command line calls it, where that is not the field's name. `default` counts where
    nobody says anything, and `check` refuses a text (raises `typer.BadParameter`). A list's items may be
    separated by `commas` on the command line; one that `adds` takes all sources together. A `flag` is on or
    off.
    """
    given = {"name": name, "default": default, "check": check, "commas": commas, "adds": adds, "flag": flag}
    return field(default=unset, metadata=given)


@dataclass(frozen=True, slots=True)
class Resolved(Generic[T]):
    """Options, and by the names of their fields where each comes from; what nobody set has no origin yet."""

    options: T
    origins: Mapping[str, tuple[Origin, ...]]


def flag_of(each: dataclasses.Field[Any]) -> str:
    """Return an option as the command line spells it: `--fail-on`."""
    return "--" + (each.metadata.get("name") or each.name.replace("_", "-"))


def variable_of(each: dataclasses.Field[Any]) -> str:
    """Return the variable that sets an option: `DEPLOYCHECK_FAIL_ON`."""
    return PREFIX + flag_of(each)[2:].replace("-", "_").upper()


def from_outside(asked: T, environment: Mapping[str, str]) -> Resolved[T]:
    """Fill in, from the environment, what the command line left out. Raises `Stop` for a value that is wrong.

    An empty variable counts as one that is not set: CI systems pass those along.
    """
    changes: dict[str, object] = {}
    origins: dict[str, tuple[Origin, ...]] = {}
    for each in fields(asked):  # type: ignore[arg-type]
        given, variable = getattr(asked, each.name), variable_of(each)
        is_given = given != each.default
        told = environment.get(variable, "").strip()
        origins[each.name] = (Origin(Source.FLAG, flag_of(each)),) if is_given else ()
        if told and (not is_given or each.metadata.get("adds")):
            value = _value(each, variable, told)
            changes[each.name] = (*given, *value) if isinstance(value, tuple) and is_given else value
            origins[each.name] += (Origin(Source.VARIABLE, variable),)
    return Resolved(replace(asked, **changes), origins)  # type: ignore[type-var]


def completed(given: Resolved[T], configuration: Configuration) -> Resolved[T]:
    """Fill in the rest from the file and the defaults. Raises `Stop` for a wrong value of the file."""
    changes: dict[str, object] = {}
    origins = dict(given.origins)
    for each in fields(given.options):  # type: ignore[arg-type]
        meta, origin = each.metadata, configuration.origins.get(each.name.replace("_", "-"))
        is_given = bool(origins[each.name])
        if origin is not None and (not is_given or meta.get("adds")):
            value = getattr(configuration, each.name)
            if isinstance(value, str):
                _checked(each, value, f"{origin.at}: {each.name.replace('_', '-')}")
            now = getattr(given.options, each.name)
            changes[each.name] = (*now, *value) if is_given and isinstance(value, tuple) else value
            origins[each.name] += (origin,)
        elif not is_given:
            origins[each.name] = (DEFAULT,)
            if meta.get("default") is not None:
                changes[each.name] = meta["default"]
    return Resolved(replace(given.options, **changes), origins)  # type: ignore[type-var]


def refuse_unknown(environment: Mapping[str, str], *kinds: type) -> None:
    """Raise `Stop` for a `DEPLOYCHECK_…` variable that sets no option: a typing error would pass unseen."""
    known = sorted(variable_of(each) for kind in kinds for each in fields(kind))
    for name in sorted(environment):
        if name.startswith(PREFIX) and name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0)
            raise Stop(f"unknown variable {name}; did you mean {near[0]}?", ExitCode.USAGE)


def _value(each: dataclasses.Field[Any], variable: str, told: str) -> object:
    if each.metadata.get("flag") or isinstance(each.default, bool):
        word = told.lower()
        if word not in _ON | _OFF:
            raise Stop(f"{variable} must be 1 or 0 (true or false, yes or no, on or off)", ExitCode.USAGE)
        return word in _ON
    if isinstance(each.default, tuple):
        parts = tuple(_parts(told))
        if not parts:
            raise Stop(f"{variable} names nothing", ExitCode.USAGE)
        return parts
    _checked(each, told, variable)
    return told


def _parts(told: str) -> Iterator[str]:
    yield from (part.strip() for part in told.split(",") if part.strip())


def _checked(each: dataclasses.Field[Any], value: str, place: str) -> None:
    check: Check | None = each.metadata.get("check")
    try:
        if check is not None:
            check(value)
    except typer.BadParameter as error:
        raise Stop(f"{place}: {error.message}", ExitCode.USAGE) from error
