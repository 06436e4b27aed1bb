"""Every value of a run's configuration and where it comes from, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from deploycheck import __version__
from deploycheck.reports.json import SCHEMA_VERSION, dumps
from deploycheck.reports.style import harmless

if TYPE_CHECKING:
    from deploycheck.configuration import Configuration
    from deploycheck.configuration.origins import Origin

_WHOLE_WORDS: Any = {"break_long_words": False, "break_on_hyphens": False}
_VALUE = 20
"""How wide the column of values is; what is longer pushes its origin to the next line."""


@dataclass(frozen=True, slots=True)
class Value:
    """One value, masked, and where it comes from (several sources for lists that add up)."""

    name: str
    value: object
    origins: tuple[Origin, ...]


@dataclass(frozen=True, slots=True)
class Values:
    """All values of one target; `path` is as the user wrote it."""

    path: str
    configuration: Configuration
    values: tuple[Value, ...]


def table(targets: Sequence[Values], width: int) -> str:
    """Return a line for each value: its name, what it is, where it comes from (below what is long)."""
    return "\n".join("".join(f"{harmless(line)}\n" for line in _lines(target, width)) for target in targets)


def document(targets: Sequence[Values]) -> str:
    """Return one JSON document: of the target, or of several in `targets`."""
    head = {"schema_version": SCHEMA_VERSION, "version": __version__}
    documents = [_document(target) for target in targets]
    return dumps({**head, **documents[0]} if len(documents) == 1 else {**head, "targets": documents})


def _lines(target: Values, width: int) -> Iterator[str]:
    declared = target.configuration
    unused = f" ({declared.beside} beside it is not used)" if declared.beside else ""
    file = f"{declared.file}{unused}" if declared.file else "no configuration file"
    yield " · ".join([f"deploycheck {__version__}", target.path, declared.profile, file])
    yield ""
    first = max(len(value.name) for value in target.values)
    for value in target.values:
        word, origin = _word(value.value), " + ".join(map(str, value.origins))
        start = f"  {value.name:<{first}}  {word:<{_VALUE}}  "
        if len(word) <= _VALUE or len(start) + len(origin) <= width:
            yield start + origin
        else:
            below = " " * (first + 4)
            lines = wrap(word, max(_VALUE, width - len(below)), **_WHOLE_WORDS) or [""]
            yield f"  {value.name:<{first}}  {lines[0]}"
            yield from (below + line for line in (*lines[1:], origin))


def _word(value: object) -> str:
    if isinstance(value, list):
        return ("; " if any(isinstance(one, dict) for one in value) else ", ").join(map(_word, value)) or "-"
    if isinstance(value, dict) and value:
        return ", ".join(f"{key} {one}" for key, one in value.items())
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)):
        return f"{value:g}" if isinstance(value, float) else str(value)
    return str(value) if value else "-"


def _document(target: Values) -> dict[str, object]:
    declared = target.configuration
    return {
        "target": target.path,
        "profile": declared.profile,
        "file": declared.file or None,
        "unused_file": declared.beside or None,
        "values": [
            {
                "name": value.name,
                "value": None if value.value in ("", {}) else value.value,
                "origins": [_origin(origin) for origin in value.origins],
            }
            for value in target.values
        ],
    }


def _origin(origin: Origin) -> dict[str, object]:
    at = origin.at
    place = {"path": at.path, "line": at.line, "column": at.column} if at is not None else {}
    return {"source": origin.source.value, "name": origin.name or None, **place}
