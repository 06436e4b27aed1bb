"""Alembic's settings in ini files, read as `alembic.config.Config` reads them, with the lines of keys."""

from __future__ import annotations

import configparser
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from deploycheck.findings import Location
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from deploycheck.sources.tree import Tree

HERE = "\0"
"""Stands for the absolute folder of the file, which `%(here)s` means: no path holds it by itself."""
SCRIPT_LOCATION = "script_location"
_NO_DEFAULTS = "\n"  # a name that no section has, so that [DEFAULT] is read like any other
_OTHERS = re.compile(
    r"(?:loggers|handlers|formatters|(?:logger|handler|formatter)_.*|post_write_hooks|DEFAULT)$"
)
_HEADER = re.compile(r"\[(?P<name>[^]]+)\]")
_OPTION = re.compile(r"(?P<name>[^\s=:#;\[][^=:]*?)\s*[=:]")


@dataclass(frozen=True, slots=True)
class Section:
    """A section that may select a script directory, interpolated; `at` is its script_location, or its header.

    A value that asks for what only the running process knows (`%(DB_USER)s`) is kept as written. `own`
    are the options that stand in the section itself; the others come from `[DEFAULT]`.
    """

    name: str
    at: Location
    options: Mapping[str, str] = field(repr=False)
    own: frozenset[str] = frozenset()


def read_sections(tree: Tree, path: str) -> tuple[Section, ...]:
    """Return the sections that may select a script directory, in order.

    There are none in a file that cannot be read (the tree keeps note of that), or that Python refuses:
    Alembic fails on it too.
    """
    try:
        text = tree.text(path)
    except ReadError:
        return ()
    parser = configparser.ConfigParser({"here": HERE})
    plain = configparser.ConfigParser(default_section=_NO_DEFAULTS, interpolation=None)
    try:
        parser.read_string(text)
        plain.read_string(text)
    except configparser.Error:
        return ()
    places = dict(_places(path, text))
    return tuple(_section(name, parser, plain, places, path) for name in parser.sections() if _selects(name))


def _selects(name: str) -> bool:
    return not _OTHERS.match(name)


def _section(
    name: str,
    parser: configparser.ConfigParser,
    plain: configparser.ConfigParser,
    places: Mapping[tuple[str, str], Location],
    path: str,
) -> Section:
    options = {key: _value(parser, name, key) for key in parser.options(name) if key != "here"}
    keys = ((name, SCRIPT_LOCATION), ("DEFAULT", SCRIPT_LOCATION), (name, ""))
    at = next((places[key] for key in keys if key in places), Location(path))
    return Section(name, at, options, frozenset(plain.options(name)))


def _value(parser: configparser.ConfigParser, section: str, key: str) -> str:
    try:
        return parser.get(section, key)
    except configparser.InterpolationError:
        return parser.get(section, key, raw=True)


def _places(path: str, text: str) -> Iterator[tuple[tuple[str, str], Location]]:
    """Yield section and option (none for the header itself) with their places."""
    section = ""
    for number, line in enumerate(text.split("\n"), 1):
        header, option = _HEADER.match(line), _OPTION.match(line)
        if header:
            section = header["name"]
            yield (section, ""), Location(path, number)
        elif option:
            yield (section, option["name"].lower()), Location(path, number)
