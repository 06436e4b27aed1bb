"""`deploycheck config [PATH]`: every value that a check would use, and where it comes from."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from deploycheck import __version__
from deploycheck.cli.check import Asked, Output, Settled, check, settle_each
from deploycheck.cli.options import one_of
from deploycheck.cli.settings import completed, flag_of, from_outside
from deploycheck.configuration import Configuration
from deploycheck.configuration.origins import DEFAULT, Origin
from deploycheck.masking import MASK, Masker, is_secret_name

if TYPE_CHECKING:
    from deploycheck.cli.settings import Resolved

_LEFT_OUT = frozenset({"format_", "show_files", "version", "color"})
"""Options of the check that have no meaning here."""
_VALUE = 20
"""How wide the column of values is; what is longer pushes its origin to the next line."""
_NO_VALUE: tuple[object, ...] = (None, (), {}, "", False)


@dataclass(frozen=True, slots=True)
class Value:
    """One value as it is shown, masked, and where it comes from (several sources for lists that add up)."""

    name: str
    value: object
    origins: tuple[Origin, ...]


def config(*, path: str, format_: str, **given: Any) -> int:  # noqa: ANN401 - the check's own options
    """Show every value that a check would use, and where it comes from.

    Takes the options of the check, so that it shows what exactly that command line would do.
    """
    from deploycheck.reports.style import width_of, write

    settled = settle_each(path, asked_by(given))
    shown = [(each, _values(each, given)) for each in settled]
    width = width_of(sys.stdout)
    text = _json(shown) if format_ == "json" else "\n".join(_text(e, values, width) for e, values in shown)
    write(sys.stdout, text)
    return 0


def asked_by(given: dict[str, Any]) -> Asked:
    """Return what options of the command line ask for, each field by its option's name."""
    return Asked(**_taken(Asked, given))


def _taken(kind: type, given: dict[str, Any]) -> dict[str, Any]:
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
    output = completed(from_outside(Output(**_taken(Output, given)), os.environ), settled.configuration)
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
    return masker.mask(str(value)) if isinstance(value, str) else value


def _text(settled: Settled, values: Iterator[Value], width: int) -> str:
    """Return a line for each value: its name, what it is, where it comes from (below what is long)."""
    configuration = settled.configuration
    head = [f"deploycheck {__version__}", settled.path, configuration.profile]
    head.append(configuration.file or "no configuration file")
    if configuration.beside:
        head[-1] += f" ({configuration.beside} beside it is not used)"
    rows = [(v.name, _word(v.value), " + ".join(map(str, v.origins))) for v in values]
    first = max(len(name) for name, _, _ in rows)
    lines = [" · ".join(head), ""]
    for name, value, origin in rows:
        start = f"  {name:<{first}}  {value:<{_VALUE}}  "
        fits = len(start) + len(origin) <= width or len(value) <= _VALUE
        lines += [start + origin] if fits else [f"  {name:<{first}}  {value}", " " * (first + 4) + origin]
    return "\n".join(lines) + "\n"


def _word(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    return "-" if value in _NO_VALUE else str(value)


def _json(shown: list[tuple[Settled, Iterator[Value]]]) -> str:
    from deploycheck.reports.json import SCHEMA_VERSION, dumps

    head = {"schema_version": SCHEMA_VERSION, "version": __version__}
    documents = [_document(settled, values) for settled, values in shown]
    return dumps({**head, **documents[0]} if len(documents) == 1 else {**head, "targets": documents})


def _document(settled: Settled, values: Iterator[Value]) -> dict[str, object]:
    configuration = settled.configuration
    return {
        "target": settled.path,
        "profile": configuration.profile,
        "file": configuration.file or None,
        "unused_file": configuration.beside or None,
        "values": [
            {
                "name": v.name,
                "value": None if v.value in ("", {}) else v.value,
                "origins": [_origin(o) for o in v.origins],
            }
            for v in values
        ],
    }


def _origin(origin: Origin) -> dict[str, object]:
    at = origin.at
    place = {"path": at.path, "line": at.line, "column": at.column} if at is not None else {}
    return {"source": origin.source.value, "name": origin.name or None, **place}
