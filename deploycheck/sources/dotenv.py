"""Files of NAME=value lines, read as python-dotenv reads them, with line numbers."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from deploycheck.findings import Location
from deploycheck.sources.errors import Note


@dataclass(frozen=True, slots=True)
class DotenvEntry:
    """One variable. `value` has its quotes undone and its `${NAME}`s as written; None for a bare name."""

    name: str
    value: str | None = field(repr=False)  # it may be a secret
    at: Location


def parse(text: str, path: str) -> tuple[tuple[DotenvEntry, ...], tuple[Note, ...]]:
    """Return the variables in order (of repeats the last wins), and a note for each line that is skipped.

    Never raises: what python-dotenv cannot read it skips, and so does every program that uses it.
    """
    # Imported late: most projects are checked without reading a single one.
    from dotenv.parser import parse_stream

    entries: list[DotenvEntry] = []
    notes: list[Note] = []
    for binding in parse_stream(io.StringIO(text)):
        at = _place(path, binding.original.string, binding.original.line)
        if binding.error:
            notes.append(Note(path, "it is not NAME=value, and programs skip it: correct or remove it", at))
        elif binding.key is not None:
            entries.append(DotenvEntry(binding.key, binding.value, at))
    return tuple(entries), tuple(notes)


def interpolate(entries: Iterable[DotenvEntry], outside: Mapping[str, str | None]) -> dict[str, str | None]:
    """Return the variables with `${NAME}` and `${NAME:-default}` filled in, as `dotenv_values` does.

    `outside` is the environment of the process, which wins over the file's own earlier lines.
    """
    from dotenv.variables import parse_variables

    values: dict[str, str | None] = {}
    for entry in entries:
        known = {**values, **outside}
        atoms = parse_variables(entry.value) if entry.value is not None else None
        values[entry.name] = None if atoms is None else "".join(atom.resolve(known) for atom in atoms)
    return values


def _place(path: str, original: str, line: int) -> Location:
    """Leave out the blank lines and spaces that the parser counts to what follows them."""
    written = original.lstrip()
    before = original[: len(original) - len(written)]
    first = line + before.count("\n")
    column = len(before) - before.rfind("\n")
    return Location(path, first, column, first + written.rstrip().count("\n"))
