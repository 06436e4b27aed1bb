"""`deploycheck config [PATH]`: every value that a check would use, and where it comes from."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Iterator
from dataclasses import fields
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from deploycheck.cli.asking import Asked, Shown
from deploycheck.cli.check import check
from deploycheck.cli.examining import Settled, settle_each
from deploycheck.cli.options import one_of
from deploycheck.cli.settings import completed, flag_of, from_outside
from deploycheck.configuration import Configuration, Suppress
from deploycheck.configuration.origins import DEFAULT
from deploycheck.masking import MASK, Masker, is_secret_name
from deploycheck.reports.configuration import Value, Values, document, table
from deploycheck.reports.style import width_of, write

if TYPE_CHECKING:
    from deploycheck.cli.settings import Resolved

_LEFT_OUT = frozenset({"format_", "show_files", "version", "color"})
"""Options of the check that have no meaning here."""


def config(*, path: str, format_: str, **given: Any) -> int:  # noqa: ANN401 - the check's own options
    """Show every value that a check would use, and where it comes from.

    Takes the options of the check, so that it shows what exactly that command line would do.
    """
    settled = settle_each(path, Asked(**_taken(Asked, given)))
    shown = [Values(s.path, s.configuration, tuple(_values(s, given))) for s in settled]
    text = document(shown) if format_ == "json" else table(shown, width_of(sys.stdout))
    write(sys.stdout, text)
    return 0


def _taken(kind: type, given: dict[str, Any]) -> dict[str, Any]:
    """Return what options of the command line ask for, by the field that each one is."""
    taken = {}
    for each in fields(kind):
        value = given.get(flag_of(each)[2:].replace("-", "_"))
        if isinstance(value, list):
            parts = (p for v in value for p in (v.split(",") if each.metadata.get("commas") else (v,)))
            value = tuple(p.strip() for p in parts if p.strip())
        if value is not None:
            taken[each.name] = value
    return taken


def _signature() -> tuple[inspect.Signature, dict[str, Any]]:
    """Return the check's signature with this command's own `--format`, and the types of its parameters."""
    hints = get_type_hints(check, include_extras=True)
    given = inspect.signature(check).parameters.values()
    kept = [p.replace(annotation=hints[p.name]) for p in given if p.name not in _LEFT_OUT]
    words = Annotated[str, typer.Option("--format", help="What to print.", **one_of(("terminal", "json")))]
    kind = inspect.Parameter.KEYWORD_ONLY
    parameters = [*kept, inspect.Parameter("format_", kind, default="terminal", annotation=words)]
    return inspect.Signature(parameters), {p.name: p.annotation for p in parameters}


# Whatever option the check has or gets, this command takes it too.
signature, config.__annotations__ = _signature()
vars(config)["__signature__"] = signature


def _values(settled: Settled, given: dict[str, Any]) -> Iterator[Value]:
    """Yield what the options decide, then what only the file can say."""
    masker = Masker()
    output = completed(from_outside(Shown(**_taken(Shown, given)), os.environ), settled.configuration)
    decided: list[Resolved[Any]] = [settled.resolved, output]
    told: set[str] = set()
    for resolved in decided:
        for each in fields(resolved.options):
            told |= {each.name}
            value = getattr(resolved.options, each.name)
            yield Value(flag_of(each)[2:], _masked(value, masker), resolved.origins[each.name])
    yield from _declared(settled.configuration, told, masker)


def _declared(configuration: Configuration, told: set[str], masker: Masker) -> Iterator[Value]:
    for key in Configuration.KEYS:
        name = key.replace("-", "_")
        value = getattr(configuration, name)
        if name in told:
            continue
        if isinstance(value, dict) and value:
            for entry, one in value.items():
                origin = configuration.origins[f"{key}.{entry}"]
                yield Value(f"{key}.{entry}", _entry(key, entry, one, masker), (origin,))
        else:
            yield Value(key, _masked(value, masker), (configuration.origins.get(key, DEFAULT),))


def _entry(key: str, entry: str, value: object, masker: Masker) -> object:
    if key == "environment" and is_secret_name(entry):
        return MASK
    return "off" if key == "rules" and value is None else _masked(value, masker)


def _masked(value: object, masker: Masker) -> object:
    if isinstance(value, (tuple, list)):
        return [_masked(each, masker) for each in value]
    if isinstance(value, Suppress):
        told = {key: getattr(value, key) for key in ("rule", "subject", "path", "reason", "until")}
        return {key: masker.mask(str(one)) for key, one in told.items() if one}
    return masker.mask(str(value)) if isinstance(value, str) else value
