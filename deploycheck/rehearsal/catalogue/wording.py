"""The lines themselves: definitions as people write them, and long ones cut to where they differ."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deploycheck.rehearsal.catalogue.model import Thing

_LONG = 160
_EXCERPT = 60
_PIECE = re.compile(r"""("(?:[^"]|"")*"|'(?:[^']|'')*')|(\$[A-Za-z_]*\$)|\s+""")
_SHORTER = (
    ("character varying", "varchar"),
    ("timestamp without time zone", "timestamp"),
    ("timestamp with time zone", "timestamptz"),
    ("time without time zone", "time"),
)
# Facets that are SQL; the others are names and values, and stay as they are.
_DEFINING = frozenset({"", "checks"})
_UNSAID = dict.fromkeys(
    ("", "comment", "options", "checks", "partition", "inheritance", "parent", "use"), "none"
)
_UNSAID["row security"] = "off"


@dataclass(frozen=True, slots=True)
class Words:
    """What is said of two moments. `home` is the schema that is left out; `again` is a second step up."""

    home: str
    again: bool = False

    def missing(self, title: str, was: str) -> str:
        """Say that something is there in the first only."""
        if self.again:
            return f"{title} is missing after the second upgrade" + (
                f": was {self.shown(was)}" if was else ""
            )
        return f"{title} is missing" + (f": was {self.shown(was)}" if was else "")

    def there(self, title: str, definition: str) -> str:
        """Say that something is there in the second only."""
        shown = f" ({self.shown(definition)})" if definition else ""
        return (
            f"{title} is there after the second upgrade only{shown}"
            if self.again
            else f"{title} is still there{shown}"
        )

    def value(self, title: str) -> str:
        """Say that an enum has a value more."""
        if self.again:
            return self.there(title, "")
        return f"{title} is still there (PostgreSQL drops no single value, only a whole type)"

    def renamed(self, thing: Thing, other: Thing) -> str:
        """Say that something has another name."""
        name = f"as {other.called}" if other.called else "without its name"
        title = thing.title if thing.called else f"{thing.title} ({self.shown(dict(thing.says).get('', ''))})"
        return f"{title} came {name} the second time" if self.again else f"{title} came back {name}"

    def changed(self, title: str, before: str, after: str, facet: str = "") -> str:
        """Say what something was and is: its definition, or another facet of it."""
        was, now = self._facet(before, facet), self._facet(after, facet)
        if was == now:
            was, now = " ".join(before.split()), " ".join(after.split())
        if max(len(was), len(now)) > _LONG:
            was, now = excerpts(was, now)
        first, second = ("first", "then") if self.again else ("was", "is")
        return f"{title}: {first} {was}, {second} {now}"

    def _facet(self, text: str, facet: str) -> str:
        if not text:
            return _UNSAID.get(facet, "the usual")
        if facet == "comment":
            return "'" + " ".join(text.split()) + "'"
        return self.shown(text) if facet in _DEFINING else text

    def shown(self, definition: str) -> str:
        """Return a definition on one line, in small letters, without the usual schema; quotes are kept."""
        pieces, at = [], 0
        for match in _PIECE.finditer(definition):
            if match[2]:
                break
            pieces.append(self._plain(definition[at : match.start()]))
            pieces.append(self._quoted(match[1], definition[match.end() :]) if match[1] else " ")
            at = match.end()
        rest = definition[at:]
        text = "".join(pieces) + (" ".join(rest.split()) if "$" in rest else self._plain(rest))
        for long, short in _SHORTER:
            text = text.replace(long, short)
        return text.strip()

    def _quoted(self, text: str, after: str) -> str:
        """Leave the usual schema out of a text that names a relation: `nextval('tool_id_seq'::regclass)`."""
        named = after.startswith("::regclass") and text.startswith(f"'{self.home}.")
        return "'" + text.removeprefix(f"'{self.home}.") if named else text

    def _plain(self, text: str) -> str:
        return re.sub(rf"\b{re.escape(self.home)}\.", "", text).lower()


def excerpts(before: str, after: str) -> tuple[str, str]:
    """Return of two long texts where they begin to differ, with what stands around it."""
    start = max(0, _shared(before, after) - _EXCERPT // 3)
    return _excerpt(before, start), _excerpt(after, start)


def _shared(before: str, after: str) -> int:
    """Return how many letters two texts begin with alike."""
    pairs = enumerate(zip(before, after, strict=False))
    return next((at for at, (one, other) in pairs if one != other), min(len(before), len(after)))


def _excerpt(text: str, start: int) -> str:
    end = start + _EXCERPT
    return ("…" if start else "") + text[start:end] + ("…" if end < len(text) else "")
