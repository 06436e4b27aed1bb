"""What Docker Compose puts in place of `${VAR:-default}`: the host's environment, which no file tells."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from deploycheck.facts.manifests.model import Entry, Source, Word

if TYPE_CHECKING:
    from deploycheck.findings import Location

_PART = re.compile(
    r"\$(?:(?P<dollar>\$)|(?P<plain>[A-Za-z_]\w*)"
    r"|\{(?P<name>[A-Za-z_]\w*)(?:(?P<kind>:?[-?+])(?P<rest>(?:[^{}]|\{[^{}]*\})*))?\})"
)


@dataclass(frozen=True, slots=True)
class Filled:
    """A text after interpolation. `text` is None where a variable has no value and no default.

    `variables` are the names that it is made of, none for a plain text.
    """

    text: str | None
    variables: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Interpolation:
    """The variables that Compose knows from the project's own `.env`; the host may set any other."""

    known: Mapping[str, str] = field(default_factory=dict)

    def fill(self, text: str) -> Filled:
        """Interpolate a text, with defaults for what only the host can know."""
        names: list[str] = []
        missing = False

        def put(match: re.Match[str]) -> str:
            nonlocal missing
            if match["dollar"]:
                return "$"
            name = match["plain"] or match["name"]
            names.append(name)
            value, kind = self.known.get(name), match["kind"] or ""
            given = value is not None and (bool(value) or not kind.startswith(":"))
            if kind.endswith("+"):
                return self._nested(match["rest"], names) or "" if given else ""
            if given:
                return value or ""
            if kind.endswith("-"):
                nested = self._nested(match["rest"], names)
                missing = missing or nested is None
                return nested or ""
            missing = True
            return ""

        result = _PART.sub(put, text)
        return Filled(None if missing else result, tuple(dict.fromkeys(names)))

    def _nested(self, text: str, names: list[str]) -> str | None:
        filled = self.fill(text)
        names.extend(filled.variables)
        return filled.text

    def plain(self, text: str) -> str:
        """Return a text interpolated, or as written where that is not known."""
        filled = self.fill(text)
        return text if filled.text is None else filled.text

    def entry(self, name: str, text: str | None, at: Location) -> Entry:
        """Return a variable of a service; `text` None passes the host's own through."""
        if text is None:
            default = self.known.get(name)
            return Entry(name, None, at, Source.PASSED_THROUGH, default=default, variables=(name,))
        filled = self.fill(text)
        if not filled.variables:
            return Entry(name, filled.text, at)
        whole = _PART.fullmatch(text)
        source = Source.PASSED_THROUGH if whole and not whole["dollar"] else Source.COMPUTED
        return Entry(name, None, at, source, written=text, default=filled.text, variables=filled.variables)

    def word(self, word: Word) -> Word:
        """Return a command's word as the container gets it."""
        filled = self.fill(word.text)
        if filled.text is None or filled.text == word.text:
            return word
        return Word(filled.text, word.at, literal=word.literal, written=word.text)
